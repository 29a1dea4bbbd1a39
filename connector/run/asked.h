/* connector/run/asked.h - one call of a stacked driver to a connection below it, from its first
 * line to its last.  Private to the files of the lower's operations.
 */
#ifndef CONNECTOR_RUN_ASKED_H
#define CONNECTOR_RUN_ASKED_H

#include "run/lower.h"

struct asked {
	struct call call;
	struct idbc_request req;
	struct stop stop;
	struct below below;
	struct idbc_error err;          /* whole, whatever the driver's is */
};

/* `kind`: of the host's operations whose rules are asked, or 0. */
int  asked_begin(struct asked *, void *self, uint32_t kind, int64_t deadline_ns);
void asked_name(struct asked *, uint32_t by, const struct idbc_str *identifier);
/* Counts it, logs it; `err` is the driver's.  Whatever asked_begin() said, once. */
int  asked_end(struct asked *, int rc, struct idbc_error *err);

/* --- lower_driver.c: what no host asks -------------------------------------------------- */
int  lower_proven(void *self, const struct idbc_proven_req *, struct idbc_error *err);
int  lower_list_users(void *self, const struct idbc_list_req *, struct idbc_sink *,
		      struct idbc_error *err);
int  lower_intents(void *self, int64_t deadline_ns, struct idbc_sink *, struct idbc_error *err);
int  lower_settle(void *self, const struct idbc_settle_req *, uint32_t *effect,
		  struct idbc_error *err);
int  lower_moved(void *self, const struct idbc_moved_req *, uint32_t *state,
		 struct idbc_error *err);

#endif
