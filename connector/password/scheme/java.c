/* connector/password/scheme/java.c - Spring Security's "{id}" forms and Atlassian's; Keycloak
 * has a file of its own.
 *
 * Spring writes neither rounds nor digest of PBKDF2 into the row: they are what the id
 * stands for, or parameters.  The secret of its encoders is the parameter "pepper".
 * Threads: any.  Lock: none.
 */
#include <string.h>

#include "password/scheme/keycloak.h"
#include "password/scheme/scheme.h"

static struct idbc_str pepper_of(const struct scheme_in *in)
{
	struct idbc_str pepper = { "", 0 };

	params_string(in->params, "pepper", &pepper);
	return pepper;
}

/* What stands behind one of the prefixes, or NULL. */
static const char *const bcrypt_ids[] = { "{bcrypt}", NULL };
static const char *const noop_ids[] = { "{noop}", NULL };
static const char *const sha256_ids[] = { "{sha256}", NULL };
static const char *const ldap_ids[] = { "{ldap}", NULL };
static const char *const argon2_ids[] = { "{argon2}", "{argon2@SpringSecurity_v5_8}", NULL };
static const char *const scrypt_ids[] = { "{scrypt}", "{scrypt@SpringSecurity_v5_8}", NULL };
static const char *const pbkdf2_ids[] = { "{pbkdf2}", "{pbkdf2@SpringSecurity_v5_8}", NULL };

/* Which of the ids the text begins with, or -1; `c` then stands behind it. */
static int read_id(struct cursor *c, const char *const *ids)
{
	for (int i = 0; ids[i]; i++)
		if (cursor_literal(c, ids[i]))
			return i;
	return -1;
}

static int behind(const struct scheme_in *in, const char *const *ids, struct idbc_str *rest)
{
	struct cursor c = cursor_of(&in->hash);

	if (read_id(&c, ids) < 0)
		return 0;
	*rest = cursor_rest(&c);
	return 1;
}

static int parse_bcrypt(const struct scheme *scheme, const struct scheme_in *in,
	struct stored *st)
{
	struct idbc_str text;

	(void)scheme;
	return behind(in, bcrypt_ids, &text) ? bcrypt_parse(&text, st) : PASSWORD_MALFORMED;
}

static int verify_bcrypt(const struct stored *st, const struct scheme_in *in)
{
	return bcrypt_verify(st, in->password);
}

static int make_bcrypt(const struct scheme *scheme, const struct scheme_in *in,
	const int64_t *costs, struct buf *out)
{
	(void)scheme;
	if (buf_add_str(out, bcrypt_ids[0]))
		return PASSWORD_FAILED;
	return bcrypt_make('a', in->password, costs[0], out);
}

static int parse_argon2(const struct scheme *scheme, const struct scheme_in *in,
	struct stored *st)
{
	struct idbc_str phc;

	(void)scheme;
	return behind(in, argon2_ids, &phc) ? phc_parse(&phc, in->params, st)
					    : PASSWORD_MALFORMED;
}

static int make_argon2(const struct scheme *scheme, const struct scheme_in *in,
	const int64_t *costs, struct buf *out)
{
	(void)scheme;
	if (buf_add_str(out, argon2_ids[0]))
		return PASSWORD_FAILED;
	return phc_make(2, in->password, costs, out);
}

static int parse_noop(const struct scheme *scheme, const struct scheme_in *in,
	struct stored *st)
{
	struct scheme_in inside = *in;

	return behind(in, noop_ids, &inside.hash) ? clear_parse(scheme, &inside, st)
						  : PASSWORD_MALFORMED;
}

/* --- PBKDF2: hex of salt and key ------------------------------------------------------- */
static const struct pbkdf2_id {
	enum digest md;
	uint32_t rounds, salt;
} pbkdf2_of[2] = { { DIGEST_SHA1, 185000, 8 }, { DIGEST_SHA256, 310000, 16 } };
#define PBKDF2_KEY 32u

/* The secret of the encoder is a part of the salt. */
static int add_pepper(struct stored *st, const struct idbc_str *pepper)
{
	if (pepper->len > sizeof(st->salt_bytes) - st->salt_len)
		return -1;
	memcpy(st->salt_bytes + st->salt_len, pepper->ptr, pepper->len);
	st->salt = (struct idbc_str){ (const char *)st->salt_bytes, st->salt_len + pepper->len };
	return 0;
}

static int read_rounds(const struct pbkdf2_id *id, const struct scheme_in *in, uint64_t *rounds)
{
	*rounds = id->rounds;
	return params_number(in->params, "iterations", UINT32_MAX, rounds) < 0 ? -1 : 0;
}

