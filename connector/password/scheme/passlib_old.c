/* connector/password/scheme/passlib_old.c - forms of others that passlib reads: GRUB's PBKDF2,
 * the two "$p5k2$" of Dwayne Litzenberger and of Cryptacular, FSHP.  None is written.
 * Threads: any.  Lock: none.
 */
#include <string.h>

#include "password/scheme/passlib.h"

#define GRUB_KEY     64
#define DLITZ_KEY    24
#define DLITZ_ROUNDS 400u       /* where none are written */
#define CTA_KEY      20

static int decode_salt_hex(struct stored *st, const struct idbc_str *hex)
{
	int64_t len = hex_decode(hex, st->salt_bytes, sizeof(st->salt_bytes));

	st->salt = (struct idbc_str){ (const char *)st->salt_bytes, len < 0 ? 0 : (size_t)len };
	return len >= 0;
}

/* grub.pbkdf2.sha512.N.SALT.KEY */
int passlib_grub_parse(const struct scheme *scheme, const struct scheme_in *in,
	struct stored *st)
{
	struct cursor c = cursor_of(&in->hash);
	struct idbc_str salt, key;

	(void)scheme;
	if (!cursor_literal(&c, "grub.pbkdf2.sha512.") ||
	    !cursor_number(&c, UINT32_MAX, &st->cost.rounds) || !cursor_literal(&c, ".") ||
	    !cursor_until(&c, '.', &salt))
		return PASSWORD_MALFORMED;
	key = cursor_rest(&c);
	if (!decode_salt_hex(st, &salt) ||
	    hex_decode(&key, st->digest, sizeof(st->digest)) != GRUB_KEY)
		return PASSWORD_MALFORMED;
	return pbkdf2_parsed(st, DIGEST_SHA512, GRUB_KEY);
}

/* Hexadecimal, lower case, no zeros before it. */
static int read_hex_number(struct cursor *c, uint64_t *out)
{
	static const char digits[] = "0123456789abcdef";
	const char *start = c->at, *found;

	for (*out = 0; c->at < c->end && *c->at != '$'; c->at++) {
		found = *c->at ? strchr(digits, *c->at) : NULL;
		if (!found || c->at - start >= 8)
			return 0;
		*out = *out << 4 | (uint64_t)(found - digits);
	}
	return c->at > start && *start != '0' && cursor_literal(c, "$");
}

/* $p5k2$N$salt$key; all of it before the key is the salt */
int passlib_dlitz_parse(const struct scheme *scheme, const struct scheme_in *in,
	struct stored *st)
{
	struct cursor c = cursor_of(&in->hash);
	struct idbc_str salt, key;

	(void)scheme;
	st->cost.rounds = DLITZ_ROUNDS;
	if (!cursor_literal(&c, "$p5k2$"))
		return PASSWORD_MALFORMED;
	if (!cursor_literal(&c, "$") &&
	    (!read_hex_number(&c, &st->cost.rounds) || st->cost.rounds == DLITZ_ROUNDS))
		return PASSWORD_MALFORMED;
	if (!cursor_until(&c, '$', &salt) || !str_only(&salt, ENCODE_H64))
		return PASSWORD_MALFORMED;
	st->salt = (struct idbc_str){ in->hash.ptr, (size_t)(c.at - 1 - in->hash.ptr) };
	key = cursor_rest(&c);
	if (b64_decode(B64_ADAPTED, &key, st->digest, sizeof(st->digest)) != DLITZ_KEY)
		return PASSWORD_MALFORMED;
	return pbkdf2_parsed(st, DIGEST_SHA1, DLITZ_KEY);
}

/* $p5k2$N$salt$key, both in base64 of URLs */
int passlib_cta_parse(const struct scheme *scheme, const struct scheme_in *in,
	struct stored *st)
{
	struct cursor c = cursor_of(&in->hash);
	struct idbc_str salt, key;
	int64_t len;

	(void)scheme;
	if (!cursor_literal(&c, "$p5k2$") || !read_hex_number(&c, &st->cost.rounds) ||
	    !cursor_until(&c, '$', &salt))
		return PASSWORD_MALFORMED;
	key = cursor_rest(&c);
	len = b64_decode(B64_URL, &salt, st->salt_bytes, sizeof(st->salt_bytes));
	if (len < 0 || b64_decode(B64_URL, &key, st->digest, sizeof(st->digest)) != CTA_KEY)
		return PASSWORD_MALFORMED;
	st->salt = (struct idbc_str){ (const char *)st->salt_bytes, (size_t)len };
	return pbkdf2_parsed(st, DIGEST_SHA1, CTA_KEY);
}

/* {FSHP1|16|1000}, then salt and digest in one base64 */
int passlib_fshp_parse(const struct scheme *scheme, const struct scheme_in *in,
	struct stored *st)
{
	static const enum digest digests[4] = {
		DIGEST_SHA1, DIGEST_SHA256, DIGEST_SHA384, DIGEST_SHA512,
	};
	struct cursor c = cursor_of(&in->hash);
	unsigned char bytes[sizeof(st->salt_bytes)];
	struct idbc_str name, rest;
	uint64_t variant, salt_len;

	(void)scheme;
	if (!cursor_take(&c, 5, &name) || !str_like(&name, "{FSHP") ||
	    !cursor_number(&c, 3, &variant) || !cursor_literal(&c, "|") ||
	    !cursor_number(&c, sizeof(bytes), &salt_len) || !cursor_literal(&c, "|") ||
	    !cursor_number(&c, UINT32_MAX, &st->cost.rounds) || !st->cost.rounds ||
	    !cursor_literal(&c, "}"))
		return PASSWORD_MALFORMED;
	rest = cursor_rest(&c);
	st->md = digests[variant];
	st->digest_len = digest_bytes(st->md);
	if (b64_decode(B64_PADDED, &rest, bytes, sizeof(bytes)) !=
	    (int64_t)(salt_len + st->digest_len))
		return PASSWORD_MALFORMED;
	memcpy(st->salt_bytes, bytes, salt_len);
	memcpy(st->digest, bytes + salt_len, st->digest_len);
	st->salt = (struct idbc_str){ (const char *)st->salt_bytes, salt_len };
	st->cost.kind = COST_ROUNDS;
	return PARSED;
}

/* PBKDF1 with its arguments exchanged: H(salt . password), and H of that, N times in all. */
int passlib_fshp_verify(const struct stored *st, const struct scheme_in *in)
{
	unsigned char digest[DIGEST_MAX_BYTES];
	struct idbc_str first[2] = { st->salt, { in->password->ptr, in->password->len } };
	struct idbc_str next = { (const char *)digest, st->digest_len };
	struct digest_run *run = digest_begin(st->md);
	int rc = run ? digest_next(run, first, 2, digest) : -1;

	for (uint64_t i = 1; !rc && i < st->cost.rounds; i++)
		rc = digest_next(run, &next, 1, digest);
	rc = rc ? PASSWORD_FAILED : stored_compare(st, digest);
	digest_end(run);
	secret_wipe(digest, sizeof(digest));
	return rc;
}
