/* skeleton.h - what the two halves of the driver share: an instance, a session, the table of
 * operations.
 */
#ifndef SKELETON_H
#define SKELETON_H

#include <idbc/driver.h>

#include <pthread.h>
#include <stdatomic.h>
#include "users.h"

/* The kinds of identifier that are a field of the profile, by enum idbc_by. */
static const char *const field_of[] = { "", "", "email", "username", "phone_number" };
#define NFIELDS 5

/* One for each configured connection; used by many threads at once. */
struct instance {
	const struct idbc_host *host;   /* lent until close() returns */
	int64_t max_users;
	int64_t fold[NFIELDS];          /* how two spellings compare: enum idbc_fold */
	int logs_in[NFIELDS], unique[NFIELDS];
	pthread_mutex_t lock;           /* guards what follows */
	pthread_cond_t turn;            /* a write has ended */
	int writing;                    /* somebody is between begin() and end() */
	struct users users;
};
/* One of the pool's; in one thread at a time. */
struct session {
	struct instance *instance;
	atomic_int stop;                /* interrupt() asked for it: it alone is any thread's */
};

/* --- reads.c: errors ------------------------------------------------------------------------ */
/* Each fills *err and returns its status. */
int fail(const struct session *, struct idbc_error *err, uint32_t status, const char *code,
	 const char *text);
int no_memory(const struct session *, struct idbc_error *err);
int no_user(const struct session *, struct idbc_error *err);
/* OK, or TIMEOUT: nothing is begun after the deadline, nothing goes on after interrupt(). */
int in_time(struct session *, int64_t deadline_ns, struct idbc_error *err);
/* OK, or UNSUPPORTED: a kind of identifier that a later connector may have. */
int knows(const struct session *, uint32_t by, struct idbc_error *err);

/* --- reads.c: users found, at most two of them -------------------------------------------------- */
struct found {
	struct user *user[2];           /* copies; they outlive the lock */
	struct idbc_str matched[2];     /* the stored value that equalled, inside the copy */
	size_t n;
};
/* 0, also when nobody was found; -1: out of memory. */
int  search(const struct instance *, uint32_t by, const struct idbc_str *who, struct found *);
void found_free(struct found *);
/* Which field of this user is the identifier; 0: none. */
int  field_matching(const struct instance *, const struct user *, uint32_t by,
		    const struct idbc_str *who, int exactly);

enum { PROFILE = 1, CREDENTIAL = 2 };
int tell_user(struct session *, const struct user *, const struct idbc_str *matched, int what,
	      struct idbc_sink *, struct idbc_error *err);

/* --- the slots ------------------------------------------------------------------------------- */
int skeleton_login(void *, const struct idbc_login_req *, struct idbc_sink *,
		   struct idbc_error *err);
int skeleton_get_user(void *, const struct idbc_user_req *, struct idbc_sink *,
		      struct idbc_error *err);
int skeleton_list(void *, const struct idbc_list_req *, struct idbc_sink *,
		  struct idbc_error *err);
int skeleton_create(void *, const struct idbc_create_req *, struct idbc_sink *,
		    struct idbc_error *err);
int skeleton_verify(void *, const struct idbc_verify_req *, struct idbc_error *err);
int skeleton_change_email(void *, const struct idbc_email_req *, struct idbc_error *err);
int skeleton_change_password(void *, const struct idbc_password_req *, struct idbc_error *err);
int skeleton_delete_user(void *, const struct idbc_delete_req *, struct idbc_error *err);
int skeleton_proven(void *, const struct idbc_proven_req *, struct idbc_error *err);

#endif
