/* connector/bulk/hashes.c - the object of a bulk-import file as forms that the schemes know.
 * Nothing is guessed: what we have no scheme for is refused with its name.
 *
 *     {"algorithm":"sha256","hash":{"value":"..","encoding":"hex"},
 *      "salt":{"value":"..","encoding":"utf8","position":"prefix"}}
 *
 * Threads: any; no lock.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/err.h"
#include "bulk/hashes.h"
#include "bulk/words.h"
#include "config/node.h"

struct digest_word { const char *name, *raw, *ldap, *salted; size_t bytes; int fshp; };
static const struct digest_word digests[] = {
	{ "md5", "md5", "MD5", "SMD5", 16, -1 },
	{ "sha1", "sha1", "SHA", "SSHA", 20, 0 },
	{ "sha256", "sha256", "SHA256", "SSHA256", 32, 1 },
	{ "sha512", "sha512", "SHA512", "SSHA512", 64, 3 },
};

void hash_forms_init(struct hash_forms *forms)
{
	memset(forms, 0, sizeof(*forms));
	for (size_t i = 0; i < HASHES_MAX; i++)
		forms->form[i].hash.max = forms->form[i].salt.max = LIMIT_STORED_BYTES;
}

void hash_forms_free(struct hash_forms *forms)
{
	for (size_t i = 0; i < HASHES_MAX; i++) {
		buf_wipe(&forms->form[i].hash);
		buf_wipe(&forms->form[i].salt);
	}
	hash_forms_init(forms);
}

static struct hash_form *next_form(struct hash_forms *forms, const char *scheme)
{
	struct hash_form *form = &forms->form[forms->n++];

	snprintf(form->scheme, sizeof(form->scheme), "%s", scheme);
	return form;
}

static int put(struct buf *buf, const struct idbc_str *bytes)
{
	return buf_add(buf, bytes->ptr, bytes->len);
}

/* --- forms by algorithm ------------------------------------------------------------------ */

static int by_looks(struct hash_forms *forms, const struct words *w)
{
	return put(&next_form(forms, "")->hash, &w->raw);
}

/* {SSHA} and its like: of any salt, behind the password. */
static int ldap_form(struct hash_forms *forms, const struct words *w, const struct digest_word *d)
{
	const char *word = w->salt.len ? d->salted : d->ldap;
	unsigned char both[WORDS_BYTES];
	struct hash_form *form;
	char scheme[32];
	int rc;

	if (w->hash.len + w->salt.len > sizeof(both))
		return 0;
	snprintf(scheme, sizeof(scheme), "ldap/%s", word);
	form = next_form(forms, scheme);
	memcpy(both, w->hash.ptr, w->hash.len);
	if (w->salt.len)
		memcpy(both + w->hash.len, w->salt.ptr, w->salt.len);
	rc = buf_addf(&form->hash, "{%s}", word) ||
	     words_b64(&form->hash, both, w->hash.len + w->salt.len);
	secret_wipe(both, sizeof(both));
	return rc;
}

/* {FSHP1|..|1}: of any salt, before the password; one round is the bare digest. */
static int fshp_form(struct hash_forms *forms, const struct words *w, const struct digest_word *d)
{
	unsigned char both[WORDS_BYTES];
	struct hash_form *form;
	int rc;

	if (d->fshp < 0 || w->hash.len + w->salt.len > sizeof(both))
		return 0;
	form = next_form(forms, "passlib/fshp");
	memcpy(both, w->salt.ptr, w->salt.len);
	memcpy(both + w->salt.len, w->hash.ptr, w->hash.len);
	rc = buf_addf(&form->hash, "{FSHP%d|%zu|1}", d->fshp, w->salt.len) ||
	     words_b64(&form->hash, both, w->hash.len + w->salt.len);
	secret_wipe(both, sizeof(both));
	return rc;
}

/* sha1$salt$hex, of a salt that is text without "$". */
static int django_form(struct hash_forms *forms, const struct words *w,
		       const struct digest_word *d)
{
	struct hash_form *form;
	char scheme[32];

	if ((d->bytes != 16 && d->bytes != 20) || !words_is_text(&w->salt) ||
	    memchr(w->salt.ptr, '$', w->salt.len))
		return 0;
	snprintf(scheme, sizeof(scheme), "django/%s", d->raw);
	form = next_form(forms, scheme);
	return buf_addf(&form->hash, "%s$%.*s$", d->raw, (int)w->salt.len, w->salt.ptr) ||
	       words_hex(&form->hash, &w->hash);
}

static int raw_form(struct hash_forms *forms, const struct words *w, const struct digest_word *d,
		    const char *tail)
{
	struct hash_form *form;
	char scheme[40];

	if (w->salt.len && !words_is_text(&w->salt))
		return 0;
	snprintf(scheme, sizeof(scheme), "raw/%s-%s", d->raw, tail);
	form = next_form(forms, scheme);
	return words_hex(&form->hash, &w->hash) || put(&form->salt, &w->salt);
}

