/* connector/password/scheme/scheme.h - what one stored form is, as a const descriptor, and the
 * table of all of them.
 *
 * A check has two phases: parse() reads the whole stored form and says what it would
 * cost, without computing anything; the ceiling is compared; verify() computes.  A new
 * family is a file with a struct family and a line in schemes.c.  Threads: descriptors
 * are const; a struct stored belongs to one call.
 */
#ifndef CONNECTOR_PASSWORD_SCHEME_H
#define CONNECTOR_PASSWORD_SCHEME_H

#include "base/buf.h"
#include "base/secret.h"
#include "password/tool/encode.h"
#include "password/tool/digest.h"
#include "password/gate/gate.h"
#include "password/gate/limits.h"
#include "password/tool/params.h"
#include "password/tool/unixcrypt.h"
#include "password/password.h"

#define PARSED 0                /* parse() and identify(): done; else a PASSWORD_ result */
#define NOT_MINE (-1)           /* identify(): not of this family */

/* One question: what is stored, who asks, with which password. */
struct scheme_in {
	struct idbc_str hash, salt, username;
	const struct secret *password;  /* NULL: only parse, or make a dummy */
	const struct params *params;
	const struct limits *limits;    /* NULL: the defaults */
	const struct gate_ask *ask;     /* NULL: a hash begins at once */
};

/* A stored form taken apart.  Points into scheme_in. */
struct stored {
	const struct scheme *scheme;
	const struct scheme *inner;     /* of a form inside this one; NULL: none */
	struct cost cost;
	struct idbc_str text;           /* what the function below is given */
	struct idbc_str salt;
	uint32_t variant, version;
	enum digest md;
	size_t salt_len, digest_len, data_len, secret_len;
	unsigned char salt_bytes[512], digest[512], data[64], secret[64];
};

/* A cost that a configuration may set; `values` of make() are in this order. */
struct cost_key {
	const char *name;               /* NULL ends the list */
	int64_t fallback, min, max;
};
#define COST_KEYS_MAX 4

enum scheme_flag {
	SCHEME_WEAK   = 1,      /* unsalted, single-round, clear text, DES, broken */
	SCHEME_SALT   = 2,      /* the salt is stored beside the hash */
	SCHEME_CLEAR  = 4,      /* clear text; with SELF: behind a prefix that says so */
	SCHEME_SELF   = 8,      /* the stored form says what it is */
	SCHEME_BYTES  = 16,     /* the stored form may hold any bytes, not just visible ASCII */
	SCHEME_USER   = 32,     /* the hash is of the user's name as well */
	/* Parameters that it cannot do without, see scheme_missing(). */
	SCHEME_REALM  = 64, SCHEME_SITEKEY = 128, SCHEME_SIGNER = 256,
	/* A new salt is hexadecimal, or the base64 of bytes; else letters and digits.  Or the
	 * column of the salt, where there is one, holds a text that the scheme writes. */
	SCHEME_SALT_HEX = 512, SCHEME_SALT_B64 = 1024, SCHEME_SALT_OWN = 2048,
	SCHEME_FOLDS  = 4096,   /* several passwords are one to it: letter case, blanks */
};
/* How many characters a new salt has; 16 where it is not said.  Stands among the flags. */
#define SCHEME_SALT_LEN(n) ((uint32_t)(n) << 16)
#define SALT_ROOM 256u

struct scheme {
	const char *id;         /* "phpass/P" */
	uint32_t flags;         /* enum scheme_flag */
	uint32_t variant;       /* the family's own number */
	uint32_t sees_bytes;    /* of a password; what is longer is cut.  0: all of it */
	uint32_t max_bytes;     /* longest password it can hash at all.  0: no such limit */
	const struct cost_key *costs;
	int (*parse)(const struct scheme *, const struct scheme_in *, struct stored *);
	/* PASSWORD_MATCH, MISMATCH, UNSUPPORTED or FAILED. */
	int (*verify)(const struct stored *, const struct scheme_in *);
	/* Adds the stored form to `out`.  Without a password the digest is random, which
	 * costs nothing: a dummy.  0, or PASSWORD_FAILED.  NULL: read only. */
	int (*make)(const struct scheme *, const struct scheme_in *, const int64_t *costs,
		    struct buf *out);
};

struct family {
	const char *name;
	const struct scheme *schemes;
	size_t n;
	/* Which one of its schemes the text is, by its looks; `named` if the family was
	 * asked for by name, so that forms which do not describe themselves may be meant. */
	int (*identify)(const struct scheme_in *, int named, const struct scheme **out);
};

extern const struct family
	family_argon2,
	family_bcrypt,
	family_crypt,
	family_phpass,
	family_wordpress,
	family_drupal,
	family_django,
	family_mediawiki,
	family_werkzeug,
	family_passlib,
	family_ldap,
	family_dovecot,
	family_postgres,
	family_mysql,
	family_aspnet,
	family_java,
	family_cms,
	family_forum,
	family_database,
	family_ruby,
	family_nodejs,
	family_go,
	family_windows,
	family_firebase,
	family_sap,
	family_raw;

