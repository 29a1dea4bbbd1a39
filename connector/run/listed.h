/* connector/run/listed.h - pages of users as a driver lists them: whose stored passwords are
 * wanted and nothing else of theirs.  Private to connector/run.
 */
#ifndef CONNECTOR_RUN_LISTED_H
#define CONNECTOR_RUN_LISTED_H

#include "link/link.h"

typedef void listed_fn(void *ctx, const struct idbc_str *id, const struct idbc_field *parts,
		       size_t nparts);

struct listed {
	struct idbc_sink sink;          /* first: what the driver writes to */
	listed_fn *credential;
	void *ctx;
	struct idbc_str id;             /* of the last row of all pages, ours */
	uint32_t rows, limit;           /* of this page */
	int has_credential;             /* the last row */
	const char *broken;             /* how the driver broke the contract */
	int nomem;
};
void listed_init(struct listed *, listed_fn *credential, void *ctx);
void listed_free(struct listed *);
/* One page; `after` may be listed->id. */
int  listed_page(struct listed *, struct session *, uint32_t limit, uint32_t flags,
		 const struct idbc_str *after, int64_t deadline_ns, struct idbc_error *err);

#endif
