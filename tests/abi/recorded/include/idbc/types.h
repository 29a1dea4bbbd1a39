/* idbc/types.h - the words that both sides of the driver boundary share.
 *
 *   - No allocation crosses the boundary: what one side allocates, it frees.
 *   - A struct that may grow starts with `size` and grows only at its end.
 *   - Enumerations travel as uint32_t, never as a C enum or a bit-field.
 */
#ifndef IDBC_TYPES_H
#define IDBC_TYPES_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* IDBC_API: exported.  IDBC_MUST_CHECK: the compiler warns where the answer is dropped.
 * IDBC_PRINTF: the compiler checks the format. */
#if defined(__GNUC__)
# define IDBC_API         __attribute__((visibility("default")))
# define IDBC_MUST_CHECK  __attribute__((warn_unused_result))
# define IDBC_PRINTF(f,a) __attribute__((format(printf, f, a)))
#else
# define IDBC_API
# define IDBC_MUST_CHECK
# define IDBC_PRINTF(f,a)
#endif

/* name, value, text.  The hundreds digit is the class: 1 the store said no,
 * 2 the caller is wrong, 3 the world is, 4 we are.  Values are for ever. */
#define IDBC_STATUS_MAP(X)                                                  \
	X(OK,                 0, "ok")                                      \
	X(DENIED,           100, "identifier or password refused")          \
	X(NO_USER,          101, "no such user")                            \
	X(EXISTS,           102, "user already exists")                     \
	X(BLOCKED,          103, "account is blocked")                      \
	X(PASSWORD_EXPIRED, 104, "password must be changed")                \
	X(AMBIGUOUS,        105, "more than one user matches")              \
	X(CONFLICT,         106, "refused by the store's own rules")        \
	X(INVALID,          200, "invalid argument")                        \
	X(UNSUPPORTED,      201, "not supported by this driver")            \
	X(STATE,            202, "connection is closed or closing")         \
	X(FORKED,           203, "connection belongs to the parent process")\
	X(UNAVAILABLE,      300, "no session to the store")                 \
	X(TIMEOUT,          301, "deadline passed")                         \
	X(BUSY,             302, "too much work in progress")               \
	X(CANCELLED,        303, "cancelled")                               \
	X(NOMEM,            400, "out of memory")                           \
	X(CONFIG,           401, "configuration is wrong")                  \
	X(DRIVER,           402, "driver broke its contract")               \
	X(DATA,             403, "stored data is malformed")

enum idbc_status {
#define IDBC_STATUS_ENUM(name, value, text) IDBC_##name = value,
	IDBC_STATUS_MAP(IDBC_STATUS_ENUM)
#undef IDBC_STATUS_ENUM
	IDBC_STATUS_MAX_ = 0x7fffffff
};
/* 0 fine, 1 the store said no, 2 the caller is wrong, 3 the world is, 4 we are. */
#define IDBC_STATUS_CLASS(status) ((status) / 100)

/* What is known about the store after a failed write.  A read always says NONE. */
enum idbc_effect {
	IDBC_EFFECT_NONE    = 0,  /* certainly nothing was written  */
	IDBC_EFFECT_APPLIED = 1,  /* certainly written              */
	IDBC_EFFECT_UNKNOWN = 2,  /* the connection was lost before the answer */
};

/* For logs only: tells what the public status hides on purpose. */
enum idbc_detail {
	IDBC_DETAIL_NONE           = 0,
	IDBC_DETAIL_UNKNOWN_USER   = 1,
	IDBC_DETAIL_WRONG_PASSWORD = 2,
	IDBC_DETAIL_NO_PASSWORD    = 3,  /* locked, empty or absent credential */
	IDBC_DETAIL_BAD_CREDENTIAL = 4,  /* malformed, above a ceiling, scheme not allowed */
	IDBC_DETAIL_AMBIGUOUS      = 5,
	IDBC_DETAIL_LOCKED_OUT     = 6,  /* by failed attempts */
};

