/* connector/config/config.h - JSON in, a typed and checked structure out.
 *
 * Every mistake is a finding with its key path; all are reported in one go.  A struct
 * config is immutable once open, but for what the settings keep: options asked for (to
 * report the unknown ones) and strings given out.  Threads: any after open; a lock of its
 * own round those.
 */
#ifndef CONNECTOR_CONFIG_CONFIG_H
#define CONNECTOR_CONFIG_CONFIG_H

#include "base/findings.h"
#include "guess/rules.h"
#include "password/rules.h"
#include "profile/rules.h"

enum config_startup { STARTUP_CHECK = 0, STARTUP_REQUIRE = 1, STARTUP_TRUST = 2 };
enum config_intents { INTENTS_NONE = 0, INTENTS_OFF = 1, INTENTS_TABLE = 2 };

#define CONFIG_MAX_LOGIN 4

struct config_lookup {                  /* users.login.by and users.lookup */
	uint32_t login_by[CONFIG_MAX_LOGIN]; /* enum idbc_by: EMAIL, USERNAME, PHONE, USER_ID */
	uint32_t nlogin;
	uint32_t fold[5];                       /* enum idbc_fold, by enum idbc_by */
};

struct config {
	const char *connection, *driver;
	const char *dir;        /* absolute folder of the file; idbc_open_json: current */
	const char *file;       /* its absolute path, or NULL */
	const char *moved;      /* of a lower: its table of moved ids; else NULL */
	uint32_t timeout_ms;
	uint32_t pool_max, pool_idle_ms, pool_max_age_ms;
	uint32_t async_workers, async_queue;
	uint32_t identifier_bytes, password_bytes;
	uint32_t operations;            /* bit 1u << enum idbc_op_kind */
	uint32_t startup;               /* enum config_startup */
	uint32_t intents;               /* enum config_intents */
	const char *intents_table;      /* NULL: none */
	uint32_t lease_ms;
	uint32_t profile_store_required, reuse_ids, allow_nontransactional;
	uint32_t require_verified;      /* users.login.require_verified */
	uint32_t recheck, touch;        /* users.login.recheck; has users.login.touch */
	struct guess_rules throttle;
	uint32_t failed;                /* has users.login.failed */
	uint32_t lock_out;              /* which counts and knows a maximum */
	struct config_lookup lookup;
	struct password_rules password;
	uint32_t password_width, salt_width;    /* of a new credential; 0: not known, none.
	                                         * Told by the password room after open */
	int password_upgrade;           /* a login may write a new one; told likewise */
	int lower;                      /* lent to a stacked driver; told before its open() */
	struct profile_rules profile;
	struct config_json *json;       /* the documents behind the settings */
};

/* `path`: a file.  `json`: a text; exactly one of the two.  IDBC_OK: it could be read and
 * names a driver, so that others can look for mistakes too; there may be findings already,
 * and with an error among them it must not be used.  IDBC_CONFIG: nothing more can be
 * looked for (findings say why).  IDBC_NOMEM. */
int  config_open(const char *path, const char *json, struct finding_list *,
		 struct config **out, struct idbc_error *err);
/* The connection that a stacked driver has below itself, configured under its option `key`: an
 * object, or a file's path.  What an object leaves out: "idbc"; "connection", which is then
 * `key` after the outer one's; its relative paths begin where the outer's do.  Its user_ids
 * have no prefix.  Findings as its own file would have them: without the option's path. */
int  config_open_below(const struct config *outer, const char *key, struct finding_list *,
		       struct config **out, struct idbc_error *err);
void config_close(struct config *);

/* "getUser" for IDBC_GET_USER; `kind` is one of enum idbc_op_kind. */
const char *config_operation_name(uint32_t kind);

/* --- settings, as drivers see them: keys are dotted ("tls.mode") ------------------- *
 * Three kinds of key: an option of the driver; "users", the whole mapping; and
 * "idbc.connection", "idbc.startup", "idbc.timeout_ms", "idbc.operations" (JSON array),
 * "idbc.profile.unmapped" of the connection, "idbc.moved", "idbc.create" (bool),
 * "idbc.password.width" and "idbc.password.salt_width" (bytes), "idbc.password.upgrade" (bool),
 * "idbc.delete.intents" (the table, absent without one), "idbc.delete.reuse_ids" and
 * "idbc.delete.allow_nontransactional" (bool), "idbc.lower" (bool: lent to a stacked
 * driver).  {"env"} and {"file"} are replaced by what
 * they stand for, inside JSON too; {"file"} is read again at each asking.  1 found, 0
 * absent (fallback used), -1 there but of another type, or what it stands for cannot be
 * had (a finding is kept and reported by config_unknown_options). Strings live until
 * config_close(). */
int config_setting_str(const struct config *, const char *key, const char *fallback,
		       struct idbc_str *out);
/* What drivers asked for so far may be missing for want of memory. */
int  config_lacked_memory(const struct config *);
int config_setting_i64(const struct config *, const char *key, int64_t fallback, int64_t *out);
int config_setting_bool(const struct config *, const char *key, int fallback, int *out);
int config_setting_path(const struct config *, const char *key, struct idbc_str *out);
int config_setting_json(const struct config *, const char *key, struct idbc_str *out);

/* From now on the setting "idbc.create" is true: the driver makes a missing store and our
 * own tables in it.  0 where the connection has a mapping: those tables are another's.
 * Before the driver's open(). */
int  config_allow_create(struct config *);

/* The same number for connections of one name, driver, options and mapping; 0: no memory. */
uint32_t config_identity(const struct config *);

/* store.c.  The same number for two that name one table of one store; others may do so as well.
 * 0: nothing can be said.  It depends on no password. */
uint64_t config_store(const struct config *);
/* 0: the mapping has keys made, and none given to it.  1: given, or nobody knows beforehand. */
int  config_takes_ids(const struct config *);
int  config_has_own_schema(const struct config *);      /* no `users`: nothing is mapped */

/* 1 if the mapping says where `field` is; -1 if users are read by SQL of the author's own,
 * whose answers nobody knows beforehand. */
int  config_maps_field(const struct config *, const char *field);

/* Options that the driver's open() never asked for, and ones of the wrong type. */
void config_unknown_options(const struct config *, struct idbc_findings *);

#endif