/* Clear text that nothing says is clear text. */
static inline int scheme_is_clear(const struct scheme *scheme)
{
	return (scheme->flags & (SCHEME_CLEAR | SCHEME_SELF)) == SCHEME_CLEAR;
}

/* --- schemes.c -------------------------------------------------------------------- */
const struct family *family_find(const char *name, size_t len);
const struct family *scheme_family_at(size_t index);     /* NULL: no more */
const struct scheme *scheme_find(const char *id);
const struct family *scheme_family(const struct scheme *);
/* Known by name, whether or not it is built: "ldap", "ldap/SSHA". */
int  scheme_known(const char *name);
const char *scheme_nearest(const char *name);           /* or NULL */
/* Among the forms that describe themselves, in the order of families; NOT_MINE: none;
 * UNSUPPORTED: one that we know of and do not do. */
int  scheme_identify_self(const struct scheme_in *, const struct scheme **out);
/* The same for a text that must be something.  UNSUPPORTED: a form we know of, or one
 * that describes nothing; MALFORMED: neither. */
int  scheme_identify(const struct scheme_in *, const struct scheme **out);
int  form_is_likely(const struct idbc_str *);   /* though unknown */
int  form_is_digest_hex(const struct idbc_str *);       /* 32, 40, 64 or 128 hex digits */
/* Whatever a digest is likely to be stored as, though it does not describe itself. */
int  form_is_digest(const struct idbc_str *);

/* --- stored.c: what every caller does with a scheme -------------------------------- */
/* A marker that means "no password"; clear text may begin with '!'. */
int  stored_is_locked(const struct idbc_str *, int clear);
/* Parse and compare with the ceiling. */
int  stored_parse(const struct scheme *, const struct scheme_in *, struct stored *);
/* The name of a parameter that the scheme needs and these have not, or NULL. */
const char *scheme_missing(const struct scheme *, const struct params *);
/* What a new row's salt column gets, empty if none; `len` characters, 0: the scheme's own
 * number.  0 or -1. */
int  scheme_salt(const struct scheme *, uint32_t len, char out[SALT_ROOM]);
/* Both through the gate: a PASSWORD_ result, or 0 and LATE, BUSY, FAILED. */
int  stored_verify(const struct stored *, const struct scheme_in *);
int  stored_make(const struct scheme *, const struct scheme_in *, const struct cost *,
		 const int64_t *costs, struct buf *out);
int  stored_weak(const struct stored *);
/* 1 if of this password the stored form saw less than all. */
int  stored_cuts(const struct stored *, size_t password_len);
int  stored_compare(const struct stored *, const unsigned char *digest);   /* MATCH, MISMATCH */
/* The same once a digest is there (0), cannot be made of this password (1), or failed (-1). */
int  stored_judge(const struct stored *, int rc, const unsigned char *digest);
/* The whole digest in hexadecimal, PARSED or MALFORMED; and one digest over `parts`. */
int  stored_hex(struct stored *, enum digest, const struct idbc_str *hex);
int  stored_digest(const struct stored *, const struct idbc_str *parts, size_t nparts);

/* --- derive.c: passwords that are hashed before they are hashed ---------------------- */
/* The text of the digest of `parts`, in lower case; 0, or -1. */
int  derived_hex(enum digest, const struct idbc_str *parts, size_t nparts, struct secret *out);
/* The digest of `parts`, and an HMAC of `data`, in padded base64; 0, or -1. */
int  derived_b64(enum digest, const struct idbc_str *parts, size_t nparts, struct secret *out);
int  derived_hmac_b64(enum digest, const struct idbc_str *key, const struct idbc_str *data,
		      struct secret *out);

/* --- families that others are built of ---------------------------------------------- */
int  phc_parse(const struct idbc_str *, const struct params *, struct stored *);
int  phc_verify(const struct stored *, const struct scheme_in *);
/* Argon2id of the current version, for forms that are not PHC: costs, digest_len and
 * `salt_len` salt_bytes are theirs.  Then its digest; 0 or -1. */
void phc_argon2id(struct stored *, size_t salt_len);
int  phc_digest(const struct stored *, const struct secret *, unsigned char *out);
int  phc_make(uint32_t variant, const struct secret *, const int64_t *costs, struct buf *);
int  bcrypt_parse(const struct idbc_str *, struct stored *);
/* From salt and digest that stand apart; the whole is put together in st->salt_bytes. */
int  bcrypt_parse_parts(char minor, uint64_t cost, const struct idbc_str *salt,
			const struct idbc_str *digest, struct stored *);