static int digest_forms(struct hash_forms *forms, const struct words *w,
			const struct digest_word *d)
{
	if (!w->salt.len)
		return ldap_form(forms, w, d) || raw_form(forms, w, d, "hex");
	if (!w->salt_first)
		return ldap_form(forms, w, d) || raw_form(forms, w, d, "pass-salt");
	return fshp_form(forms, w, d) || django_form(forms, w, d) ||
	       raw_form(forms, w, d, "salt-pass");
}

static int scrypt_forms(struct hash_forms *forms, const struct words *w)
{
	struct hash_form *form;

	if (w->hash.len == 32) {
		form = next_form(forms, "passlib/scrypt");
		if (buf_addf(&form->hash, "$scrypt$ln=%d,r=%lld,p=%lld$", w->log2_cost,
			     (long long)w->block_size, (long long)w->parallel) ||
		    words_b64_plain(&form->hash, &w->salt) || buf_add(&form->hash, "$", 1) ||
		    words_b64_plain(&form->hash, &w->hash))
			return -1;
	}
	if (w->hash.len == 64 && words_is_text(&w->salt) && !memchr(w->salt.ptr, '$', w->salt.len)) {
		form = next_form(forms, "werkzeug/scrypt");
		if (buf_addf(&form->hash, "scrypt:%llu:%lld:%lld$%.*s$", 1ull << w->log2_cost,
			     (long long)w->block_size, (long long)w->parallel, (int)w->salt.len,
			     w->salt.ptr) ||
		    words_hex(&form->hash, &w->hash))
			return -1;
	}
	return 0;
}

static int pbkdf2_forms(struct hash_forms *forms, const struct words *w)
{
	static const struct { const char *digest, *id, *prefix; size_t bytes; } own[] = {
		{ "sha1", "passlib/pbkdf2_sha1", "$pbkdf2$", 20 },
		{ "sha256", "passlib/pbkdf2_sha256", "$pbkdf2-sha256$", 32 },
		{ "sha512", "passlib/pbkdf2_sha512", "$pbkdf2-sha512$", 64 },
	};
	struct hash_form *form;

	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++) {
		if (strcmp(own[i].digest, w->digest) || own[i].bytes != w->hash.len)
			continue;
		form = next_form(forms, own[i].id);
		if (buf_addf(&form->hash, "%s%lld$", own[i].prefix, (long long)w->iterations) ||
		    words_b64_adapted(&form->hash, &w->salt) || buf_add(&form->hash, "$", 1) ||
		    words_b64_adapted(&form->hash, &w->hash))
			return -1;
	}
	form = next_form(forms, "mediawiki/pbkdf2");
	return buf_addf(&form->hash, ":pbkdf2:%s:%lld:%zu:", w->digest, (long long)w->iterations,
			w->hash.len) ||
	       words_b64(&form->hash, w->salt.ptr, w->salt.len) || buf_add(&form->hash, ":", 1) ||
	       words_b64(&form->hash, w->hash.ptr, w->hash.len);
}

/* --- which of them ------------------------------------------------------------------------ */

static const struct digest_word *digest_of(const char *name)
{
	for (size_t i = 0; i < sizeof(digests) / sizeof(digests[0]); i++)
		if (!strcmp(digests[i].name, name))
			return &digests[i];
	return NULL;
}

static int unsupported(const struct words *w, const char *why, struct idbc_error *err)
{
	return err_code(err, IDBC_INVALID, "bulk", "unsupported_hash",
			"custom_password_hash: %.20s: %s", w->algorithm, why);
}

static int by_digest(struct hash_forms *forms, const struct words *w, const char *name, int hmac,
		     struct idbc_error *err)
{
	const struct digest_word *d = digest_of(name);
	int rc;

	if (!d)
		return unsupported(w, "there is no such digest here", err);
	if (w->hash.len != d->bytes)
		return unsupported(w, "the hash is not as long as the digest", err);
	if (w->wide)
		return unsupported(w, "of passwords in UTF-16 md4 alone is known", err);
	if (hmac && w->salt.len && !w->keyed)
		return unsupported(w, "with a salt beside the key", err);
	rc = hmac ? raw_form(forms, w, d, "hmac-keysalt") : digest_forms(forms, w, d);
	if (rc)
		return err_nomem(err, "bulk");
	return forms->n ? IDBC_OK : unsupported(w, "with a salt or key that is no text", err);
}

static int by_md4(struct hash_forms *forms, const struct words *w, struct idbc_error *err)
{
	if (!w->wide || w->salt.len || w->hash.len != 16)
		return unsupported(w, "of UTF-16 without a salt alone", err);
	return words_hex(&next_form(forms, "windows/nthash-hex")->hash, &w->hash)
		       ? err_nomem(err, "bulk") : IDBC_OK;
}

