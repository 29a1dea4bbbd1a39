/* connector/profile/canon.c - the canonical fields in the order they are shown, and
 * values of a store as JSON of the type each field has.  Threads: any; no lock.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "base/text.h"
#include "profile/internal.h"

#define FIELD(name, type, flags) { name, sizeof(name) - 1, type, flags }
const struct canon canon_fields[] = {
	FIELD("user_id", CANON_STR, CANON_EARLY),
	FIELD("email", CANON_STR, CANON_SELF | CANON_EARLY),
	FIELD("email_verified", CANON_BOOL, CANON_EARLY),
	FIELD("username", CANON_STR, CANON_SELF | CANON_EARLY),
	FIELD("phone_number", CANON_STR, CANON_SELF | CANON_EARLY),
	FIELD("phone_verified", CANON_BOOL, 0),
	FIELD("name", CANON_STR, CANON_SELF),
	FIELD("given_name", CANON_STR, CANON_SELF),
	FIELD("family_name", CANON_STR, CANON_SELF),
	FIELD("nickname", CANON_STR, CANON_SELF),
	FIELD("picture", CANON_STR, CANON_SELF),
	FIELD("created_at", CANON_TIME, CANON_STORE),
	FIELD("updated_at", CANON_TIME, CANON_STORE),
	FIELD("last_login", CANON_TIME, CANON_STORE),
	FIELD("last_ip", CANON_STR, CANON_STORE),
	FIELD("last_password_reset", CANON_TIME, CANON_STORE),
	FIELD("logins_count", CANON_INT, CANON_STORE),
	FIELD("blocked", CANON_BOOL, CANON_EARLY),
	FIELD("user_metadata", CANON_OBJECT, CANON_SELF),
	FIELD("app_metadata", CANON_OBJECT, 0),
	FIELD("mfa_factors", CANON_ARRAY, 0),
	FIELD("identities", CANON_ARRAY, CANON_STORE),
};
const size_t canon_count = sizeof(canon_fields) / sizeof(canon_fields[0]);

const char *const canon_tokens[] = { "access_token", "refresh_token", "access_token_secret",
				     "id_token" };
const size_t canon_token_count = sizeof(canon_tokens) / sizeof(canon_tokens[0]);

/* By length and first letter, which tell them apart: the place in the table plus one. */
#define CANON_PLACES 64u
static const unsigned char by_look[CANON_PLACES] = {
	[0] = 21, [3] = 3, [7] = 16, [13] = 20, [14] = 6, [17] = 18, [18] = 7, [24] = 17,
	[27] = 15, [28] = 5, [29] = 12, [31] = 11, [33] = 8, [34] = 2, [35] = 22, [36] = 1,
	[38] = 14, [47] = 13, [54] = 10, [57] = 9, [58] = 19, [61] = 4,
};

const struct canon *canon_find_n(const char *name, size_t len)
{
	size_t at = len ? by_look[(len * 25 + (unsigned char)name[0]) % CANON_PLACES] : 0;
	const struct canon *canon;

	if (!at)
		return NULL;
	canon = &canon_fields[at - 1];
	return canon->len == len && !memcmp(canon->name, name, len) ? canon : NULL;
}

const struct canon *canon_find(const char *name)
{
	return canon_find_n(name, strlen(name));
}

json_t *string_json(const char *bytes, size_t len)
{
	char *repaired;
	json_t *json;

	if (text_is_utf8(bytes, len))
		return json_stringn_nocheck(len ? bytes : "", len);
	repaired = text_repair(bytes, len, &len);
	json = repaired ? json_stringn_nocheck(repaired, len) : NULL;
	free(repaired);
	return json;
}

static json_t *integer_json(int64_t n)
{
	char digits[24];

	if (n >= -INTEGER_MAX_EXACT && n <= INTEGER_MAX_EXACT)
		return json_integer(n);
	snprintf(digits, sizeof(digits), "%lld", (long long)n);
	return json_string_nocheck(digits);
}