static int parse_pbkdf2(const struct scheme *scheme, const struct scheme_in *in,
	struct stored *st)
{
	struct cursor c = cursor_of(&in->hash);
	struct idbc_str pepper = pepper_of(in), text;
	unsigned char bytes[16 + PBKDF2_KEY];
	int which = read_id(&c, pbkdf2_ids);
	int64_t len;

	(void)scheme;
	text = cursor_rest(&c);
	len = which < 0 ? -1 : hex_decode(&text, bytes, sizeof(bytes));
	if (len < 0 || len != (int64_t)(pbkdf2_of[which].salt + PBKDF2_KEY))
		return PASSWORD_MALFORMED;
	st->salt_len = pbkdf2_of[which].salt;
	memcpy(st->salt_bytes, bytes, st->salt_len);
	memcpy(st->digest, bytes + st->salt_len, PBKDF2_KEY);
	if (add_pepper(st, &pepper) || read_rounds(&pbkdf2_of[which], in, &st->cost.rounds))
		return PASSWORD_UNSUPPORTED;
	return pbkdf2_parsed(st, pbkdf2_of[which].md, PBKDF2_KEY);
}

static int make_pbkdf2(const struct scheme *scheme, const struct scheme_in *in,
	const int64_t *costs, struct buf *out)
{
	const struct pbkdf2_id *id = &pbkdf2_of[1];
	struct idbc_str pepper = pepper_of(in);
	struct stored st = { .salt_len = id->salt };
	unsigned char key[PBKDF2_KEY];
	uint64_t rounds;
	int rc = random_bytes(st.salt_bytes, st.salt_len);

	(void)scheme;
	(void)costs;
	if (!rc)
		rc = add_pepper(&st, &pepper) || read_rounds(id, in, &rounds) ||
			pbkdf2_make(id->md, in->password, &st.salt, (int64_t)rounds, key,
				    sizeof(key));
	if (!rc)
		rc = buf_add_str(out, pbkdf2_ids[1]) ||
			hex_add(out, st.salt_bytes, st.salt_len) ||
			hex_add(out, key, sizeof(key));
	secret_wipe(key, sizeof(key));
	secret_wipe(st.salt_bytes, sizeof(st.salt_bytes));
	return rc ? PASSWORD_FAILED : 0;
}

/* --- scrypt: "$" hex of log2(N) << 16 | r << 8 | p "$" salt "$" key -------------------- */
static int read_scrypt_costs(const struct idbc_str *text, struct cost *cost)
{
	uint64_t n = 0;

	if (!text->len || text->len > 8 || *text->ptr == '0' ||
	    !str_only(text, "0123456789abcdef"))
		return 0;
	for (size_t i = 0; i < text->len; i++)
		n = n << 4 | (uint64_t)(text->ptr[i] <= '9' ? text->ptr[i] - '0'
							     : text->ptr[i] - 'a' + 10);
	cost->rounds = n >> 16;
	cost->memory = n >> 8 & 0xff;
	cost->lanes = n & 0xff;
	return 1;
}

static int parse_scrypt(const struct scheme *scheme, const struct scheme_in *in,
	struct stored *st)
{
	struct cursor c = cursor_of(&in->hash);
	struct idbc_str numbers, salt, key;
	int64_t salt_len, key_len;

	(void)scheme;
	if (read_id(&c, scrypt_ids) < 0 || !cursor_literal(&c, "$") ||
	    !cursor_until(&c, '$', &numbers) || !cursor_until(&c, '$', &salt) ||
	    !read_scrypt_costs(&numbers, &st->cost))
		return PASSWORD_MALFORMED;
	key = cursor_rest(&c);
	salt_len = b64_decode(B64_PADDED, &salt, st->salt_bytes, sizeof(st->salt_bytes));
	key_len = b64_decode(B64_PADDED, &key, st->digest, sizeof(st->digest));
	if (salt_len <= 0 || !key_is_whole(key_len))
		return PASSWORD_MALFORMED;
	st->salt = (struct idbc_str){ (const char *)st->salt_bytes, (size_t)salt_len };
	return scrypt_parsed(st, key_len);
}

static int make_scrypt(const struct scheme *scheme, const struct scheme_in *in,
	const int64_t *costs, struct buf *out)
{
	unsigned char salt[16], key[32];
	struct idbc_str salt_str = { (const char *)salt, sizeof(salt) };
	int rc = random_bytes(salt, sizeof(salt));

	(void)scheme;
	if (!rc)
		rc = scrypt_make(costs, in->password, &salt_str, key, sizeof(key));
	if (!rc)
		rc = buf_addf(out, "%s$%llx$", scrypt_ids[0],
			      (unsigned long long)(costs[0] << 16 | costs[1] << 8 | costs[2])) ||
			b64_add(out, B64_PADDED, salt, sizeof(salt)) || buf_add(out, "$", 1) ||
			b64_add(out, B64_PADDED, key, sizeof(key));
	secret_wipe(key, sizeof(key));
	return rc ? PASSWORD_FAILED : 0;
}

