/* tests/conformance/kit/kit.h - what a case sees of the kit.
 *
 * A case is one function, run in a child process of its own.  It ends by returning (ok),
 * by kit_fail() or by kit_skip(), which do not return, from any thread.  It frees nothing:
 * what it allocates with kit_keep() lives in pages of the kit, out of the driver's heap, and
 * ends with the process.  Users that it made are deleted after it, whatever it came to.
 *
 * Two ways to a driver, of one and the same instance: through the connector (kit_store(),
 * then idbc_login() and its kin) and around it (kit_connect(), then the kit_login() family:
 * the slot itself, with inputs lent from read-only pages that are gone after the call).
 *
 * Threads: the functions that take a session as their header says; the rest from any thread
 * of the case once kit_store() has returned.
 */
#ifndef TESTS_CONFORMANCE_KIT_H
#define TESTS_CONFORMANCE_KIT_H

#include <stdatomic.h>
#include <string.h>
#include <idbc/driver.h>
#include <idbc/idbc.h>
#include "config/config.h"

struct kit;

/* What a case cannot do without; else it is skipped with the reason. */
enum kit_need {
	KIT_USER         = 1u << 0,     /* somebody: made, or one of the quirks' "users" */
	KIT_CREATE       = 1u << 1,     /* users made at will */
	KIT_VERIFY       = 1u << 2,
	KIT_PASSWORD     = 1u << 3,     /* change_password */
	KIT_DELETE       = 1u << 4,
	KIT_CHANGE_EMAIL = 1u << 5,
	KIT_PROVEN       = 1u << 6,
	KIT_LIST         = 1u << 7,
	KIT_INTENTS      = 1u << 8,
	KIT_CHECK        = 1u << 9,
	KIT_FAILED       = 1u << 10,
	KIT_EMAIL        = 1u << 11,    /* users have an e-mail address */
	KIT_USERNAME     = 1u << 12,
	KIT_PHONE        = 1u << 13,
	KIT_TRANSACTIONS = 1u << 14,    /* the capability is declared */
	KIT_INTERRUPT    = 1u << 15,
	KIT_DECIDES      = 1u << 16,
	KIT_STORED       = 1u << 17,    /* not DECIDES: the connector judges passwords */
	KIT_NO_DRIVER    = 1u << 18,    /* runs without the driver being adopted */
	KIT_HASHED       = 1u << 19,    /* not PLAINTEXT: create stores what it is given */
	KIT_WRITES       = 1u << 20,    /* any of the writing operations */
	KIT_SETTLE       = 1u << 21,
	KIT_MANY         = 1u << 22,    /* create_many */
};

struct kit_case {
	const char *name;               /* "group.name" */
	const char *promise;            /* one line */
	uint32_t needs;                 /* enum kit_need */
	void (*run)(struct kit *);
};
/* One for each file of cases; the last has no name.  list.c puts them in order. */
extern const struct kit_case kit_load_cases[], kit_open_cases[], kit_session_cases[];
extern const struct kit_case kit_interrupt_cases[], kit_abandon_cases[], kit_deadline_cases[];
extern const struct kit_case kit_sink_cases[], kit_atomic_cases[], kit_environment_cases[];
extern const struct kit_case kit_leak_cases[], kit_errors_cases[];

/* --- verdicts ------------------------------------------------------------------------- */
/* What is being asked now: stands in the verdict of a failure. */
void kit_ask(struct kit *, const char *fmt, ...) IDBC_PRINTF(2, 3);
_Noreturn void kit_fail(struct kit *, const char *wanted, const char *got, ...)
	IDBC_PRINTF(3, 4);