static int is_plain_text(const struct idbc_str *bytes)
{
	for (size_t i = 0; i < bytes->len; i++) {
		unsigned char c = (unsigned char)bytes->ptr[i];

		if ((c < 0x20 && c != '\t' && c != '\n' && c != '\r') || c == 0x7f)
			return 0;
	}
	return text_is_utf8(bytes->ptr, bytes->len);
}

static json_t *bytes_json(const struct idbc_str *bytes)
{
	struct buf buf = BUF_INIT(PROFILE_MAX_TEXT);
	json_t *json;

	if (is_plain_text(bytes))
		return json_stringn_nocheck(bytes->len ? bytes->ptr : "", bytes->len);
	for (size_t i = 0; i < bytes->len; i++)
		buf_addf(&buf, "%02x", (unsigned char)bytes->ptr[i]);
	json = buf.failed ? NULL : json_stringn_nocheck(buf.ptr, buf.len);
	buf_free(&buf);
	return json;
}

/* RFC 3339 in UTC with milliseconds; absent outside the years 1 to 9999. */
static int time_json(int64_t us, json_t **out)
{
	int64_t ms = us >= 0 ? us / 1000 : -((-(us + 1)) / 1000) - 1;
	int64_t part = ms % 1000 < 0 ? ms % 1000 + 1000 : ms % 1000;
	time_t seconds = (time_t)((ms - part) / 1000);
	char text[64];
	struct tm tm;

	if (!gmtime_r(&seconds, &tm) || tm.tm_year < 1 - 1900 || tm.tm_year > 9999 - 1900)
		return 0;
	snprintf(text, sizeof(text), "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", tm.tm_year + 1900,
		 tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec, (int)part);
	*out = json_string_nocheck(text);
	return *out ? 0 : -1;
}

/* Integers that a JavaScript reader would round become strings, at any depth. */
static json_t *exact(json_t *json)
{
	const char *key;
	json_t *member;
	size_t i;
	void *next;

	if (json_is_integer(json)) {
		json_t *safe = integer_json(json_integer_value(json));

		json_decref(json);
		return safe;
	}
	json_object_foreach_safe(json, next, key, member)
		if (json_is_integer(member) || json_is_object(member) || json_is_array(member))
			json_object_set_new_nocheck(json, key, exact(json_incref(member)));
	json_array_foreach(json, i, member)
		json_array_set_new(json, i, exact(json_incref(member)));
	return json;
}

int json_starved(const json_error_t *error)
{
	return json_error_code(error) == json_error_unknown ||
	       json_error_code(error) == json_error_out_of_memory;
}

/* jansson leaves the code as it was where it gets no memory to begin. */
json_t *json_begun(const char *text, size_t len, size_t flags, json_error_t *error)
{
	error->text[JSON_ERROR_TEXT_LENGTH - 1] = (char)json_error_unknown;
	return json_loadb(text, len, flags, error);
}

/* What a store holds is no less JSON for what jansson cannot take. */
static json_t *load_json(const char *text, size_t len, json_error_t *error)
{
	json_t *json = json_begun(text, len, JSON_DECODE_ANY | JSON_ALLOW_NUL, error);
	struct buf soft = BUF_INIT(PROFILE_MAX_TEXT);

	if (json || json_starved(error))
		return json;
	if (!json_soften(&soft, text, len))
		json = json_begun(soft.ptr, soft.len, JSON_DECODE_ANY | JSON_ALLOW_NUL, error);
	buf_free(&soft);
	return json;
}

/* A JSON text of the store; *out is NULL where it is none. */
static int parsed_json(const char *bytes, size_t len, json_t **out)
{
	json_error_t error;
	char *repaired;

	*out = NULL;
	if (!len || tree_depth(bytes, len) > PROFILE_MAX_DEPTH)
		return 0;
	repaired = text_repair(bytes, len, &len);
	if (!repaired)
		return -1;
	*out = load_json(repaired, len, &error);
	free(repaired);
	if (!*out)
		return json_starved(&error) ? -1 : 0;
	*out = exact(*out);
	return *out ? 0 : -1;
}

