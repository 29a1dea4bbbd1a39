/* connector/run/lower.h - connections below a stacked driver: opened for it, lent to it, closed
 * after it.  Private to connector/run.
 *
 * A lower is a connection as any other, but that no host has it: its calls come from a driver,
 * on the thread of a call of the outer one, and who stops that stops them.
 */
#ifndef CONNECTOR_RUN_LOWER_H
#define CONNECTOR_RUN_LOWER_H

#include "run/conn.h"

#define LOWERS_DEEP 4u          /* stacked above each other */
#define LOWERS_MAX  8u          /* beside each other: more are not mixed into a secret */

struct lower {
	struct idbc_lower face;         /* first: what the driver has */
	struct lower *next;
	struct idbc *conn, *outer;
	const char *key;                /* of the outer one's options; its own copy */
	unsigned char secret[PASSWORD_SECRET_BYTES];
};
/* How a login of a lower differs: NULL in a host's own. */
struct below {
	uint32_t flags;                 /* enum idbc_login_flag */
	struct idbc_sink *sink;         /* hears of the user */
};

/* While the outer connection is being opened; `open` opens what the lower's configuration says,
 * with mistakes in its own list. */
struct lower_opening {
	struct idbc *outer;
	const struct lower_opening *above;      /* whose lower the outer one is; or NULL */
	struct finding_list *findings;
	uint32_t flags, timeout_ms;
};
/* Of struct link_lender. */
int  lower_open(void *opening, struct link *, const char *key, const struct idbc_lower **out,
		struct idbc_error *err);
void lowers_close(struct idbc *);
/* All of a list's findings into the outer one's, below the lower's key. */
int  lower_findings(const struct lower *, struct finding_list *outer,
		    const struct finding_list *);

/* open.c: an assembled connection of this configuration, which it takes over. */
struct idbc *conn_new(void);
int  conn_equip(struct idbc *, struct lower_opening *, struct idbc_error *err);

/* --- lower_ops.c ----------------------------------------------------------------------- */
/* The operations that this lower has, for its face. */
const struct idbc_ops *lower_ops(void);
uint32_t lower_caps(const struct idbc *);

/* --- lower_tell.c ---------------------------------------------------------------------- */
/* A row to a driver's sink: OK, or DRIVER where that had enough. */
int  lower_tell(struct call *, struct row *, int with_password, struct idbc_sink *,
		struct idbc_error *err);
int  lower_list(struct call *, const struct idbc_list_req *, struct idbc_sink *,
		struct idbc_error *err);

#endif
