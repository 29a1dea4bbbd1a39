/* connector/password/scheme/magento.c - Magento 2: "hash:salt:version".  A hash that was not
 * made anew but hashed again has several versions, applied from left to right: 0 is MD5 and
 * 1 is SHA-256 of salt and text, 2 and 3_BYTES_PASSES_MEMORY are argon2id.
 *
 * Argon2id comes last and once, and there are few versions: more would be work that nobody
 * asked for.  Threads: any.  Lock: none.
 */
#include <string.h>

#include "password/scheme/cms.h"

#define MAGENTO_STEPS  4u
#define MAGENTO_SALT   32u
#define MAGENTO_BYTES  32u
#define SODIUM_SALT    16u      /* what is hashed of the salt, repeated to that length */
#define SODIUM_PASSES  2u
#define SODIUM_KIB     65536u

const struct cost_key magento_costs[] = {
	{ "memory_kib", SODIUM_KIB, 8, 262144 }, { "iterations", SODIUM_PASSES, 1, 64 },
	{ NULL, 0, 0, 0 }
};
/* Version 2 has its costs in Magento's source. */
const struct cost_key magento_v2_costs[] = {
	{ "memory_kib", SODIUM_KIB, SODIUM_KIB, SODIUM_KIB },
	{ "iterations", SODIUM_PASSES, SODIUM_PASSES, SODIUM_PASSES }, { NULL, 0, 0, 0 }
};

/* One version: a digest, or argon2id, whose costs it sets. */
static int read_step(struct cursor *c, struct stored *st, size_t *bytes)
{
	struct cost *cost = &st->cost;
	uint64_t seed, memory;

	if (cursor_literal(c, "3_")) {
		if (!cursor_number(c, sizeof(st->digest), &seed) || !cursor_literal(c, "_") ||
		    !cursor_number(c, UINT64_MAX, &cost->rounds) || !cursor_literal(c, "_") ||
		    !cursor_number(c, UINT64_MAX, &memory))
			return 0;
		*cost = (struct cost){ COST_ARGON2, cost->rounds, memory / 1024, 1 };
		*bytes = (size_t)seed;
		return cost->rounds && cost->memory >= 8 && seed >= LIMIT_DIGEST_MIN;
	}
	*bytes = c->at < c->end && *c->at == '0' ? 16 : 32;
	if (cursor_literal(c, "2"))
		*cost = (struct cost){ COST_ARGON2, SODIUM_PASSES, SODIUM_KIB, 1 };
	else if (!cursor_literal(c, "0") && !cursor_literal(c, "1"))
		return 0;
	return 1;
}

/* All versions into st->text; the last one says how long the digest is. */
static size_t read_steps(struct cursor *c, struct stored *st, size_t *bytes)
{
	size_t n = 0;

	st->text = (struct idbc_str){ c->at, (size_t)(c->end - c->at) };
	do {
		if (n++ == MAGENTO_STEPS || st->cost.kind == COST_ARGON2 ||
		    !read_step(c, st, bytes))
			return 0;
	} while (cursor_literal(c, ":"));
	return cursor_done(c) ? n : 0;
}

static enum magento form_of(const struct idbc_str *steps, size_t n)
{
	return n > 1 ? MAGENTO_CHAIN : (enum magento)(*steps->ptr - '0');
}

static int parse_form(const struct idbc_str *text, struct stored *st, enum magento *form)
{
	struct cursor c = cursor_of(text);
	struct idbc_str hex;
	size_t n, bytes = 0;

	if (!cursor_until(&c, ':', &hex) || !cursor_until(&c, ':', &st->salt) || !st->salt.len)
		return PASSWORD_MALFORMED;
	n = read_steps(&c, st, &bytes);
	if (!n || hex_decode(&hex, st->digest, sizeof(st->digest)) != (int64_t)bytes)
		return PASSWORD_MALFORMED;
	st->digest_len = bytes;
	*form = form_of(&st->text, n);
	return PARSED;
}

enum magento magento_form(const struct idbc_str *text)
{
	struct stored st = { 0 };
	enum magento form;

	return parse_form(text, &st, &form) == PARSED ? form : MAGENTO_COUNT;
}