/* --- StandardPasswordEncoder: hex of salt and 1024 rounds of SHA-256 -------------------- */
#define SHA256_SALT   8u
#define SHA256_ROUNDS 1024u

static int parse_sha256(const struct scheme *scheme, const struct scheme_in *in,
	struct stored *st)
{
	unsigned char bytes[SHA256_SALT + 32];
	struct idbc_str text;

	(void)scheme;
	if (!behind(in, sha256_ids, &text) ||
	    hex_decode(&text, bytes, sizeof(bytes)) != sizeof(bytes))
		return PASSWORD_MALFORMED;
	st->cost = (struct cost){ COST_ROUNDS, SHA256_ROUNDS, 0, 0 };
	st->salt_len = SHA256_SALT;
	st->digest_len = 32;
	memcpy(st->salt_bytes, bytes, SHA256_SALT);
	memcpy(st->digest, bytes + SHA256_SALT, 32);
	return PARSED;
}

static int verify_sha256(const struct stored *st, const struct scheme_in *in)
{
	unsigned char digest[DIGEST_MAX_BYTES];
	struct idbc_str first[3] = { { (const char *)st->salt_bytes, st->salt_len },
		pepper_of(in), { in->password->ptr, in->password->len } };
	struct idbc_str next = { (const char *)digest, 32 };
	struct digest_run *run = digest_begin(DIGEST_SHA256);
	int rc = run ? digest_next(run, first, 3, digest) : -1;

	for (uint64_t i = 1; !rc && i < st->cost.rounds; i++)
		rc = digest_next(run, &next, 1, digest);
	rc = rc ? PASSWORD_FAILED : stored_compare(st, digest);
	digest_end(run);
	secret_wipe(digest, sizeof(digest));
	return rc;
}

/* LdapShaPasswordEncoder: what a directory stores */
static int parse_ldap(const struct scheme *scheme, const struct scheme_in *in,
	struct stored *st)
{
	struct idbc_str text, word, rest;
	int rc;

	(void)scheme;
	if (!behind(in, ldap_ids, &text) || !str_braced(&text, &word, &rest))
		return PASSWORD_MALFORMED;
	rc = wrapped_parse(&family_ldap, &text, in, st);
	return rc == NOT_MINE ? PASSWORD_UNSUPPORTED : rc;
}

/* --- Atlassian ------------------------------------------------------------------------- */
#define PKCS5S2        "{PKCS5S2}"
#define PKCS5S2_ROUNDS 10000u
#define PKCS5S2_SALT   16u
#define PKCS5S2_KEY    32u

static int parse_atlassian(const struct scheme *scheme, const struct scheme_in *in,
	struct stored *st)
{
	unsigned char bytes[PKCS5S2_SALT + PKCS5S2_KEY];
	struct cursor c = cursor_of(&in->hash);
	struct idbc_str text;

	(void)scheme;
	if (!cursor_literal(&c, PKCS5S2))
		return PASSWORD_MALFORMED;
	text = cursor_rest(&c);
	if (b64_decode(B64_PADDED, &text, bytes, sizeof(bytes)) != sizeof(bytes))
		return PASSWORD_MALFORMED;
	memcpy(st->salt_bytes, bytes, PKCS5S2_SALT);
	memcpy(st->digest, bytes + PKCS5S2_SALT, PKCS5S2_KEY);
	st->salt = (struct idbc_str){ (const char *)st->salt_bytes, PKCS5S2_SALT };
	st->cost.rounds = PKCS5S2_ROUNDS;
	return pbkdf2_parsed(st, DIGEST_SHA1, PKCS5S2_KEY);
}

static int make_atlassian(const struct scheme *scheme, const struct scheme_in *in,
	const int64_t *costs, struct buf *out)
{
	unsigned char bytes[PKCS5S2_SALT + PKCS5S2_KEY];
	struct idbc_str salt = { (const char *)bytes, PKCS5S2_SALT };
	int rc = random_bytes(bytes, PKCS5S2_SALT);

	(void)scheme;
	(void)costs;
	if (!rc)
		rc = pbkdf2_make(DIGEST_SHA1, in->password, &salt, PKCS5S2_ROUNDS,
				 bytes + PKCS5S2_SALT, PKCS5S2_KEY);
	if (!rc)
		rc = buf_add_str(out, PKCS5S2) || b64_add(out, B64_PADDED, bytes, sizeof(bytes));
	secret_wipe(bytes, sizeof(bytes));
	return rc ? PASSWORD_FAILED : 0;
}

