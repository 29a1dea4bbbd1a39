/* idbc/driver.h - the contract between the connector and a driver.
 *
 * A driver exports idbc_driver_entry() and nothing else, links no symbol of the
 * connector, and keeps no writable global state.
 */
#ifndef IDBC_DRIVER_H
#define IDBC_DRIVER_H

#include <idbc/types.h>

#ifdef __cplusplus
extern "C" {
#endif

#define IDBC_DRIVER_ABI_MAJOR 0u   /* changed: never loads (1 at the first release) */
#define IDBC_DRIVER_ABI_MINOR 9u   /* raised: fields were appended */
#define IDBC_DRIVER_ABI ((IDBC_DRIVER_ABI_MAJOR << 16) | IDBC_DRIVER_ABI_MINOR)

enum idbc_cap {
	IDBC_CAP_TRANSACTIONS = 1u << 0, /* every write is all or nothing       */
	IDBC_CAP_INTERRUPT    = 1u << 1, /* interrupt() stops a running call    */
	IDBC_CAP_DECIDES      = 1u << 2, /* login() itself judges the password  */
	IDBC_CAP_SESSIONLESS  = 1u << 3, /* stacked: connect() is never called  */
	IDBC_CAP_PLAINTEXT    = 1u << 4, /* create/change want the clear text   */
	IDBC_CAP_INTENTS      = 1u << 5, /* delete_user knows HIDE, SHOW, TAKE, FINISH */
	IDBC_CAP_EQUAL_TIME   = 1u << 6, /* with DECIDES: refusals take equal time */
};

struct idbc_settings;                   /* the driver's own part of the configuration */

/* Where a driver puts what it read.  row() starts each row found, with the native
 * id and the stored value that equalled the identifier (compared again by the
 * connector).  A driver drops the rows that its fold refuses, reports the exact
 * one alone if there is one, else at most two: collation neighbours, however many,
 * never hide the right row.  Objects travel as dotted leaves ("app_metadata.plan"),
 * arrays as IDBC_KIND_JSON.  Credential parts: "hash", "salt", "scheme", "external". */
struct idbc_sink {
	uint32_t size;
	uint32_t pad;
	int (*row)(struct idbc_sink *, const struct idbc_str *user_id,
		   const struct idbc_str *matched);
	int (*field)(struct idbc_sink *, const char *name, const struct idbc_value *);
	int (*credential)(struct idbc_sink *, const struct idbc_field *parts, size_t nparts);
};

/* Where a driver reports what is wrong with a configuration or a store. */
enum idbc_severity { IDBC_NOTE = 0, IDBC_WARNING = 1, IDBC_ERROR = 2 };
struct idbc_findings {
	uint32_t size;
	uint32_t pad;
	int (*add)(struct idbc_findings *, uint32_t severity, const char *code,
		   const char *key, const char *text, const char *remedy);
};

/* Requests.  `deadline_ns` is absolute CLOCK_MONOTONIC time. */
struct idbc_login_req {
	uint32_t size, by;
	int64_t  deadline_ns;
	struct idbc_str identifier, password;   /* password only with IDBC_CAP_DECIDES */
};
struct idbc_user_req {
	uint32_t size, by;
	int64_t  deadline_ns;
	struct idbc_str identifier;
};
struct idbc_create_req {
	uint32_t size, pad;
	int64_t  deadline_ns;
	const struct idbc_field *fields;
	size_t   nfields;
	const struct idbc_field *credential;    /* hash, salt, scheme ... or "clear" */
	size_t   ncredential;           /* a field "user_id" is the native id wanted;   */
};                                      /* UNSUPPORTED where keys are generated         */
struct idbc_password_req {
	uint32_t size, by;
	int64_t  deadline_ns;
	struct idbc_str identifier;
	const struct idbc_field *credential;
	size_t   ncredential;
	const struct idbc_field *expect;        /* if set: change only where these are stored, */
	size_t   nexpect;                       /* else CONFLICT, effect NONE                  */
};

/* After a right password: one call, one statement where the store allows it.
 * credential/expect: upgrade, compare-and-swap, credential columns only.
 * Never runs what a password change runs; its failure never fails the login. */
enum idbc_proven_flag { IDBC_PROVEN_TOUCH = 1u << 0, IDBC_PROVEN_RECHECK = 1u << 1 };
struct idbc_proven_req {
	uint32_t size, flags;
	int64_t  deadline_ns;
	struct idbc_str user_id, client_ip;
	const struct idbc_field *credential;
	size_t   ncredential;
	const struct idbc_field *expect;
	size_t   nexpect;
};
struct idbc_verify_req {
	uint32_t size, by;
	int64_t  deadline_ns;
	struct idbc_str identifier;
	struct idbc_str email;          /* if set: only while this is the address */
};
struct idbc_list_req {
	uint32_t size, limit;
	int64_t  deadline_ns;
	struct idbc_str after;          /* native id, exclusive; empty: from the start */
};
struct idbc_email_req {
	uint32_t size, by;
	int64_t  deadline_ns;
	struct idbc_str identifier, email;
	uint32_t verified, pad;
};
enum idbc_delete_phase {
	IDBC_DELETE_NOW    = 0,         /* everything, in one transaction           */
	IDBC_DELETE_HIDE   = 1,         /* write the intent, lock the user out      */
	IDBC_DELETE_SHOW   = 2,         /* withdraw the intent                      */
	IDBC_DELETE_FINISH = 3,         /* everything and the intent                */
	IDBC_DELETE_TAKE   = 4,         /* an expired intent: new token, new lease  */
};
struct idbc_delete_req {
	uint32_t size, phase;
	int64_t  deadline_ns;
	struct idbc_str user_id;        /* native: without the connection's prefix  */
	struct idbc_str token;          /* of the intent; changed meanwhile: CONFLICT, NONE */
	struct idbc_str new_token;      /* TAKE                                     */
	int64_t  lease_ms;              /* by the store's own clock                 */
	int    (*agree)(void *ctx);     /* NOW only, may be NULL: called once, last  */
	void    *agree_ctx;             /* before commit; not 0: roll back, CANCELLED */
};

/* The seven operations.  `self` is a session for a driver, and a link for a
 * driver stacked on others: both sides of a stack look the same.
 * Each returns an enum idbc_status and fills *err unless it returns IDBC_OK. */
struct idbc_ops {
	uint32_t size;
	uint32_t pad;
	int (*login)(void *self, const struct idbc_login_req *,
		     struct idbc_sink *, struct idbc_error *err);
	int (*get_user)(void *self, const struct idbc_user_req *,
			struct idbc_sink *, struct idbc_error *err);
	int (*create)(void *self, const struct idbc_create_req *,
		      struct idbc_sink *, struct idbc_error *err);
	int (*verify)(void *self, const struct idbc_verify_req *, struct idbc_error *err);
	int (*change_password)(void *self, const struct idbc_password_req *,
			       struct idbc_error *err);
	int (*delete_user)(void *self, const struct idbc_delete_req *, struct idbc_error *err);
	int (*change_email)(void *self, const struct idbc_email_req *, struct idbc_error *err);
	/* all optional, as are create to change_email above */
	int (*proven)(void *self, const struct idbc_proven_req *, struct idbc_error *err);
	int (*list)(void *self, const struct idbc_list_req *,           /* key order, */
		    struct idbc_sink *, struct idbc_error *err);        /* with credentials */
	int (*intents)(void *self, int64_t deadline_ns, struct idbc_sink *,
		       struct idbc_error *err);                         /* expired ones */
	int (*check)(void *self, int64_t deadline_ns, uint32_t flags,   /* the catalogue */
		     struct idbc_findings *, struct idbc_error *err);
};

/* A lower connection, lent to a stacked driver for the driver's lifetime: the
 * connector's whole run for it, minus the public masking.  Its login takes the
 * clear password and answers OK, DENIED or NO_USER (masked and given equal time
 * only by the outermost run); its create takes the clear password, or a part "hash"
 * to be stored as it is after the connector has parsed it.  User ids are native.
 * A stacked driver declares SESSIONLESS, DECIDES and PLAINTEXT. */
struct idbc_lower {
	uint32_t size;
	uint32_t caps;
	void    *self;
	const struct idbc_ops *ops;
};

/* What the connector lends a driver. */
struct idbc_host {
	uint32_t size;
	uint32_t abi;
	void (*log)(const struct idbc_host *, uint32_t level,
		    const char *fmt, ...) IDBC_PRINTF(3, 4);
	int  (*fail)(const struct idbc_host *, struct idbc_error *err, uint32_t status,
		     const char *code, const char *fmt, ...) IDBC_PRINTF(5, 6);
	int64_t (*now_ns)(void);
	int  (*setting_str)(const struct idbc_settings *, const char *key,
			    const char *fallback, struct idbc_str *out);
	int  (*setting_i64)(const struct idbc_settings *, const char *key,
			    int64_t fallback, int64_t *out);
	int  (*setting_bool)(const struct idbc_settings *, const char *key,
			     int fallback, int *out);
	/* A path made absolute against the configuration file's folder. */
	int  (*setting_path)(const struct idbc_settings *, const char *key,
			     struct idbc_str *out);
	/* "users" is the whole mapping; keys are dotted ("tls.mode"); settings live
	 * until close() returns; an option that open() never asked for is an error. */
	int  (*setting_json)(const struct idbc_settings *, const char *key,
			     struct idbc_str *out);
	int  (*lower)(const struct idbc_host *, const struct idbc_settings *, const char *key,
		      const struct idbc_lower **out, struct idbc_error *err);
	/* `in` as enum idbc_fold `fold` writes it, into out[cap]; its length, or -1
	 * if it does not fit or is not UTF-8. */
	int64_t (*fold)(const struct idbc_host *, uint32_t fold,
			const struct idbc_str *in, char *out, size_t cap);
	/* 1 if the two are one identifier under `fold`, else 0. */
	int  (*same)(const struct idbc_host *, uint32_t fold,
		     const struct idbc_str *a, const struct idbc_str *b);
};

struct idbc_driver {
	uint32_t size;               /* sizeof(struct idbc_driver) when built */
	uint32_t abi;                /* IDBC_DRIVER_ABI when built            */
	const char *name;            /* "mysql"                               */
	const char *version;
	uint32_t caps;               /* enum idbc_cap                         */
	uint32_t pad;

	/* Instance: once per configured connection; must be thread-safe. */
	/* open() reports all mistakes of the configuration; it does not connect. */
	int  (*open)(const struct idbc_host *, const struct idbc_settings *,
		     struct idbc_findings *, void **instance, struct idbc_error *err);
	void (*close)(void *instance);

	/* Optional, for client libraries that keep per-thread state: first and last
	 * on the connector's own threads, around each checkout on a host's. */
	int  (*thread_begin)(void *instance);
	void (*thread_end)(void *instance);

	/* Session: one thread at a time; the pool hands it from one to another
	 * with a lock between.  interrupt() alone may come from another thread
	 * and must not block. */
	int  (*connect)(void *instance, int64_t deadline_ns,
			void **session, struct idbc_error *err);
	void (*disconnect)(void *session);
	void (*abandon)(void *session);   /* free it, send nothing on the wire */
	int  (*ping)(void *session, int64_t deadline_ns, struct idbc_error *err);
	void (*interrupt)(void *session);

	const struct idbc_ops *ops;
};

/* The one symbol a driver exports.  It may refuse the host by returning NULL. */
typedef const struct idbc_driver *idbc_driver_entry_fn(uint32_t host_abi,
						       const struct idbc_host *);
#define IDBC_DRIVER_ENTRY_SYMBOL "idbc_driver_entry"
IDBC_API const struct idbc_driver *
idbc_driver_entry(uint32_t host_abi, const struct idbc_host *host);

#ifdef __cplusplus
}
#endif
#endif