static int plain_json(const struct idbc_value *value, json_t **out)
{
	*out = NULL;
	switch (value->kind) {
	case IDBC_KIND_STR:
		*out = string_json(value->u.str.ptr, value->u.str.len);
		break;
	case IDBC_KIND_BYTES:
		*out = bytes_json(&value->u.str);
		break;
	case IDBC_KIND_BOOL:
		*out = json_boolean(value->u.i64);
		break;
	case IDBC_KIND_I64:
		*out = integer_json(value->u.i64);
		break;
	case IDBC_KIND_TIME_US:
		return time_json(value->u.i64, out);
	case IDBC_KIND_JSON:
		return parsed_json(value->u.str.ptr, value->u.str.len, out);
	default:
		return 0;
	}
	return *out ? 0 : -1;
}

/* --- the type a field has ----------------------------------------------------------- */
static int is_word(const char *text, const char *const *words)
{
	for (; *words; words++)
		if (text_same(IDBC_FOLD_LOWER, text, strlen(text), *words, strlen(*words)))
			return 1;
	return 0;
}

/* What is neither yes nor no: an account of unknown state counts as blocked, an address of
 * unknown state as not verified. */
static json_t *as_bool(const char *name, const json_t *json)
{
	static const char *const yes[] = { "1", "t", "true", "y", "yes", "on", "01", "\x01",
					   NULL };
	static const char *const no[] = { "0", "f", "false", "n", "no", "off", "00", "", NULL };
	const char *text = json_string_value(json);

	if (json_is_integer(json))
		return json_boolean(json_integer_value(json) != 0);
	if (!text)
		return json_is_boolean(json) ? NULL : json_boolean(!strcmp(name, "blocked"));
	if (is_word(text, yes))
		return json_true();
	return json_boolean(!is_word(text, no) && !strcmp(name, "blocked"));
}

static json_t *as_string(const json_t *json)
{
	char digits[24];

	if (!json_is_integer(json))
		return NULL;
	snprintf(digits, sizeof(digits), "%lld", (long long)json_integer_value(json));
	return json_string_nocheck(digits);
}

static json_t *as_integer(const json_t *json)
{
	const char *text = json_string_value(json);
	size_t len = text ? strlen(text) : 0;

	if (!len || len > 15 || strspn(text, "0123456789") != len)
		return NULL;
	return json_integer(strtoll(text, NULL, 10));
}

/* Documents kept as text are read; what is no document is no value of such a field.
 * An empty array is what some languages write for an empty object. */
static int as_document(uint32_t type, json_t **json)
{
	json_t *read = *json;

	*json = NULL;
	if (json_is_string(read)) {
		json_t *text = read;
		int rc = parsed_json(json_string_value(text), json_string_length(text), &read);

		json_decref(text);
		if (rc)
			return -1;
	}
	if (json_is_object(read) || (type == CANON_ARRAY && json_is_array(read))) {
		*json = read;
		return 0;
	}
	if (type == CANON_OBJECT && json_is_array(read) && json_array_size(read) == 0)
		*json = json_object();
	json_decref(read);
	return 0;
}

static json_t *as_scalar(const struct canon *canon, json_t *json)
{
	json_t *other = NULL;

	if (canon->type == CANON_BOOL)
		other = as_bool(canon->name, json);
	else if (canon->type == CANON_STR)
		other = as_string(json);
	else if (canon->type == CANON_INT)
		other = as_integer(json);
	if (!other)
		return json;
	json_decref(json);
	return other;
}

int value_to_json(const char *name, const struct idbc_value *value, json_t **out)
{
	const struct canon *canon = canon_find(name);

	if (plain_json(value, out))
		return -1;
	if (!*out && value->kind == IDBC_KIND_JSON && value->u.str.len &&
	    !strcmp(name, "blocked"))
		*out = json_true();     /* no JSON at all: of unknown state */
	if (json_is_null(*out))
		*out = NULL;
	if (!*out || !canon)
		return 0;
	if (canon->type == CANON_OBJECT || canon->type == CANON_ARRAY)
		return as_document(canon->type, out);
	*out = as_scalar(canon, *out);
	return 0;
}
