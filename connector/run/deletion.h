/* connector/run/deletion.h - a delete over two stores: the user is hidden by an intent, the
 * host's profile store is asked, and he is removed or shown again.  Private to connector/run.
 *
 * Whoever holds the intent's token may end it, and nobody else: its owner, or a recovery that
 * took it over when its lease had ended.
 */
#ifndef CONNECTOR_RUN_DELETION_H
#define CONNECTOR_RUN_DELETION_H

#include "run/agree.h"

#define TOKEN_ROOM 65           /* ours are of 32 characters, another version's may be longer */

struct deletion {
	struct call *call;              /* by native user id */
	struct agreement agreement;
	char token[TOKEN_ROOM];         /* of the intent, while it is ours */
	uint32_t flags;                 /* enum idbc_delete_flag */
	int64_t lease_end_ns;           /* at the latest, by our clock */
	uint32_t stopped;               /* by what, before the profile store was asked; or 0 */
	int taken;                      /* over from somebody who may have asked before */
	int hurried;                    /* no time beyond the deadline: a recovery ends it too */
	int mine;                       /* the end that it came to was of our making */
};

/* Are deletes of this connection told by intents, with a store registered or without? */
int deletion_has_intents(const struct idbc *);

/* Hides him under a new token; IDBC_OK, or as the driver says.  code "delete_pending": nobody
 * knows whether the intent stands. */
int deletion_hide(struct deletion *, struct idbc_error *err);
/* Takes over the intent that `token` names.  OK: it is ours; CONFLICT: it is somebody else's. */
int deletion_take(struct deletion *, struct idbc_error *err);
/* From hidden to the end.  OK: he is gone; CANCELLED: he is back, and err->native is what the
 * profile store returned; what stopped the call before the store was asked: he is back, but not
 * where the intent was taken over; TIMEOUT or UNAVAILABLE, code "delete_pending": the intent
 * stands. */
int deletion_conclude(struct deletion *, struct idbc_error *err);

#endif