/* A plain value: lives on the caller's stack, owns nothing, needs no free; it outlives the
 * connection and may be copied.  `size` says how much of it there is: a host or a driver
 * built against an older header has a shorter one, and only that much is written.  Every
 * array ends in a NUL. */
struct idbc_error {
	uint32_t size;
	uint32_t status;        /* enum idbc_status                     */
	uint32_t effect;        /* enum idbc_effect                     */
	uint32_t detail;        /* enum idbc_detail; never show to users */
	uint32_t op;            /* enum idbc_op_kind, or 0              */
	int32_t  native;        /* errno or vendor code, or 0           */
	char     sqlstate[8];   /* five characters, or ""               */
	char     origin[16];    /* "pool", "mysql", "config"            */
	char     code[32];      /* "user_exists", "password_too_long"   */
	char     text[176];     /* one line of UTF-8, no secrets        */
};
/* For hosts and drivers alike: `struct idbc_error err = IDBC_ERROR_INIT;` */
#define IDBC_ERROR_INIT { sizeof(struct idbc_error), 0, 0, 0, 0, 0, "", "", "", "" }

/* Levels of a log line; a smaller number matters more. */
enum idbc_log_level {
	IDBC_LOG_ERROR   = 0,
	IDBC_LOG_WARNING = 1,
	IDBC_LOG_INFO    = 2,
	IDBC_LOG_DEBUG   = 3,
};

/* How two spellings of one identifier compare. */
enum idbc_fold {
	IDBC_FOLD_NONE       = 0, /* bytes equal                                  */
	IDBC_FOLD_LOWER      = 1, /* stored in lower case, asked for in any        */
	IDBC_FOLD_UPPER      = 2, /* the same in upper case                        */
	IDBC_FOLD_UCFIRST    = 3, /* first letter upper, the rest as typed         */
	IDBC_FOLD_LOWER_BOTH = 4, /* stored as typed, compared in lower case       */
	IDBC_FOLD_BINARY     = 5, /* bytes equal, bound as bytes                   */
	IDBC_FOLD_DATABASE   = 6, /* whatever the store's collation calls equal    */
	IDBC_FOLD_LETTERS    = 7, /* lower case without accents: for slugs, never
	                           * to compare identifiers                        */
};

/* Which kind of identifier a value is.  Only LOGIN looks at more than one field, and it
 * does so in one statement. */
enum idbc_by {
	IDBC_BY_LOGIN    = 0,   /* whatever the configuration lets people log in with */
	IDBC_BY_USER_ID  = 1,
	IDBC_BY_EMAIL    = 2,
	IDBC_BY_USERNAME = 3,
	IDBC_BY_PHONE    = 4,
};

/* Borrowed bytes: valid for the duration of the call that passes them.  Not NUL-terminated
 * unless somebody says so; an empty one has `len` 0, and `ptr` may then be NULL. */
struct idbc_str {
	const char *ptr;
	size_t      len;
};
/* What a value is.  STR is valid UTF-8, BYTES is anything, BOOL is an i64 of 0 or 1, TIME_US
 * counts microseconds since 1970-01-01 UTC, JSON is the text of one JSON value. */
enum idbc_kind {
	IDBC_KIND_NULL, IDBC_KIND_STR, IDBC_KIND_BYTES, IDBC_KIND_BOOL,
	IDBC_KIND_I64, IDBC_KIND_TIME_US, IDBC_KIND_JSON,
};
struct idbc_value {
	uint32_t kind;                  /* enum idbc_kind */
	uint32_t pad;
	union {
		struct idbc_str str;    /* STR, BYTES, JSON */
		int64_t         i64;    /* BOOL, I64, TIME_US (UTC) */
	} u;
};
struct idbc_field {
	const char *name;               /* NUL-terminated, borrowed like the value */
	struct idbc_value value;
};

#ifdef __cplusplus
}
#endif
#endif
