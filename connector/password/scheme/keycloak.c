/* connector/password/scheme/keycloak.c - Keycloak's credentials.  The table has two columns of
 * JSON: secret_data, with value and salt, is the hash here, and credential_data, with the
 * algorithm and its costs, the salt.  Or one text holds both, as exports do:
 * {"secretData": "{..}", "credentialData": "{..}"}.
 *
 * JSON nested deeper than these have it is refused before it is parsed.
 * Threads: any.  Lock: none.
 */
#include "password/scheme/keycloak.h"

#include <jansson.h>
#include <string.h>

#define DEPTH_MAX 4
#define SALT_BYTES 16u
#define PBKDF2_KEY 64u

/* The two documents of one row. */
struct row { json_t *secret, *credential; };

static const char *const algorithms[] = {
	[KEYCLOAK_SHA1] = "pbkdf2", [KEYCLOAK_SHA256] = "pbkdf2-sha256",
	[KEYCLOAK_SHA512] = "pbkdf2-sha512", [KEYCLOAK_ARGON2] = "argon2",
};
static const enum digest digests[] = {
	[KEYCLOAK_SHA1] = DIGEST_SHA1, [KEYCLOAK_SHA256] = DIGEST_SHA256,
	[KEYCLOAK_SHA512] = DIGEST_SHA512,
};
static const char *const argon2_types[3] = { "d", "i", "id" };

/* Brackets within strings count too: those of ours hold none that matter. */
static int is_shallow(const char *text, size_t len)
{
	int depth = 0, deepest = 0;

	for (size_t i = 0; i < len; i++) {
		depth += (text[i] == '{' || text[i] == '[') - (text[i] == '}' || text[i] == ']');
		deepest = depth > deepest ? depth : deepest;
	}
	return deepest <= DEPTH_MAX;
}

static json_t *object_of(const char *text, size_t len)
{
	json_t *json = NULL;

	if (len > 1 && text[0] == '{' && text[len - 1] == '}' && is_shallow(text, len))
		json = json_loadb(text, len, JSON_REJECT_DUPLICATES, NULL);
	if (json_is_object(json))
		return json;
	json_decref(json);
	return NULL;
}

static json_t *member_object(const json_t *outer, const char *name)
{
	const json_t *text = json_object_get(outer, name);

	return object_of(json_string_value(text), json_string_length(text));
}

static void row_close(struct row *row)
{
	json_decref(row->secret);
	json_decref(row->credential);
}

/* 0, or -1 with nothing open. */
static int row_open(const struct scheme_in *in, struct row *row)
{
	json_t *first = object_of(in->hash.ptr, in->hash.len);

	if (in->salt.len) {
		row->secret = json_incref(first);
		row->credential = object_of(in->salt.ptr, in->salt.len);
	} else {
		row->secret = member_object(first, "secretData");
		row->credential = member_object(first, "credentialData");
	}
	json_decref(first);
	if (row->secret && row->credential)
		return 0;
	row_close(row);
	return -1;
}

static int form_of(const struct row *row, enum keycloak *out)
{
	const char *name = json_string_value(json_object_get(row->credential, "algorithm"));

	for (size_t i = 0; name && i < sizeof(algorithms) / sizeof(algorithms[0]); i++)
		if (!strcmp(algorithms[i], name)) {
			*out = (enum keycloak)i;
			return 0;
		}
	return name ? PASSWORD_UNSUPPORTED : PASSWORD_MALFORMED;
}

int keycloak_form(const struct scheme_in *in, enum keycloak *out)
{
	struct row row;
	int rc;

	if (row_open(in, &row))
		return PASSWORD_MALFORMED;
	rc = form_of(&row, out);
	row_close(&row);
	return rc;
}

static int64_t read_b64(const json_t *object, const char *name, unsigned char *out, size_t cap)
{
	const json_t *value = json_object_get(object, name);
	struct idbc_str text = { json_string_value(value), json_string_length(value) };

	return text.ptr ? b64_decode(B64_PADDED, &text, out, cap) : -1;
}

/* "additionalParameters": {"memory": ["7168"]} */
static int read_word(const struct row *row, const char *name, struct idbc_str *out)
{
	const json_t *all = json_object_get(row->credential, "additionalParameters");
	const json_t *list = json_object_get(all, name), *word = json_array_get(list, 0);

	out->ptr = json_string_value(word);
	out->len = json_string_length(word);
	return out->ptr && json_array_size(list) == 1;
}

static int read_number(const struct row *row, const char *name, uint64_t *out)
{
	struct idbc_str text;
	struct cursor c;

	if (!read_word(row, name, &text))
		return 0;
	c = cursor_of(&text);
	return cursor_number(&c, UINT32_MAX, out) && cursor_done(&c);
}

/* How phc_verify() wants it. */
static int parse_argon2(const struct row *row, int64_t key_len, struct stored *st)
{
	struct idbc_str type, version;
	uint64_t hash_len;

	st->cost.kind = COST_ARGON2;
	if (!read_word(row, "type", &type) || !read_word(row, "version", &version) ||
	    !read_number(row, "hashLength", &hash_len) ||
	    !read_number(row, "memory", &st->cost.memory) ||
	    !read_number(row, "parallelism", &st->cost.lanes))
		return PASSWORD_MALFORMED;
	for (st->variant = 0; st->variant < 3; st->variant++)
		if (str_is(&type, argon2_types[st->variant]))
			break;
	st->version = str_is(&version, "1.3") ? 0x13 : 0x10;
	if (st->variant == 3 || (st->version == 0x10 && !str_is(&version, "1.0")))
		return PASSWORD_MALFORMED;
	st->digest_len = (size_t)key_len;
	if (key_len < (int64_t)LIMIT_DIGEST_MIN || hash_len != (uint64_t)key_len ||
	    st->salt_len < 8 || !st->cost.lanes || st->cost.lanes > 0xffffff ||
	    st->cost.memory < 8 * st->cost.lanes)
		return PASSWORD_MALFORMED;
	return PARSED;
}

