/* connector/bulk/words.c - reads a custom_password_hash: names, encodings and numbers.  What is
 * not understood is refused, since a hash that is read wrongly is a user locked out.
 *
 * Threads: any; no lock.
 */
#include <stdio.h>
#include <string.h>
#include "base/err.h"
#include "bulk/words.h"
#include "config/node.h"
#include "password/tool/encode.h"

int words_is_text(const struct idbc_str *s)
{
	for (size_t i = 0; i < s->len; i++)
		if (s->ptr[i] < ' ' || s->ptr[i] > '~')
			return 0;
	return 1;
}

int words_hex(struct buf *out, const struct idbc_str *bytes)
{
	return hex_add(out, (const unsigned char *)bytes->ptr, bytes->len);
}

int words_b64(struct buf *out, const void *bytes, size_t len)
{
	return b64_add(out, B64_PADDED, bytes, len);
}

int words_b64_plain(struct buf *out, const struct idbc_str *bytes)
{
	return b64_add(out, B64_PLAIN, (const unsigned char *)bytes->ptr, bytes->len);
}

int words_b64_adapted(struct buf *out, const struct idbc_str *bytes)
{
	return b64_add(out, B64_ADAPTED, (const unsigned char *)bytes->ptr, bytes->len);
}

static int misread(struct idbc_error *err, const char *member, const char *what)
{
	return err_code(err, IDBC_INVALID, "bulk", "invalid_hash", "custom_password_hash.%s: %s",
			member, what);
}

/* A short word, NUL-terminated; empty where it is not there. */
static int word(const struct json_t *object, const char *key, char *out, size_t room,
		struct idbc_error *err)
{
	const struct json_t *node = node_get(object, key);
	size_t len = 0;
	const char *text = node_str(node, &len);

	out[0] = '\0';
	if (!node)
		return IDBC_OK;
	if (!text || len >= room || memchr(text, '\0', len))
		return misread(err, key, "is not one of its words");
	memcpy(out, text, len + 1);
	return IDBC_OK;
}

static int64_t decode_b64(const struct idbc_str *text, unsigned char *out)
{
	static const enum encode_b64 kinds[] = { B64_PADDED, B64_PLAIN, B64_URL, B64_URL_PLAIN };
	int64_t len = -1;

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]) && len < 0; i++)
		len = b64_decode(kinds[i], text, out, WORDS_BYTES);
	return len;
}

static int64_t decode(const struct idbc_str *text, const char *encoding, unsigned char *out)
{
	if (!strcmp(encoding, "hex"))
		return hex_decode(text, out, WORDS_BYTES);
	if (!strcmp(encoding, "base64"))
		return decode_b64(text, out);
	if (strcmp(encoding, "utf8") || text->len > WORDS_BYTES)
		return -1;
	memcpy(out, text->ptr, text->len);
	return (int64_t)text->len;
}

/* {"value","encoding"}: `raw`, unless NULL, is the value as it stands there. */
static int bytes(const struct json_t *object, const char *name, const char *fallback,
		 struct idbc_str *raw, unsigned char *room, struct idbc_str *out,
		 struct idbc_error *err)
{
	struct idbc_str text = { NULL, 0 };
	char encoding[16];
	int64_t len;
	int rc = word(object, "encoding", encoding, sizeof(encoding), err);

	if (rc != IDBC_OK)
		return rc;
	text.ptr = node_str(node_get(object, "value"), &text.len);
	if (!text.ptr)
		return misread(err, name, "has no \"value\"");
	len = decode(&text, *encoding ? encoding : fallback, room);
	if (len < 0)
		return misread(err, name, "is not of its encoding: hex, base64 or utf8");
	if (raw)
		*raw = text;
	*out = (struct idbc_str){ (const char *)room, (size_t)len };
	return IDBC_OK;
}

static int read_salt(const struct json_t *object, struct words *w, struct idbc_error *err)
{
	const struct json_t *salt = node_get(object, "salt"),
		*key = node_get(node_get(object, "hash"), "key");
	char position[16];
	int rc = word(salt, "position", position, sizeof(position), err);

	if (rc != IDBC_OK)
		return rc;
	if (*position && strcmp(position, "prefix") && strcmp(position, "suffix"))
		return misread(err, "salt.position", "is neither prefix nor suffix");
	w->salt_first = strcmp(position, "suffix") != 0;
	if (key && salt)
		return misread(err, "salt", "and a key: of one of them alone");
	w->keyed = key != NULL;
	return salt || key ? bytes(key ? key : salt, key ? "hash.key" : "salt", "utf8", NULL,
				   w->salt_bytes, &w->salt, err) : IDBC_OK;
}

static int number(const struct json_t *object, const char *key, int64_t fallback, int64_t *out,
		  struct idbc_error *err)
{
	const struct json_t *node = node_get(object, key);

	*out = fallback;
	if (!node)
		return IDBC_OK;
	if (node_kind(node) != NODE_INT || node_int(node) < 1 || node_int(node) > INT64_C(1) << 40)
		return misread(err, key, "is not a number above 0");
	*out = node_int(node);
	return IDBC_OK;
}

