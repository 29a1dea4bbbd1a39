/* drivers/migrate/migrate.h - trickle migration: users of one store, `from`, move to another,
 * `to`, when they log in.  A driver stacked on two connections, over public headers alone.
 *
 * `to` is asked first and has the last word.  What it has to say of an id of `from` is
 * entered there, see struct idbc_moved_req: who was moved once never comes back from `from`.
 * Threads: any number at once; an instance is constant after open(), but for two counters.
 */
#ifndef DRIVERS_MIGRATE_MIGRATE_H
#define DRIVERS_MIGRATE_MIGRATE_H

#include <stdatomic.h>
#include <idbc/driver.h>
#include "found.h"

#define MIGRATE_KEY 32u

struct migrate {
	const struct idbc_host *host;
	const struct idbc_lower *to, *from;
	int marks;                      /* rows of `from` are marked when they moved */
	int fallback;                   /* a password that `to` refuses may still be right */
	int sync;                       /* names and picture stay those of `from` */
	int email_is_login, username_is_login, phone_is_login;
	unsigned char key[MIGRATE_KEY]; /* which store's dummy a name costs */
	_Atomic uint64_t in_to, in_from; /* users judged there */
};

/* --- ask.c: one question to one store ------------------------------------------------------ */
#define LOWER_HAS(lower, slot) (IDBC_HAS((lower)->ops, slot) && (lower)->ops->slot)

void ask_clear(struct idbc_error *);
/* What is left of the caller's time, two seconds at most: for what must not hold up an answer
 * that is known already. */
int64_t ask_soon(const struct migrate *, int64_t deadline_ns);
/* Only NO_USER is proof that there is nobody.  AMBIGUOUS where more than one row came. */
int ask_user(const struct migrate *, const struct idbc_lower *, uint32_t by,
	     const struct idbc_str *identifier, int64_t deadline_ns, struct found *out,
	     struct idbc_error *);
int ask_login(const struct migrate *, const struct idbc_lower *, const struct idbc_login_req *,
	      uint32_t flags, struct found *out, struct idbc_error *);
/* The same without a password: profile and stored password. */
int ask_row(const struct migrate *, const struct idbc_lower *, uint32_t by,
	    const struct idbc_str *identifier, int64_t deadline_ns, struct found *out,
	    struct idbc_error *);
/* What `to` has entered of this id, and whether it has the user. */
struct known {
	uint32_t state;                 /* enum idbc_moved_state, without the bits */
	int complete, hidden, there;
};
int ask_known(const struct migrate *, const struct idbc_str *id, int64_t deadline_ns,
	      struct known *out, struct idbc_error *);
int ask_enter(const struct migrate *, const struct idbc_str *id, uint32_t state,
	      int64_t deadline_ns, struct idbc_error *);
/* Was this id of `from` ever `to`'s? */
static inline int is_known(const struct known *known)
{
	return known->there || known->hidden || known->state != IDBC_MOVED_NOT;
}
int no_user(const struct migrate *, struct idbc_error *);
/* The rows are told, or there was no memory to keep them. */
int tell(const struct migrate *, const struct found *, struct idbc_sink *, struct idbc_error *);

/* --- dummy.c ------------------------------------------------------------------------------- */
void dummy_key(struct migrate *, const struct idbc_settings *);
/* The store whose dummy stands for this identifier if nobody has it: the same for the same
 * name, and of all names as many in `to` as there are users. */
const struct idbc_lower *dummy_store(struct migrate *, const struct idbc_str *identifier);

/* --- move.c: a user of `from` becomes one of `to`, whole -------------------------------------- */
struct move {
	const struct found_row *row;
	const struct idbc_field *parts; /* "clear", or a stored password, or none */
	size_t nparts;
	int changed;                    /* the password is a new one */
	int trial;                      /* rolled back: only what would come of it */
	int64_t deadline_ns;
};
/* OK: he is in `to`, moved by us or by somebody else meanwhile (*by_us says which, may be
 * NULL).  NO_USER: he was deleted meanwhile.  CONFLICT naming the field that does not fit. */
int move_user(struct migrate *, const struct move *, int *by_us, struct idbc_error *);
/* The user named, where `to` does not know him: his row in `from`, with his stored password.
 * NO_USER where `from` has nobody either, or where his time here is over. */
int move_find(struct migrate *, uint32_t by, const struct idbc_str *identifier,
	      int64_t deadline_ns, struct found *out, struct idbc_error *);
/* Can his stored password be kept as it is, as far as one knows without trying? */
int move_has_password(const struct found_row *);

/* --- the operations, as in struct idbc_ops --------------------------------------------------- */
int migrate_login(void *, const struct idbc_login_req *, struct idbc_sink *, struct idbc_error *);
int migrate_get_user(void *, const struct idbc_user_req *, struct idbc_sink *,
		     struct idbc_error *);
int migrate_create(void *, const struct idbc_create_req *, struct idbc_sink *,
		   struct idbc_error *);
int migrate_verify(void *, const struct idbc_verify_req *, struct idbc_error *);
int migrate_change_password(void *, const struct idbc_password_req *, struct idbc_error *);
int migrate_change_email(void *, const struct idbc_email_req *, struct idbc_error *);
int migrate_delete_user(void *, const struct idbc_delete_req *, struct idbc_error *);
int migrate_proven(void *, const struct idbc_proven_req *, struct idbc_error *);
int migrate_intents(void *, int64_t deadline_ns, struct idbc_sink *, struct idbc_error *);
int migrate_settle(void *, const struct idbc_settle_req *, uint32_t *effect, struct idbc_error *);
int migrate_check(void *, int64_t deadline_ns, uint32_t flags, struct idbc_findings *,
		  struct idbc_error *);
int migrate_page(void *, const struct idbc_migrate_req *, struct idbc_sink *,
		 struct idbc_error *);

/* driver.c: the entry, for the table of drivers that are built in. */
const struct idbc_driver *migrate_driver_entry(uint32_t host_abi, const struct idbc_host *);

#endif
