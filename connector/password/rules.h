/* connector/password/rules.h - what a configuration says about passwords: plain words,
 * filled by config, read by password.  Everything is owned by the struct config.
 */
#ifndef CONNECTOR_PASSWORD_RULES_H
#define CONNECTOR_PASSWORD_RULES_H

#include <stddef.h>
#include <stdint.h>

enum password_if { PASSWORD_IF_ANY = 0, PASSWORD_IF_SALT = 1, PASSWORD_IF_NO_SALT = 2 };

/* One entry of users.password.accept: a family, a family/format, or a recipe. */
struct password_accept {
	const char *scheme;             /* "phpass" or "raw/md5-hex"; NULL for a recipe */
	const char *recipe;             /* "hex(sha1(salt . password))" */
	uint32_t    when;               /* enum password_if */
	uint32_t    pad;
};
struct password_cost { const char *name; int64_t value; };      /* "memory_kib", 19456 */

/* One of users.password.params: a text, which may be a key, or a number.  `group` is the
 * member that a text stands below, such as "secrets", or NULL. */
struct password_param {
	const char *group, *name;
	const char *text;               /* NULL: a number */
	size_t text_len;
	uint64_t number;
};

/* users.password.write, else password.preferred. */
struct password_target {
	const char *scheme, *recipe;    /* one of them */
	const struct password_cost *costs;
	size_t ncosts;
	uint32_t salt_len, pad;         /* characters, of a recipe's salt; 0: no salt */
	const char *key;                /* path of the key that said it, for findings */
};

/* password.limits: what one stored form may cost. */
struct limits {
	uint32_t stored_bytes;                  /* of the stored form itself */
	uint32_t argon2_memory_kib, argon2_iterations, argon2_parallelism;
	uint32_t argon2_work_kib;               /* memory times iterations */
	uint32_t bcrypt_cost;
	uint32_t scrypt_memory_kib, scrypt_parallelism;
	uint32_t pbkdf2_iterations;             /* times blocks derived */
	uint32_t shacrypt_rounds;
	uint32_t phpass_log2, drupal_log2;
	uint32_t old_rounds;                    /* bsdi, sunmd5, sha1crypt and their like */
	uint32_t est_ms;                        /* of all together, by our estimate */
	uint32_t memory_kib;                    /* that all hashes may hold; 0: no such limit */
};

struct password_rules {
	const struct password_accept *accept;   /* naccept 0: every scheme that is not weak */
	size_t naccept;
	const char *const *input;       /* "trim|addslashes", in the order tried; none: as typed */
	size_t ninput;
	const char *const *none;        /* stored values that mean "no password"; "!*" is a prefix */
	size_t nnone;
	const char *parse;              /* "{hash}:{salt}", or NULL */
	const char *pepper;             /* vars.pepper, or NULL */
	size_t pepper_len;
	const struct password_param *params;
	size_t nparams;
	struct password_target target;
	const char *dummy_key;          /* chooses the work done for users who are not there: */
	size_t dummy_key_len;           /* secret, and the same in all processes           */
	int has_salt;                   /* users.password.salt or a {salt} in parse */
	int upgrade;                    /* users.password.upgrade and password.upgrade: 1, 0;
	                                 * 2 dry-run */
	uint32_t password_bytes;        /* longest password taken */
	uint32_t memory_mib;            /* that hashes hold together; 0: the default */
	uint32_t concurrency;           /* hashes at once; 0: as many as cores */
	uint32_t pad;
	struct limits limits;           /* all zero: the defaults */
};

#endif