/* What argon2id is given beside the password. */
static void set_argon2(struct stored *st)
{
	for (size_t i = 0; i < SODIUM_SALT; i++)
		st->salt_bytes[i] = (unsigned char)st->salt.ptr[i % st->salt.len];
	phc_argon2id(st, SODIUM_SALT);
}

int magento_parse(const struct scheme *scheme, const struct scheme_in *in, struct stored *st)
{
	enum magento form;
	int rc = parse_form(&in->hash, st, &form);

	if (rc != PARSED || (uint32_t)form != scheme->variant)
		return PASSWORD_MALFORMED;
	set_argon2(st);
	return PARSED;
}

/* Every digest, each in hexadecimal, up to argon2id: what that is given, or the last one. */
static int walk(const struct stored *st, const struct secret *password, struct secret *out)
{
	struct secret next = SECRET_INIT;
	int rc = secret_copy(out, password->ptr, password->len);

	for (size_t i = 0; !rc && i < st->text.len; i += 2) {
		enum digest md = st->text.ptr[i] == '0' ? DIGEST_MD5 : DIGEST_SHA256;
		struct idbc_str parts[2] = { st->salt, { out->ptr, out->len } };

		if (st->text.ptr[i] > '1')
			break;
		rc = derived_hex(md, parts, 2, &next);
		secret_free(out);
		*out = next;
		next = (struct secret)SECRET_INIT;
	}
	return rc;
}

int magento_verify(const struct stored *st, const struct scheme_in *in)
{
	unsigned char digest[DIGEST_MAX_BYTES];
	struct secret text = SECRET_INIT;
	struct scheme_in inner = *in;
	struct idbc_str hex;
	int rc = PASSWORD_FAILED;

	inner.password = &text;
	if (!walk(st, in->password, &text)) {
		hex = (struct idbc_str){ text.ptr, text.len };
		if (st->cost.kind == COST_ARGON2)
			rc = phc_verify(st, &inner);
		else if (hex_decode(&hex, digest, sizeof(digest)) == (int64_t)st->digest_len)
			rc = stored_compare(st, digest);
	}
	secret_free(&text);
	secret_wipe(digest, sizeof(digest));
	return rc;
}

/* A whole form with a digest of zeros, taken apart, gives what is to be computed. */
static int set_blank(const struct scheme *scheme, const char *salt, const int64_t *costs,
	struct buf *steps, struct stored *st)
{
	int rc = scheme->variant == MAGENTO_V3
		? buf_addf(steps, "3_%u_%lld_%lld", MAGENTO_BYTES, (long long)costs[1],
			   (long long)costs[0] * 1024)
		: buf_addf(steps, "%u", (unsigned)scheme->variant);
	struct cursor c = { steps->ptr, steps->ptr + steps->len };

	st->salt = str_of(salt);
	if (rc || !read_steps(&c, st, &st->digest_len))
		return -1;
	set_argon2(st);
	return 0;
}

static int compute(const struct stored *st, const struct secret *password, unsigned char *out)
{
	struct secret text = SECRET_INIT;
	struct idbc_str hex;
	int rc = walk(st, password, &text);

	hex = (struct idbc_str){ text.ptr, text.len };
	if (!rc)
		rc = st->cost.kind == COST_ARGON2
			? phc_digest(st, &text, out)
			: hex_decode(&hex, out, DIGEST_MAX_BYTES) != (int64_t)st->digest_len;
	secret_free(&text);
	return rc;
}

int magento_make(const struct scheme *scheme, const struct scheme_in *in, const int64_t *costs,
	struct buf *out)
{
	unsigned char digest[DIGEST_MAX_BYTES];
	struct buf steps = BUF_INIT(64);
	struct stored st = { 0 };
	char salt[MAGENTO_SALT + 1];
	int rc = random_text(ENCODE_TEXT, salt, MAGENTO_SALT) ||
		set_blank(scheme, salt, costs, &steps, &st);

	if (!rc)
		rc = in->password ? compute(&st, in->password, digest)
				  : random_bytes(digest, sizeof(digest));
	if (!rc)
		rc = hex_add(out, digest, st.digest_len) ||
			buf_addf(out, ":%s:%s", salt, steps.ptr);
	secret_wipe(digest, sizeof(digest));
	buf_free(&steps);
	return rc ? PASSWORD_FAILED : 0;
}