static int by_ours(struct hash_forms *forms, const struct words *w, struct idbc_error *err)
{
	struct hash_form *form = next_form(forms, w->scheme);

	return put(&form->hash, &w->hash) || put(&form->salt, &w->salt) ? err_nomem(err, "bulk")
									   : IDBC_OK;
}

static int is(const struct words *w, const char *name)
{
	return !strcmp(w->algorithm, name);
}

static int forms_of(struct hash_forms *forms, const struct words *w, struct idbc_error *err)
{
	int rc;

	if (is(w, "idbc"))
		return by_ours(forms, w, err);
	if (is(w, "md4"))
		return by_md4(forms, w, err);
	if (is(w, "hmac"))
		return by_digest(forms, w, w->digest, 1, err);
	if (!is(w, "argon2") && !is(w, "bcrypt") && !is(w, "ldap") && !is(w, "scrypt") &&
	    !is(w, "pbkdf2"))
		return by_digest(forms, w, w->algorithm, 0, err);
	if (w->wide || (w->salt.len && !is(w, "scrypt") && !is(w, "pbkdf2")))
		return unsupported(w, "with a salt beside the hash, or of UTF-16", err);
	rc = is(w, "scrypt") ? scrypt_forms(forms, w)
	   : is(w, "pbkdf2") ? pbkdf2_forms(forms, w) : by_looks(forms, w);
	if (rc)
		return err_nomem(err, "bulk");
	return forms->n ? IDBC_OK : unsupported(w, "of this length of key and salt", err);
}

int hashes_custom(const struct json_t *object, struct hash_forms *forms, struct idbc_error *err)
{
	struct words *w = calloc(1, sizeof(*w));
	int rc = w ? words_read(object, w, err) : err_nomem(err, "bulk");

	if (rc == IDBC_OK)
		rc = forms_of(forms, w, err);
	if (w)
		secret_wipe(w, sizeof(*w));
	free(w);
	return rc;
}

int hashes_bare(const struct json_t *text, struct hash_forms *forms, struct idbc_error *err)
{
	size_t len = 0;
	const char *hash = node_str(text, &len);

	if (!hash || !len || len > LIMIT_STORED_BYTES)
		return err_code(err, IDBC_INVALID, "bulk", "invalid_hash",
				"password_hash: not a text of 1 to %u bytes", LIMIT_STORED_BYTES);
	return buf_add(&next_form(forms, "")->hash, hash, len) ? err_nomem(err, "bulk") : IDBC_OK;
}

int hashes_choose(const struct hash_forms *forms, const struct password_policy *policy,
		  struct password_carried *out, struct idbc_error *err)
{
	struct password_made made;
	int rc = IDBC_INVALID;

	for (size_t i = 0; i < forms->n && rc == IDBC_INVALID; i++) {
		const struct hash_form *form = &forms->form[i];
		struct password_carried one = { "", { form->hash.ptr, form->hash.len },
						{ form->salt.ptr, form->salt.len } };

		strcpy(one.scheme, form->scheme);
		err_clear(err);
		rc = password_carry(policy, &one, &made, err);
		if (rc == IDBC_OK) {
			password_made_free(&made);
			*out = one;
		}
	}
	return rc;
}

/* --- out ------------------------------------------------------------------------------------ */

static int put_bytes(struct buf *out, const char *name, const struct idbc_str *bytes)
{
	if (buf_addf(out, ",\"%s\":{\"value\":\"", name))
		return -1;
	if (!words_is_text(bytes))
		return words_b64(out, bytes->ptr, bytes->len) ||
		       buf_add_str(out, "\",\"encoding\":\"base64\"}");
	for (size_t i = 0; i < bytes->len; i++) {
		char c = bytes->ptr[i];

		if ((c == '"' || c == '\\') && buf_add(out, "\\", 1))
			return -1;
		if (buf_add(out, &c, 1))
			return -1;
	}
	return buf_add_str(out, "\",\"encoding\":\"utf8\"}");
}

static int is_plain(const struct idbc_str *text)
{
	return words_is_text(text) && !memchr(text->ptr, '"', text->len) &&
	       !memchr(text->ptr, '\\', text->len);
}

int hashes_write(const struct password_carried *from, struct buf *out)
{
	if (!from->salt.len && is_plain(&from->hash) && password_says_itself(from))
		return buf_add_str(out, "\"password_hash\":\"") ||
		       buf_add(out, from->hash.ptr, from->hash.len) || buf_add(out, "\"", 1);
	if (buf_addf(out, "\"custom_password_hash\":{\"algorithm\":\"idbc\",\"scheme\":\"%s\"",
		     from->scheme) ||
	    put_bytes(out, "hash", &from->hash))
		return -1;
	if (from->salt.len && put_bytes(out, "salt", &from->salt))
		return -1;
	return buf_add(out, "}", 1);
}