static int parse_row(const struct row *row, enum keycloak form, struct stored *st)
{
	const json_t *rounds = json_object_get(row->credential, "hashIterations");
	int64_t salt = read_b64(row->secret, "salt", st->salt_bytes, sizeof(st->salt_bytes));
	int64_t key = read_b64(row->secret, "value", st->digest, sizeof(st->digest));

	if (salt <= 0 || key <= 0 || !json_is_integer(rounds) || json_integer_value(rounds) < 1)
		return PASSWORD_MALFORMED;
	st->salt_len = (size_t)salt;
	st->salt = (struct idbc_str){ (const char *)st->salt_bytes, st->salt_len };
	st->cost.rounds = (uint64_t)json_integer_value(rounds);
	if (form == KEYCLOAK_ARGON2)
		return parse_argon2(row, key, st);
	return pbkdf2_parsed(st, digests[form], key);
}

int keycloak_parse(const struct scheme *scheme, const struct scheme_in *in, struct stored *st)
{
	enum keycloak form;
	struct row row;
	int rc;

	if (row_open(in, &row))
		return PASSWORD_MALFORMED;
	rc = form_of(&row, &form);
	if (!rc)
		rc = form == scheme->variant ? parse_row(&row, form, st) : PASSWORD_MALFORMED;
	row_close(&row);
	return rc;
}

int keycloak_verify(const struct stored *st, const struct scheme_in *in)
{
	return st->cost.kind == COST_ARGON2 ? phc_verify(st, in) : pbkdf2_verify(st, in);
}

/* --- writing --------------------------------------------------------------------------- */
static int add_credential(const struct scheme *scheme, const int64_t *costs, struct buf *out)
{
	if (scheme->variant != KEYCLOAK_ARGON2)
		return buf_addf(out, "{\"hashIterations\":%lld,\"algorithm\":\"%s\","
				"\"additionalParameters\":{}}", (long long)costs[0],
				algorithms[scheme->variant]);
	return buf_addf(out, "{\"hashIterations\":%lld,\"algorithm\":\"argon2\","
			"\"additionalParameters\":{\"hashLength\":[\"32\"],\"memory\":[\"%lld\"],"
			"\"type\":[\"id\"],\"version\":[\"1.3\"],\"parallelism\":[\"%lld\"]}}",
			(long long)costs[1], (long long)costs[0], (long long)costs[2]);
}

int keycloak_salt(const struct scheme *scheme, const int64_t *costs, char out[SALT_ROOM])
{
	struct buf text = BUF_INIT(SALT_ROOM - 1);
	int rc = add_credential(scheme, costs, &text);

	if (!rc)
		memcpy(out, text.ptr, text.len + 1);
	buf_free(&text);
	return rc;
}

/* Salt and key of a new hash, into the places of a stored one. */
static int derive(const struct scheme *scheme, const struct scheme_in *in,
	const int64_t *costs, struct stored *st)
{
	struct buf phc = BUF_INIT(512);
	struct idbc_str text;
	int rc;

	if (scheme->variant != KEYCLOAK_ARGON2) {
		st->salt_len = SALT_BYTES;
		st->digest_len = PBKDF2_KEY;
		st->salt = (struct idbc_str){ (const char *)st->salt_bytes, st->salt_len };
		return random_bytes(st->salt_bytes, st->salt_len) ||
			pbkdf2_make(digests[scheme->variant], in->password, &st->salt, costs[0],
				    st->digest, st->digest_len);
	}
	rc = phc_make(2, in->password, costs, &phc);
	text = (struct idbc_str){ phc.ptr, phc.len };
	if (!rc)
		rc = phc_parse(&text, NULL, st);
	buf_wipe(&phc);
	return rc;
}

static int add_secret(const struct stored *st, struct buf *out)
{
	return buf_add_str(out, "{\"value\":\"") ||
		b64_add(out, B64_PADDED, st->digest, st->digest_len) ||
		buf_add_str(out, "\",\"salt\":\"") ||
		b64_add(out, B64_PADDED, st->salt_bytes, st->salt_len) ||
		buf_add_str(out, "\",\"additionalParameters\":{}}");
}

/* A document as a string of another. */
static int add_quoted(struct buf *out, const struct buf *text)
{
	int rc = buf_add(out, "\"", 1);

	for (size_t i = 0; !rc && i < text->len; i++)
		rc = (text->ptr[i] == '"' && buf_add(out, "\\", 1)) ||
			buf_add(out, &text->ptr[i], 1);
	return rc || buf_add(out, "\"", 1);
}

int keycloak_make(const struct scheme *scheme, const struct scheme_in *in,
	const int64_t *costs, struct buf *out)
{
	struct buf secret = BUF_INIT(1024), credential = BUF_INIT(1024);
	struct stored st = { 0 };
	int rc = derive(scheme, in, costs, &st) || add_secret(&st, &secret);

	if (!rc && in->salt.len)
		rc = buf_add(out, secret.ptr, secret.len);
	else if (!rc)
		rc = add_credential(scheme, costs, &credential) ||
			buf_add_str(out, "{\"secretData\":") || add_quoted(out, &secret) ||
			buf_add_str(out, ",\"credentialData\":") ||
			add_quoted(out, &credential) || buf_add(out, "}", 1);
	secret_wipe(st.digest, sizeof(st.digest));
	buf_wipe(&secret);
	buf_free(&credential);
	return rc ? PASSWORD_FAILED : 0;
}
