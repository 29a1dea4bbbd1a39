/* connector/password/scheme/sap.c - SAP's CODVN H, "{x-issha, 1024}" and base64 of a digest
 * and its salt: sha1(P.S), then again and again over password and digest.
 * Threads: any.  Lock: none.
 */
#include <string.h>

#include "password/scheme/scheme.h"

#define SAP_SALT 12u

#define SAP_WORD 7u

/* "x-isSHA512" is another. */
static int is_word(const struct idbc_str *name)
{
	struct idbc_str word = { name->ptr, name->len < SAP_WORD ? name->len : SAP_WORD };
	char next = name->len > SAP_WORD ? name->ptr[SAP_WORD] : ',';

	return str_like(&word, "x-issha") && (next == ',' || next == ' ');
}

static int parse(const struct scheme *scheme, const struct scheme_in *in, struct stored *st)
{
	unsigned char bytes[SALTED_MAX];
	struct idbc_str name, rest;
	struct cursor c;

	(void)scheme;
	if (!str_braced(&in->hash, &name, &rest) || !is_word(&name))
		return PASSWORD_MALFORMED;
	name = str_from(&name, SAP_WORD);
	c = cursor_of(&name);
	st->cost.kind = COST_MIXED;
	if (!cursor_literal(&c, ", ") || !cursor_number(&c, UINT32_MAX, &st->cost.rounds) ||
	    !st->cost.rounds || !cursor_done(&c))
		return PASSWORD_MALFORMED;
	return salted_parsed(st, DIGEST_SHA1, 1, bytes,
			     b64_decode(B64_PADDED, &rest, bytes, sizeof(bytes)));
}

static int compute(const struct secret *password, const struct idbc_str *salt, uint64_t rounds,
	unsigned char *digest)
{
	struct idbc_str parts[2] = { { password->ptr, password->len }, *salt };
	struct digest_run *run = digest_begin(DIGEST_SHA1);
	int rc = run ? digest_next(run, parts, 2, digest) : -1;

	parts[1] = (struct idbc_str){ (const char *)digest, digest_bytes(DIGEST_SHA1) };
	for (uint64_t i = 1; !rc && i < rounds; i++)
		rc = digest_next(run, parts, 2, digest);
	digest_end(run);
	return rc;
}

static int verify(const struct stored *st, const struct scheme_in *in)
{
	unsigned char digest[DIGEST_MAX_BYTES];
	int rc = PASSWORD_FAILED;

	if (!compute(in->password, &st->salt, st->cost.rounds, digest))
		rc = stored_compare(st, digest);
	secret_wipe(digest, sizeof(digest));
	return rc;
}

static int make(const struct scheme *scheme, const struct scheme_in *in, const int64_t *costs,
	struct buf *out)
{
	unsigned char bytes[SALTED_MAX];
	size_t len = digest_bytes(DIGEST_SHA1);
	struct idbc_str salt = { (const char *)bytes + len, SAP_SALT };
	int rc = random_bytes(bytes, len + SAP_SALT);

	(void)scheme;
	if (!rc && in->password)
		rc = compute(in->password, &salt, (uint64_t)costs[0], bytes);
	if (!rc)
		rc = buf_addf(out, "{x-issha, %lld}", (long long)costs[0]) ||
			b64_add(out, B64_PADDED, bytes, len + SAP_SALT);
	secret_wipe(bytes, sizeof(bytes));
	return rc ? PASSWORD_FAILED : 0;
}

static const struct cost_key costs[] = { { "iterations", 15000, 1, 1000000 }, { 0 } };

static const struct scheme schemes[] = {
	{ "sap/x-issha", SCHEME_SELF | SCHEME_BYTES, 0, 0, 0, costs, parse, verify, make },
};

static int identify(const struct scheme_in *in, int named, const struct scheme **out)
{
	struct idbc_str name, rest;

	(void)named;
	if (!str_braced(&in->hash, &name, &rest) || !is_word(&name))
		return NOT_MINE;
	*out = &schemes[0];
	return PARSED;
}

const struct family family_sap = { "sap", schemes, 1, identify };
