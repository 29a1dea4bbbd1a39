/* connector/password/input.c - pre-processing of passwords.  Each step makes a new
 * secret and wipes the one before.  Threads: any.  Lock: none.
 */
#include "password/input.h"

#include <stdlib.h>
#include <string.h>
#include <uninorm.h>

#include "base/text.h"
#include "password/tool/digest.h"
#include "password/tool/encode.h"
#include "password/tool/saslprep.h"

enum step {
	STEP_TRIM, STEP_ADDSLASHES, STEP_APPEND_PEPPER, STEP_PREPEND_PEPPER, STEP_HMAC_SHA512_B64,
	STEP_HMAC_SHA256_B64, STEP_HMAC_SHA256_HEX, STEP_PREPEND_USERNAME, STEP_NFKC, STEP_NFC,
	STEP_SASLPREP, STEP_COUNT
};
static const char *const step_names[STEP_COUNT] = {
	"trim", "addslashes", "+pepper", "pepper+", "hmac-sha512-b64", "hmac-sha256-b64",
	"hmac-sha256-hex", "lower(username)+", "nfkc", "nfc", "saslprep",
};

struct context {
	const struct idbc_str *pepper;
	const struct password_subject *who;
	int fresh;
};

static int step_needs_pepper(uint32_t step)
{
	return step >= STEP_APPEND_PEPPER && step <= STEP_HMAC_SHA256_HEX;
}

static enum input_error add_step(const struct idbc_str *word, int has_pepper,
	struct input_chain *out)
{
	for (uint8_t i = 0; i < STEP_COUNT; i++) {
		if (!str_is(word, step_names[i]))
			continue;
		if (step_needs_pepper(i) && !has_pepper)
			return INPUT_NO_PEPPER;
		if (out->n == INPUT_STEPS)
			return INPUT_UNKNOWN;
		out->step[out->n++] = i;
		out->by_username |= i == STEP_PREPEND_USERNAME;
		out->digested = i >= STEP_HMAC_SHA512_B64 && i <= STEP_HMAC_SHA256_HEX;
		return INPUT_OK;
	}
	return INPUT_UNKNOWN;
}

enum input_error input_parse(const char *text, int has_pepper, struct input_chain *out,
	struct idbc_str *word)
{
	enum input_error rc = INPUT_OK;

	memset(out, 0, sizeof(*out));
	if (!*text)
		return INPUT_OK;        /* as typed */
	for (const char *p = text; rc == INPUT_OK; p = word->ptr + word->len + 1) {
		word->ptr = p;
		word->len = strcspn(p, "|");
		rc = add_step(word, has_pepper, out);
		if (!p[word->len])
			break;
	}
	return rc;
}

static int join(const struct idbc_str *a, const struct idbc_str *b, struct secret *out)
{
	if (secret_alloc(out, a->len + b->len))
		return -1;
	if (a->len)
		memcpy(out->ptr, a->ptr, a->len);
	if (b->len)
		memcpy(out->ptr + a->len, b->ptr, b->len);
	return 0;
}

static int trim(struct idbc_str s, struct secret *out)
{
	while (s.len && memchr(" \t\n\r\0\x0b", s.ptr[0], 6)) {
		s.ptr++;
		s.len--;
	}
	while (s.len && memchr(" \t\n\r\0\x0b", s.ptr[s.len - 1], 6))
		s.len--;
	return secret_copy(out, s.ptr, s.len);
}

/* As PHP does it: a NUL becomes backslash and zero. */
static int add_slashes(const struct idbc_str *s, struct secret *out)
{
	size_t extra = 0, n = 0;

	for (size_t i = 0; i < s->len; i++)
		extra += memchr("'\"\\\0", s->ptr[i], 4) != NULL;
	if (secret_alloc(out, s->len + extra))
		return -1;
	for (size_t i = 0; i < s->len; i++) {
		if (memchr("'\"\\\0", s->ptr[i], 4))
			out->ptr[n++] = '\\';
		out->ptr[n++] = s->ptr[i] ? s->ptr[i] : '0';
	}
	return 0;
}

static int keyed(enum digest d, int hex, const struct idbc_str *key, const struct idbc_str *s,
	struct secret *out)
{
	unsigned char digest[DIGEST_MAX_BYTES];
	struct buf text = BUF_INIT(256);
	int rc = digest_hmac(d, key, s, digest);

	if (!rc)
		rc = hex ? hex_add(&text, digest, digest_bytes(d))
			 : b64_add(&text, B64_PADDED, digest, digest_bytes(d));
	if (!rc)
		rc = secret_copy(out, text.ptr, text.len);
	secret_wipe(digest, sizeof(digest));
	buf_wipe(&text);
	return rc;
}

static int prepend_username(const struct idbc_str *username, const struct idbc_str *s,
	struct secret *out)
{
	struct idbc_str lower;
	char *text = malloc(username->len + 1);
	int rc;

	if (!text)
		return -1;
	for (size_t i = 0; i < username->len; i++) {
		char c = username->ptr[i];
		text[i] = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
	}
	lower = (struct idbc_str){ text, username->len };
	rc = join(&lower, s, out);
	free(text);
	return rc;
}

static int normalise(uninorm_t form, const struct idbc_str *s, struct secret *out)
{
	size_t len = 0;
	uint8_t *text;
	int rc;

	if (!text_is_utf8(s->ptr, s->len))
		return 1;
	text = u8_normalize(form, (const uint8_t *)s->ptr, s->len, NULL, &len);
	if (!text)
		return s->len ? -1 : secret_copy(out, "", 0);
	rc = secret_copy(out, (const char *)text, len);
	secret_wipe(text, len);
	free(text);
	return rc;
}

static int apply_step(uint8_t step, const struct context *c, const struct idbc_str *in,
	struct secret *out)
{
	switch (step) {
	case STEP_TRIM:
		return trim(*in, out);
	case STEP_ADDSLASHES:
		return add_slashes(in, out);
	case STEP_APPEND_PEPPER:
		return join(in, c->pepper, out);
	case STEP_PREPEND_PEPPER:
		return join(c->pepper, in, out);
	case STEP_HMAC_SHA512_B64:
		return keyed(DIGEST_SHA512, 0, c->pepper, in, out);
	case STEP_HMAC_SHA256_B64:
		return keyed(DIGEST_SHA256, 0, c->pepper, in, out);
	case STEP_HMAC_SHA256_HEX:
		return keyed(DIGEST_SHA256, 1, c->pepper, in, out);
	case STEP_PREPEND_USERNAME:
		return prepend_username(&c->who->username, in, out);
	case STEP_NFKC:
		return normalise(UNINORM_NFKC, in, out);
	case STEP_SASLPREP:
		return saslprep(in, c->fresh, out);
	default:
		return normalise(UNINORM_NFC, in, out);
	}
}

int input_apply(const struct input_chain *chain, const struct idbc_str *pepper,
	const struct password_subject *who, const struct idbc_str *password, int fresh,
	struct secret *out)
{
	struct context c = { pepper, who, fresh };
	struct secret now = SECRET_INIT, next = SECRET_INIT;
	int rc = secret_copy(&now, password->ptr, password->len);

	for (size_t i = 0; !rc && i < chain->n; i++) {
		struct idbc_str in = { now.ptr, now.len };
		if (!now.len)
			break;          /* an empty one stays empty: nothing to add to */
		rc = apply_step(chain->step[i], &c, &in, &next);
		secret_free(&now);
		now = next;
		next = (struct secret)SECRET_INIT;
	}
	if (!rc)
		*out = now;
	else
		secret_free(&now);
	return rc;
}
