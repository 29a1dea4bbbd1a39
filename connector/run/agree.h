/* connector/run/agree.h - the host's profile store, asked about one user.  Private to
 * connector/run.
 */
#ifndef CONNECTOR_RUN_AGREE_H
#define CONNECTOR_RUN_AGREE_H

#include "run/conn.h"

int has_profile_store(struct idbc *);   /* one is registered; takes no lock */

struct agreement {
	struct idbc_profile_store store;
	struct hush *hush;
	char *user_id;          /* with its prefix, as the host knows it; NULL: no store */
	int asked, answer;
	int hushed;             /* nobody was there to ask: the connection is being closed */
};
/* For the user of a native id; OK also where no store is registered.  NOMEM. */
int  agreement_init(struct agreement *, struct idbc *, const struct idbc_str *native,
		    struct idbc_error *err);
void agreement_free(struct agreement *);        /* accepts empty */
/* 0: his profile is gone.  Asks once, however often it is called; a driver's agree(). */
int  agreement_ask(void *agreement);

#endif