_Noreturn void kit_skip(struct kit *, const char *why, ...) IDBC_PRINTF(2, 3);
#define KIT_WANT(kit, condition, ...) do { \
	if (!(condition)) \
		kit_fail((kit), #condition, __VA_ARGS__); \
} while (0)
/* `rc` is the status wanted; what `err` says goes into the verdict. */
void kit_want(struct kit *, int rc, const struct idbc_error *err, uint32_t wanted);
/* One of several, ended by -1. */
void kit_want_any(struct kit *, int rc, const struct idbc_error *err, const int *wanted);
void kit_want_code(struct kit *, const struct idbc_error *err, const char *code);
void kit_want_effect(struct kit *, const struct idbc_error *err, uint32_t effect);
void kit_want_str(struct kit *, const char *what, struct idbc_str got, struct idbc_str wanted);
const char *kit_status(int status);             /* "NO_USER" */
/* Never shown in a verdict, and looked for in every error and log line. */
void kit_secret(struct kit *, const char *bytes, size_t len);
/* A fault seen in passing fails the case of that name, which runs last. */
void kit_note(struct kit *, const char *name, const char *fmt, ...) IDBC_PRINTF(3, 4);

/* --- words ------------------------------------------------------------------------------ */
struct idbc_str kit_s(const char *);            /* borrowed */
int kit_same(struct idbc_str a, struct idbc_str b);
void *kit_keep(struct kit *, const void *bytes, size_t len);    /* NUL-terminated copy */
char *kit_textf(struct kit *, const char *fmt, ...) IDBC_PRINTF(2, 3);
struct idbc_field kit_field_str(const char *name, const char *text);
struct idbc_field kit_field_bytes(const char *name, struct idbc_str);   /* kind STR */
struct idbc_field kit_field_i64(const char *name, uint32_t kind, int64_t);
struct idbc_field kit_field_json(const char *name, const char *text);
struct idbc_field kit_field_null(const char *name);

/* --- the driver and its connection ------------------------------------------------------- */
uint32_t kit_caps(const struct kit *);
int kit_has(const struct kit *, uint32_t need); /* every one of enum kit_need in `need` */
const struct idbc_driver *kit_raw(struct kit *);        /* the driver's own table */
const char *kit_driver_path(const struct kit *);
const struct idbc_driver *kit_table(struct kit *);      /* as adopted; full size */
const struct config *kit_config(struct kit *);
/* The connection, opened when first asked for; the instance behind it.  Fails the case if
 * it cannot be opened. */
struct idbc *kit_store(struct kit *);
void *kit_instance(struct kit *);
/* Text of the configuration with `driver` replaced; the current folder is the file's, so
 * idbc_open_json() finds what it names. */
const char *kit_config_json(const struct kit *);
/* Another instance of the driver with settings of its own: the kit's services, no pool.
 * Returns what open() did; findings and log lines go where the members say. */
struct kit_instance;
int  kit_instance_open(struct kit *, const char *config_json, struct finding_list *,
		       struct kit_instance **out, struct idbc_error *err);
void *kit_instance_of(struct kit_instance *);
void kit_instance_close(struct kit *, struct kit_instance *);

/* --- rows --------------------------------------------------------------------------------- */
#define KIT_ROWS 1024
struct kit_row {
	struct idbc_str id, matched;
	struct idbc_field *fields;              /* copies */
	size_t nfields, cap;
	struct idbc_field *parts;               /* of the credential */
	size_t nparts;
	uint32_t credentials;                   /* how often credential() was called */
};
enum kit_refusal { KIT_REFUSE_NONE, KIT_REFUSE_ROW, KIT_REFUSE_FIELD, KIT_REFUSE_CREDENTIAL };
struct kit_rows {
	struct idbc_sink sink;                  /* first: what the driver writes to */
	struct kit *kit;
	struct kit_row *row;
	size_t n, cap;
	uint32_t refuse, refused;               /* enum kit_refusal; how often it was refused */
	uint32_t after_refusal;                 /* calls after one was refused */
	uint32_t passed_over;
	uint32_t loose;                         /* what is no UTF-8 is the case's own doing */
};
void kit_rows_init(struct kit *, struct kit_rows *);
void kit_loose(struct kit *);           /* rows from now on may hold what is no UTF-8 */
const struct idbc_value *kit_field(const struct kit_row *, const char *name);   /* or NULL */
struct idbc_str kit_field_text(const struct kit_row *, const char *name);       /* or empty */
int kit_value_same(const struct idbc_value *, const struct idbc_value *);
/* Fails the case where the two differ in a field; order does not matter. */
void kit_want_same_row(struct kit *, const struct kit_row *got, const struct kit_row *wanted);