static const struct cost_key bcrypt_costs[] = { { "cost", 10, 4, 15 }, { 0 } };
static const struct cost_key scrypt_costs[] = {
	{ "log2", 16, 1, 18 }, { "block_size", 8, 1, 64 }, { "parallelism", 1, 1, 16 }, { 0 }
};
static const struct cost_key argon2_costs[] = {
	{ "memory_kib", 16384, 8, 262144 }, { "iterations", 2, 1, 64 },
	{ "parallelism", 1, 1, 64 }, { 0 }
};
static const struct cost_key keycloak_costs[4][4] = {
	[KEYCLOAK_SHA1] = { { "iterations", 1300000, 1, 10000000 }, { 0 } },
	[KEYCLOAK_SHA256] = { { "iterations", 600000, 1, 10000000 }, { 0 } },
	[KEYCLOAK_SHA512] = { { "iterations", 210000, 1, 10000000 }, { 0 } },
	[KEYCLOAK_ARGON2] = { { "memory_kib", 7168, 8, 262144 }, { "iterations", 5, 1, 64 },
			      { "parallelism", 1, 1, 64 }, { 0 } },
};

#define SELF SCHEME_SELF
#define WEAK SCHEME_WEAK
#define KEYCLOAK(name, form) \
	{ "java/keycloak-" name, SELF | SCHEME_BYTES | SCHEME_SALT_OWN, form, 0, 0, \
	  keycloak_costs[form], keycloak_parse, keycloak_verify, keycloak_make }

static const struct scheme schemes[] = {
	{ "java/atlassian-PKCS5S2", SELF, 0, 0, 0, NULL, parse_atlassian, pbkdf2_verify,
	  make_atlassian },
	KEYCLOAK("pbkdf2-sha256", KEYCLOAK_SHA256),
	KEYCLOAK("pbkdf2-sha512", KEYCLOAK_SHA512),
	KEYCLOAK("pbkdf2", KEYCLOAK_SHA1),
	KEYCLOAK("argon2", KEYCLOAK_ARGON2),
	{ "java/spring-bcrypt", SELF, 0, 72, 0, bcrypt_costs, parse_bcrypt, verify_bcrypt,
	  make_bcrypt },
	{ "java/spring-noop", SELF | WEAK | SCHEME_CLEAR, 0, 0, 0, NULL, parse_noop, clear_verify,
	  NULL },
	{ "java/spring-pbkdf2", SELF, 0, 0, 0, NULL, parse_pbkdf2, pbkdf2_verify, make_pbkdf2 },
	{ "java/spring-scrypt", SELF, 0, 0, 0, scrypt_costs, parse_scrypt, scrypt_verify,
	  make_scrypt },
	{ "java/spring-sha256", SELF | WEAK, 0, 0, 0, NULL, parse_sha256, verify_sha256, NULL },
	{ "java/spring-ldap", SELF | WEAK, 0, 0, 0, NULL, parse_ldap, wrapped_verify,
	  NULL },
	{ "java/spring-argon2", SELF, 0, 0, 0, argon2_costs, parse_argon2, phc_verify,
	  make_argon2 },
};
#define SCHEMES (sizeof(schemes) / sizeof(schemes[0]))

static const struct { const char *id; const char *const *ids; } by_id[] = {
	{ "java/spring-bcrypt", bcrypt_ids }, { "java/spring-noop", noop_ids },
	{ "java/spring-pbkdf2", pbkdf2_ids }, { "java/spring-scrypt", scrypt_ids },
	{ "java/spring-sha256", sha256_ids }, { "java/spring-ldap", ldap_ids },
	{ "java/spring-argon2", argon2_ids },
};

static const struct scheme *find(const char *id)
{
	for (size_t i = 0; i < SCHEMES; i++)
		if (!strcmp(schemes[i].id, id))
			return &schemes[i];
	return NULL;
}

static int identify_keycloak(const struct scheme_in *in, int named, const struct scheme **out)
{
	enum keycloak form;
	int rc = keycloak_form(in, &form);

	if (rc)
		return rc == PASSWORD_MALFORMED && !named ? NOT_MINE : rc;
	for (size_t i = 0; i < SCHEMES; i++)
		if (schemes[i].parse == keycloak_parse && schemes[i].variant == form)
			*out = &schemes[i];
	return PARSED;
}

static int identify(const struct scheme_in *in, int named, const struct scheme **out)
{
	struct idbc_str rest;

	if (str_begins(&in->hash, "{\""))
		return identify_keycloak(in, named, out);
	if (str_begins(&in->hash, PKCS5S2)) {
		*out = find("java/atlassian-PKCS5S2");
		return PARSED;
	}
	for (size_t i = 0; i < sizeof(by_id) / sizeof(by_id[0]); i++)
		if (behind(in, by_id[i].ids, &rest)) {
			*out = find(by_id[i].id);
			return PARSED;
		}
	return NOT_MINE;
}

const struct family family_java = { "java", schemes, SCHEMES, identify };
