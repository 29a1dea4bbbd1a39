/* connector/password/scheme/postgres.c - what PostgreSQL keeps in pg_authid: SCRAM-SHA-256,
 * and before that MD5 over password and user.
 *
 * The server prepares a password by SASLprep where it can, and takes its bytes as they are
 * where it cannot (not UTF-8, unassigned characters, nothing left).
 * Threads: any.  Lock: none.
 */
#include "password/scheme/scheme.h"
#include "password/tool/saslprep.h"

#define PREFIX  "SCRAM-SHA-256$"
#define BETWEEN ":$:"

static int parse_scram(const struct scheme *scheme, const struct scheme_in *in,
	struct stored *st)
{
	struct idbc_str text;

	(void)scheme;
	if (!str_begins(&in->hash, PREFIX))
		return PASSWORD_MALFORMED;
	text = str_from(&in->hash, sizeof(PREFIX) - 1);
	return scram_parse(&text, DIGEST_SHA256, BETWEEN, st);
}

/* 0 or -1: no memory. */
static int prepare(const struct secret *password, struct secret *out)
{
	struct idbc_str p = { password->ptr, password->len };
	int rc = saslprep_postgres(&p, out);

	if (rc < 0 || (!rc && out->len))
		return rc;
	secret_free(out);
	return secret_copy(out, password->ptr, password->len);
}

static int verify_scram(const struct stored *st, const struct scheme_in *in)
{
	struct secret prepared = SECRET_INIT;
	struct idbc_str p;
	int rc = PASSWORD_FAILED;

	if (!prepare(in->password, &prepared)) {
		p = (struct idbc_str){ prepared.ptr, prepared.len };
		rc = scram_check(st, &p);
	}
	secret_free(&prepared);
	return rc;
}

static int make_scram(const struct scheme *scheme, const struct scheme_in *in,
	const int64_t *costs, struct buf *out)
{
	struct secret prepared = SECRET_INIT;
	int rc = buf_add_str(out, PREFIX);

	(void)scheme;
	if (!rc && in->password)
		rc = prepare(in->password, &prepared);
	if (!rc)
		rc = scram_make(DIGEST_SHA256, in->password ? &prepared : NULL, costs[0], BETWEEN,
				out);
	secret_free(&prepared);
	return rc ? PASSWORD_FAILED : 0;
}

static int parse_md5(const struct scheme *scheme, const struct scheme_in *in, struct stored *st)
{
	struct idbc_str hex;

	(void)scheme;
	if (!str_begins(&in->hash, "md5"))
		return PASSWORD_MALFORMED;
	hex = str_from(&in->hash, 3);
	return stored_hex(st, DIGEST_MD5, &hex);
}

static int verify_md5(const struct stored *st, const struct scheme_in *in)
{
	struct idbc_str parts[2] = { { in->password->ptr, in->password->len }, in->username };

	return stored_digest(st, parts, 2);
}

static int make_md5(const struct scheme *scheme, const struct scheme_in *in,
	const int64_t *costs, struct buf *out)
{
	struct idbc_str parts[2] = { { "", 0 }, in->username };
	unsigned char digest[DIGEST_MAX_BYTES];
	int rc = random_bytes(digest, sizeof(digest));

	(void)scheme;
	(void)costs;
	if (!rc && in->password) {
		parts[0] = (struct idbc_str){ in->password->ptr, in->password->len };
		rc = digest_of(DIGEST_MD5, parts, 2, digest);
	}
	if (!rc)
		rc = buf_add_str(out, "md5") || hex_add(out, digest, 16);
	secret_wipe(digest, sizeof(digest));
	return rc ? PASSWORD_FAILED : 0;
}

static const struct cost_key scram_costs[] = { { "iterations", 600000, 1, 10000000 }, { 0 } };

static const struct scheme schemes[] = {
	{ "postgres/scram-sha-256", SCHEME_SELF, 0, 0, 0, scram_costs, parse_scram, verify_scram,
	  make_scram },
	{ "postgres/md5", SCHEME_SELF | SCHEME_WEAK | SCHEME_USER, 0, 0, 0, NULL, parse_md5,
	  verify_md5, make_md5 },
};

static int identify(const struct scheme_in *in, int named, const struct scheme **out)
{
	struct stored st = { 0 };

	(void)named;
	if (str_begins(&in->hash, PREFIX))
		*out = &schemes[0];
	else if (!parse_md5(&schemes[1], in, &st))
		*out = &schemes[1];
	else
		return NOT_MINE;
	return PARSED;
}

const struct family family_postgres = {
	"postgres", schemes, sizeof(schemes) / sizeof(schemes[0]), identify
};