int  bcrypt_verify(const struct stored *, const struct secret *);
int  bcrypt_make(char minor, const struct secret *, int64_t cost, struct buf *);
/* The password's digest in the place of the one in `hash`; cost and salt stay.  0 or FAILED. */
int  bcrypt_again(const struct secret *, struct buf *hash);
int  crypt_verify(const struct stored *, const struct scheme_in *);
/* How a hash of phpass begins, and how many characters of its digest are kept. */
struct phpass_form {
	const char *prefix;
	enum digest md;
	size_t chars;
};
#define PHPASS_MD5_CHARS 22u
int  phpass_parse(struct cursor *, const struct phpass_form *, struct stored *);
int  phpass_verify(const struct stored *, const struct secret *);
int  phpass_make(const struct phpass_form *, const struct secret *, int64_t log2, struct buf *);
/* nested.c: D(hex(D(password)) . salt) and its like; a scheme's variant says which. */
enum nested {
	NESTED_TEXT_SALT,       /* D(hex D(password) . salt)                    */
	NESTED_SALT_TEXT,       /* D(salt . hex D(password))                    */
	NESTED_SALT_TWICE,      /* D(salt . hex D(salt . hex D(password)))      */
	NESTED_BOTH,            /* D(hex D(salt) . hex D(password))             */
};
#define NESTED(digest, form) ((uint32_t)(digest) * 8 + (form))
int  nested_parse(const struct scheme *, const struct scheme_in *, struct stored *);
int  nested_verify(const struct stored *, const struct scheme_in *);
int  nested_make(const struct scheme *, const struct scheme_in *, const int64_t *costs,
		 struct buf *);
/* The text is of another family, which is asked as if named.  NOT_MINE, or as parse(). */
int  wrapped_parse(const struct family *, const struct idbc_str *text, const struct scheme_in *,
		   struct stored *);
int  wrapped_verify(const struct stored *, const struct scheme_in *);
/* A digest of password and salt with the salt, of any length, behind it; or without. */
int  salted_parsed(struct stored *, enum digest, int salted, const unsigned char *bytes,
		   int64_t len);
int  salted_verify(const struct stored *, const struct scheme_in *);
/* Digest and salt; `out` takes DIGEST_MAX_BYTES + salt_len.  0 or -1. */
int  salted_make(enum digest, const struct secret *, size_t salt_len, unsigned char *out);
#define SALTED_MAX (DIGEST_MAX_BYTES + 512u)
/* Rounds, salt, StoredKey, ServerKey of SCRAM with these three between; verify() takes the
 * password as it is, scram_check() as it was prepared. */
int  scram_parse(const struct idbc_str *text, enum digest, const char between[3],
		 struct stored *);
int  scram_verify(const struct stored *, const struct scheme_in *);
int  scram_check(const struct stored *, const struct idbc_str *password);
int  scram_make(enum digest, const struct secret *, int64_t rounds, const char between[3],
		struct buf *out);
/* Clear text: nothing that looks like a hash. */
int  clear_parse(const struct scheme *, const struct scheme_in *, struct stored *);
int  clear_verify(const struct stored *, const struct scheme_in *);
/* A key that nothing says the length of: one that a column cut short verifies as well, so
 * it must be as long as keys are. */
static inline int key_is_whole(int64_t bytes)
{
	return bytes == 20 || (bytes > 0 && bytes % 16 == 0);
}
/* After cost.rounds, salt and digest were read: takes `key_bytes` of digest, PARSED or
 * MALFORMED (no rounds, or a key that is not there or too short). */
int  pbkdf2_parsed(struct stored *, enum digest, int64_t key_bytes);
int  pbkdf2_verify(const struct stored *, const struct scheme_in *);
enum cost_kind pbkdf2_cost(enum digest);
/* A key in hexadecimal, alone in its column; how it is made is the site's settings.  Takes
 * iterations, keylen and digest from the parameters where they have them. */
struct pbkdf2_site { enum digest md; uint32_t iterations, key_bytes; };
int  pbkdf2_hex_parse(const struct pbkdf2_site *, const struct scheme_in *, struct stored *);
int  pbkdf2_hex_make(const struct pbkdf2_site *, const struct scheme_in *,
		     const struct idbc_str *salt, struct buf *);
/* Without a password the key is random.  0 or -1. */
int  pbkdf2_make(enum digest, const struct secret *, const struct idbc_str *salt, int64_t rounds,
		 unsigned char *out, size_t len);
/* 1 and the logarithm if `n` is a power of two; 0 if not. */
int  scrypt_log2(uint64_t n, uint64_t *log2);
/* 1 if there is a scrypt of this N and r: to be asked below the ceiling. */
int  scrypt_exists(const struct cost *);
/* After cost.rounds (log2 N), cost.memory (r), cost.lanes (p), salt and digest were read. */
int  scrypt_parsed(struct stored *, int64_t key_bytes);
int  scrypt_verify(const struct stored *, const struct scheme_in *);
/* `costs`: log2 N, r, p.  0 or -1. */
int  scrypt_make(const int64_t *costs, const struct secret *, const struct idbc_str *salt,
		 unsigned char *out, size_t len);

#endif