static int read_scrypt(const struct json_t *object, struct words *w, struct idbc_error *err)
{
	int64_t cost, keylen;
	int rc;

	if ((rc = number(object, "cost", 16384, &cost, err)) != IDBC_OK ||
	    (rc = number(object, "blockSize", 8, &w->block_size, err)) != IDBC_OK ||
	    (rc = number(object, "parallelization", 1, &w->parallel, err)) != IDBC_OK ||
	    (rc = number(object, "keylen", (int64_t)w->hash.len, &keylen, err)) != IDBC_OK)
		return rc;
	if (keylen != (int64_t)w->hash.len)
		return misread(err, "keylen", "is not the length of the hash");
	while (w->log2_cost < 40 && INT64_C(1) << w->log2_cost < cost)
		w->log2_cost++;
	return INT64_C(1) << w->log2_cost == cost ? IDBC_OK : misread(err, "cost", "is no power of two");
}

/* $pbkdf2-sha512$i=100000,l=64$salt$hash, base64 without padding. */
static int read_phc(struct words *w, struct idbc_error *err)
{
	char copy[WORDS_BYTES];         /* the key goes where the text is */
	struct idbc_str text = { memcpy(copy, w->hash.ptr, w->hash.len), w->hash.len };
	struct cursor c = cursor_of(&text);
	struct idbc_str digest, salt, key;
	uint64_t rounds, length = 0;
	int64_t salt_len, key_len;

	if (!cursor_literal(&c, "$pbkdf2-") || !cursor_until(&c, '$', &digest) ||
	    digest.len >= sizeof(w->digest) || !cursor_literal(&c, "i=") ||
	    !cursor_number(&c, UINT32_MAX, &rounds) ||
	    (cursor_literal(&c, ",l=") && !cursor_number(&c, WORDS_BYTES, &length)) ||
	    !cursor_literal(&c, "$") || !cursor_until(&c, '$', &salt))
		return misread(err, "hash", "is not $pbkdf2-DIGEST$i=N,l=N$salt$hash");
	key = cursor_rest(&c);
	salt_len = decode_b64(&salt, w->salt_bytes);
	key_len = decode_b64(&key, w->hash_bytes);
	if (salt_len < 0 || key_len < 0 || (length && key_len != (int64_t)length))
		return misread(err, "hash", "is cut off, or not base64");
	memcpy(w->digest, digest.ptr, digest.len);
	w->digest[digest.len] = '\0';
	w->iterations = (int64_t)rounds;
	w->salt = (struct idbc_str){ (const char *)w->salt_bytes, (size_t)salt_len };
	w->hash = (struct idbc_str){ (const char *)w->hash_bytes, (size_t)key_len };
	return IDBC_OK;
}

static int read_password(const struct json_t *object, struct words *w, struct idbc_error *err)
{
	char encoding[16];
	int rc = word(node_get(object, "password"), "encoding", encoding, sizeof(encoding), err);

	if (rc != IDBC_OK)
		return rc;
	w->wide = !strcmp(encoding, "utf16le") || !strcmp(encoding, "ucs2");
	if (*encoding && !w->wide && strcmp(encoding, "utf8") && strcmp(encoding, "ascii"))
		return misread(err, "password.encoding", "is none that is known here");
	return IDBC_OK;
}

/* What changes the meaning of a hash and is not known must not be passed over. */
static int check_members(const struct json_t *object, struct idbc_error *err)
{
	static const char *const known[] = { "algorithm", "hash", "salt", "password", "keylen",
		"cost", "blockSize", "parallelization", "scheme" };
	struct node_member member = { .at = NULL };

	while (node_next(object, &member)) {
		size_t i = 0;

		while (i < sizeof(known) / sizeof(known[0]) && strcmp(known[i], member.key))
			i++;
		if (i == sizeof(known) / sizeof(known[0]))
			return misread(err, "members", "one is not known here");
	}
	return IDBC_OK;
}

static int read_hash(const struct json_t *object, struct words *w, struct idbc_error *err)
{
	const struct json_t *hash = node_get(object, "hash");
	int is_text = !strcmp(w->algorithm, "idbc") || !strcmp(w->algorithm, "ldap") ||
		!strcmp(w->algorithm, "argon2") || !strcmp(w->algorithm, "bcrypt") ||
		!strcmp(w->algorithm, "pbkdf2");
	int rc = word(hash, "digest", w->digest, sizeof(w->digest), err);

	if (rc == IDBC_OK)
		rc = bytes(hash, "hash", is_text ? "utf8" : "hex", &w->raw, w->hash_bytes,
			   &w->hash, err);
	if (rc == IDBC_OK && !w->hash.len)
		rc = misread(err, "hash", "is empty");
	if (rc == IDBC_OK && is_text)
		w->raw = w->hash;
	return rc;
}

int words_read(const struct json_t *object, struct words *out, struct idbc_error *err)
{
	int rc;

	memset(out, 0, sizeof(*out));
	if (node_kind(object) != NODE_OBJECT)
		return misread(err, "", "is not an object");
	if ((rc = check_members(object, err)) != IDBC_OK ||
	    (rc = word(object, "algorithm", out->algorithm, sizeof(out->algorithm), err)) != IDBC_OK ||
	    (rc = word(object, "scheme", out->scheme, sizeof(out->scheme), err)) != IDBC_OK ||
	    (rc = read_password(object, out, err)) != IDBC_OK ||
	    (rc = read_hash(object, out, err)) != IDBC_OK ||
	    (rc = read_salt(object, out, err)) != IDBC_OK)
		return rc;
	if (!strcmp(out->algorithm, "pbkdf2"))
		return node_get(object, "salt") ? misread(err, "salt", "is part of the hash here")
						: read_phc(out, err);
	return strcmp(out->algorithm, "scrypt") ? IDBC_OK : read_scrypt(object, out, err);
}
