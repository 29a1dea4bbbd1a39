/* connector/password/scheme/stored.c - what every caller does with a stored form: look for a
 * marker, parse it whole, compare its cost with the ceiling, verify.
 * Threads: any.  Lock: none.
 */
#include <string.h>

#include "password/scheme/scheme.h"

#define SALT_LEN 16u

static const char *const markers[] = {
	"", "*", "!", "!!", "x", "*0", "*1", "NP", "*NP*", "*LK*", "LK", "NULL",
};

/* A marker alone, or one put before a hash to lock the account. */
int stored_is_locked(const struct idbc_str *text, int clear)
{
	struct scheme_in rest = { .hash = *text };
	const struct scheme *scheme;

	for (size_t i = 0; i < sizeof(markers) / sizeof(markers[0]); i++)
		if (str_is(text, markers[i]))
			return 1;
	if (str_begins(text, "*LK*"))
		return 1;
	if (*text->ptr != '!' && *text->ptr != '*')
		return 0;
	if (*text->ptr == '!' && !clear)
		return 1;
	while (rest.hash.len && (*rest.hash.ptr == '!' || *rest.hash.ptr == '*'))
		rest.hash = str_from(&rest.hash, 1);
	if (!rest.hash.len)
		return 1;
	return scheme_identify_self(&rest, &scheme) != NOT_MINE;
}

static int is_text(const struct idbc_str *s)
{
	for (size_t i = 0; i < s->len; i++)
		if (s->ptr[i] <= ' ' || s->ptr[i] > '~')
			return 0;
	return 1;
}

int stored_parse(const struct scheme *scheme, const struct scheme_in *in, struct stored *st)
{
	size_t limit = in->limits ? in->limits->stored_bytes : LIMIT_STORED_BYTES;
	int rc;

	memset(st, 0, sizeof(*st));
	st->scheme = scheme;
	if (in->hash.len > limit || in->salt.len > limit)
		return PASSWORD_MALFORMED;
	if (!in->hash.len || (!(scheme->flags & (SCHEME_CLEAR | SCHEME_BYTES)) && !is_text(&in->hash)))
		return in->hash.len ? PASSWORD_MALFORMED : PASSWORD_LOCKED;
	rc = scheme->parse(scheme, in, st);
	if (rc)
		return rc;
	if (scheme_missing(scheme, in->params))
		return PASSWORD_UNSUPPORTED;
	return cost_within(&st->cost, in->limits) ? PARSED : PASSWORD_LIMIT;
}

const char *scheme_missing(const struct scheme *scheme, const struct params *params)
{
	static const struct {
		uint32_t flag;
		const char *name;
	} needs[] = {
		{ SCHEME_REALM, "realm" }, { SCHEME_SITEKEY, "sitekey" },
		{ SCHEME_SIGNER, "signerKey" }, { SCHEME_SIGNER, "saltSeparator" },
	};
	struct idbc_str value;

	for (size_t i = 0; i < sizeof(needs) / sizeof(needs[0]); i++)
		if (scheme->flags & needs[i].flag && !params_string(params, needs[i].name, &value))
			return needs[i].name;
	return NULL;
}

/* Base64 of as many bytes as give so many characters, the last two of them "==". */
static int salt_b64(uint32_t len, char *out)
{
	unsigned char bytes[SALT_ROOM];
	size_t n = (len < 8 ? 8 : len) / 4 * 3 - 2;
	struct buf text = BUF_INIT(SALT_ROOM);
	int rc = random_bytes(bytes, n) || b64_add(&text, B64_PADDED, bytes, n);

	if (!rc)
		memcpy(out, text.ptr, text.len + 1);
	buf_free(&text);
	return rc ? -1 : 0;
}

int scheme_salt(const struct scheme *scheme, uint32_t len, char out[SALT_ROOM])
{
	uint32_t own = scheme->flags >> 16;

	out[0] = '\0';
	if (!(scheme->flags & SCHEME_SALT))
		return 0;
	if (!len)
		len = own ? own : SALT_LEN;
	if (len >= SALT_ROOM)
		return -1;
	if (scheme->flags & SCHEME_SALT_B64)
		return salt_b64(len, out);
	return random_text(scheme->flags & SCHEME_SALT_HEX ? "0123456789abcdef" : ENCODE_TEXT,
			   out, len);
}

/* A password so long that the rounds of an old form would take it over the ceiling is not
 * computed: the row is as it should be, and nobody's password is of that length. */
int stored_verify(const struct stored *st, const struct scheme_in *in)
{
	size_t typed = in->password->len;
	struct gate_pass pass;
	int rc;

	if (!cost_takes(&st->cost, typed, in->limits))
		return PASSWORD_MISMATCH;
	rc = gate_enter(in->ask, &st->cost, typed, &pass);
	if (rc)
		return rc;
	rc = st->scheme->verify(st, in);
	gate_leave(&pass);
	return rc;
}

int stored_make(const struct scheme *scheme, const struct scheme_in *in,
	const struct cost *cost, const int64_t *costs, struct buf *out)
{
	struct gate_pass pass;
	int rc = gate_enter(in->ask, cost, in->password ? in->password->len : 0, &pass);

	if (rc)
		return rc;
	rc = scheme->make(scheme, in, costs, out);
	gate_leave(&pass);
	return rc;
}

int stored_compare(const struct stored *st, const unsigned char *digest)
{
	return secret_equal(st->digest, digest, st->digest_len) ? PASSWORD_MATCH
								: PASSWORD_MISMATCH;
}

int stored_judge(const struct stored *st, int rc, const unsigned char *digest)
{
	if (rc)
		return rc > 0 ? PASSWORD_MISMATCH : PASSWORD_FAILED;
	return stored_compare(st, digest);
}

int stored_hex(struct stored *st, enum digest md, const struct idbc_str *hex)
{
	st->md = md;
	st->digest_len = digest_bytes(md);
	return hex_decode(hex, st->digest, sizeof(st->digest)) == (int64_t)st->digest_len
		? PARSED : PASSWORD_MALFORMED;
}

int stored_digest(const struct stored *st, const struct idbc_str *parts, size_t nparts)
{
	unsigned char digest[DIGEST_MAX_BYTES];
	int rc = PASSWORD_FAILED;

	if (!digest_of(st->md, parts, nparts, digest))
		rc = stored_compare(st, digest);
	secret_wipe(digest, sizeof(digest));
	return rc;
}