/* --- around the connector ---------------------------------------------------------------- *
 * Each makes the request, lends its bytes, calls the slot and returns what it said; `err` is
 * initialised anew.  A session that is to be dropped after a status is the case's to drop. */
void *kit_connect(struct kit *);                /* fails the case if there is none */
/* So many or as many as the store lets in; the case is skipped where those are not two. */
unsigned kit_connect_up_to(struct kit *, unsigned n, void **session);
int   kit_try_connect(struct kit *, void **session, struct idbc_error *err);
void  kit_disconnect(struct kit *, void *session);
void  kit_abandon(struct kit *, void *session);
int   kit_ping(struct kit *, void *session, struct idbc_error *err);
/* From now on: ms from each call; 0: 10,000; below 0: in the past. */
void  kit_deadline(struct kit *, int64_t ms);

int kit_login(struct kit *, void *session, uint32_t by, struct idbc_str identifier,
	      struct idbc_str password, struct kit_rows *, struct idbc_error *err);
int kit_get_user(struct kit *, void *session, uint32_t by, struct idbc_str identifier,
		 struct kit_rows *, struct idbc_error *err);
int kit_create(struct kit *, void *session, const struct idbc_field *fields, size_t nfields,
	       const struct idbc_field *parts, size_t nparts, struct kit_rows *,
	       struct idbc_error *err);
/* Several in one call; each outcome is as the driver left it. */
#define KIT_MANY_MAX 8
struct kit_many {
	struct kit_user *user[KIT_MANY_MAX];
	struct idbc_error outcome[KIT_MANY_MAX];
	uint32_t n;
};
int kit_create_many(struct kit *, void *session, struct kit_many *, struct kit_rows *,
		    struct idbc_error *err);
int kit_verify(struct kit *, void *session, uint32_t by, struct idbc_str identifier,
	       struct idbc_str email, struct idbc_error *err);
struct kit_parts { const struct idbc_field *parts; size_t n; };
int kit_change_password(struct kit *, void *session, uint32_t by, struct idbc_str identifier,
			struct kit_parts credential, struct kit_parts expect,
			struct idbc_error *err);
struct kit_delete {
	uint32_t phase;
	struct idbc_str id, token, new_token;
	int64_t lease_ms;
	int (*agree)(void *);
	void *ctx;
};
int kit_delete(struct kit *, void *session, struct idbc_str id, struct idbc_error *err);
int kit_delete_as(struct kit *, void *session, const struct kit_delete *,
		  struct idbc_error *err);
int kit_change_email(struct kit *, void *session, uint32_t by, struct idbc_str identifier,
		     struct idbc_str email, uint32_t verified, struct idbc_error *err);
struct kit_proven {
	uint32_t flags;
	struct idbc_str id, client_ip;
	struct kit_parts credential, expect;
};
int kit_proven(struct kit *, void *session, const struct kit_proven *, struct idbc_error *err);
int kit_failed(struct kit *, void *session, struct idbc_str id, struct idbc_str client_ip,
	       struct idbc_error *err);
/* A write, and what settle() is told of it: `known` is the user id, or empty. */
struct kit_write {
	uint32_t kind, by;                      /* enum idbc_settle_kind; of create no `by` */
	struct idbc_str identifier, known, email;
	uint32_t verified;
	const struct idbc_field *fields;        /* of create */
	size_t nfields;
	struct kit_parts credential;
	int (*agree)(void *);                   /* of delete_user */
	void *ctx;
};
/* Does it; the rows are create's. */
int kit_write(struct kit *, void *session, const struct kit_write *, struct kit_rows *,
	      struct idbc_error *err);
int kit_settle(struct kit *, void *session, const struct kit_write *, uint32_t *effect,
	       struct idbc_error *err);
int kit_list(struct kit *, void *session, struct idbc_str after, uint32_t limit,
	     uint32_t flags, struct kit_rows *, struct idbc_error *err);
int kit_check(struct kit *, void *session, uint32_t flags, struct finding_list *,
	      struct idbc_error *err);

/* --- users ---------------------------------------------------------------------------------- */
#define KIT_FIELDS 24
struct kit_user {
	struct idbc_str id;                     /* native; empty until he is made */
	struct idbc_str email, username, phone; /* empty: he has none */
	struct idbc_str login;                  /* what he types by LOGIN */
	struct idbc_str password;
	struct idbc_field fields[KIT_FIELDS];   /* what create is given */
	size_t nfields;
	struct idbc_field parts[4];             /* the credential that it is given */
	size_t nparts;
	int existing;                           /* one of the quirks': not to be changed */
};
/* Nobody yet, with a name, address and password that nobody else has: to be changed before
 * kit_make_user(). */
struct kit_user *kit_draft(struct kit *);
void kit_user_set(struct kit *, struct kit_user *, struct idbc_field);  /* adds or replaces */
/* Creates him around the connector.  What create() returned. */
int  kit_make_user(struct kit *, void *session, struct kit_user *, struct kit_rows *,
		   struct idbc_error *err);
/* The same for several: who was made, by his outcome, gets the id of his row. */
int  kit_make_users(struct kit *, void *session, struct kit_many *, struct kit_rows *,
		    struct idbc_error *err);
/* A new user; fails the case where he cannot be made.  Where a store cannot create, one of
 * the quirks' users; only for cases that need KIT_USER and change nothing. */
struct kit_user *kit_user(struct kit *, void *session);
/* The credential for a password, as the connector would hand it over. */
struct kit_parts kit_credential(struct kit *, const struct kit_user *, struct idbc_str password);
struct idbc_str kit_password(struct kit *);     /* one that no other user has */
/* An identifier that nobody has, for this kind. */
struct idbc_str kit_nobody(struct kit *, uint32_t by);
/* How this kind finds the user; empty where he has none. */
struct idbc_str kit_identifier(const struct kit_user *, uint32_t by);
/* The kinds that find users here, LOGIN and USER_ID among them, in a list that KIT_NO_KIND ends;
 * with a user, those of them by which he has a name. */
#define KIT_NO_KIND UINT32_MAX
const uint32_t *kit_kinds(struct kit *, const struct kit_user *);
/* Whether create() takes this field: "given_name", "app_metadata" ... */
int  kit_accepts(struct kit *, const char *field);
/* Fails the case unless exactly this user is found, or nobody. */
void kit_want_found(struct kit *, void *session, uint32_t by, struct idbc_str identifier,
		    struct idbc_str id);
void kit_want_nobody(struct kit *, void *session, uint32_t by, struct idbc_str identifier);
/* "prefix|native", as hosts say it; NUL-terminated. */
const char *kit_public_id(struct kit *, struct idbc_str native);
/* A user made in another way: deleted after the case. */
void kit_remember(struct kit *, struct idbc_str native);

/* --- rounds ----------------------------------------------------------------------------------- */
/* Every operation with good and bad requests; nothing is judged.  The session to go on with:
 * it is another one where the driver said that it was lost. */
void *kit_tour(struct kit *, void *session);
/* The same for a user who stays: nobody is made or deleted. */
void *kit_tour_of(struct kit *, void *session, struct kit_user *);
void kit_tour_through(struct kit *);            /* the same by the connector */
/* The quirks' command that makes the second statement of a write fail, and the one that mends
 * it; 0 where there is none. */
int  kit_break(struct kit *);
void kit_mend(struct kit *);

/* --- load ------------------------------------------------------------------------------------- */
/* Runs fn in n threads at once, number 0 to n - 1, and waits for them. */
void kit_threads(struct kit *, unsigned n, void (*fn)(struct kit *, unsigned number, void *ctx),
		 void *ctx);
int64_t kit_now_ns(void);

#endif
