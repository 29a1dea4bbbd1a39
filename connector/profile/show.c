/* connector/profile/show.c - a profile as a host sees it: JSON text in a fixed order, and
 * single fields.  Tokens and second factors are left out unless asked for.
 *
 * Threads: any, on a finished profile.  Lock: the profile's, around the texts made.
 */
#include <stdlib.h>
#include <string.h>
#include "base/text.h"
#include "profile/internal.h"

static int is_token(const char *key)
{
	for (size_t i = 0; i < canon_token_count; i++)
		if (!strcmp(key, canon_tokens[i]))
			return 1;
	return 0;
}

/* Names under which applications keep what proves a second factor. */
static int is_factor_secret(const char *key, const json_t *json)
{
	static const char *const parts[] = { "secret", "seed", "token", "recovery", "backup",
					     "scratch", "private", "password", "otpauth",
					     "codes", "key" };
	const char *text = json_string_value(json);
	char lower[64];
	int64_t len = text_fold(IDBC_FOLD_LOWER, key, strlen(key), lower, sizeof(lower) - 1);

	if (len < 0)
		return 1;
	lower[len] = '\0';
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		if (strstr(lower, parts[i]))
			return 1;
	if (!text)
		return 0;
	return (len >= 3 && !strcmp(lower + len - 3, "otp")) || !strncmp(text, "otpauth:", 8);
}

static void strip_tokens(json_t *json)
{
	const char *key;
	json_t *member;
	size_t i;
	void *next;

	json_object_foreach_safe(json, next, key, member) {
		if (is_token(key))
			json_object_del(json, key);
		else
			strip_tokens(member);
	}
	json_array_foreach(json, i, member)
		strip_tokens(member);
}

static void strip_factors(json_t *json)
{
	const char *key;
	json_t *member;
	void *next;

	json_object_foreach_safe(json, next, key, member) {
		if (is_factor_secret(key, member))
			json_object_del(json, key);
		else
			strip_factors(member);
	}
	/* A factor is an object; a bare string among them is more likely its secret. */
	for (size_t i = json_array_size(json); i-- > 0;) {
		member = json_array_get(json, i);
		if (json_is_string(member))
			json_array_remove(json, i);
		else
			strip_factors(member);
	}
}

/* A copy to strip; jansson drops members without a word where memory ends. */
static json_t *copy_of(const json_t *json)
{
	json_t *copy = json_deep_copy(json);

	if (copy && json_equal(copy, json))
		return copy;
	json_decref(copy);
	return NULL;
}

/* A new reference to a root member as it may be shown, NULL where it may not; -1: no
 * memory. */
static int show_member(const struct idbc_profile *profile, const char *name, uint32_t flags,
		       json_t **out)
{
	int tokens = !strcmp(name, "identities") && !(flags & PROFILE_IDP_TOKENS);
	int factors = !strcmp(name, "mfa_factors") && !(flags & PROFILE_MFA);
	json_t *member = json_object_get(profile->root, name);

	*out = NULL;
	if (!member || json_is_null(member))
		return 0;
	if (is_token(name) && !(flags & PROFILE_IDP_TOKENS))
		return 0;
	*out = tokens || factors ? copy_of(member) : json_incref(member);
	if (tokens)
		strip_tokens(*out);
	if (factors)
		strip_factors(*out);
	return *out ? 0 : -1;
}

/* --- text -------------------------------------------------------------------------- */
static int dump_piece(const char *bytes, size_t len, void *ctx)
{
	return buf_add(ctx, bytes, len);
}

static int has_real(const json_t *json)
{
	const char *key;
	json_t *member;
	size_t i;

	json_object_foreach((json_t *)json, key, member)
		if (has_real(member))
			return 1;
	json_array_foreach(json, i, member)
		if (has_real(member))
			return 1;
	return json_is_real(json);
}

static int dump(struct buf *buf, const json_t *json, size_t flags)
{
	return json_dump_callback(json, dump_piece, buf,
				  JSON_COMPACT | JSON_ENCODE_ANY | flags);
}

/* 0.1 and not 0.10000000000000001, where that is the same number. */
int json_text(struct buf *buf, const json_t *json, size_t flags)
{
	struct buf brief = BUF_INIT(PROFILE_MAX_TEXT);
	json_t *read;
	int rc;

	if (!has_real(json))
		return dump(buf, json, flags);
	if (dump(&brief, json, flags | JSON_REAL_PRECISION(15))) {
		buf_free(&brief);
		return -1;
	}
	read = json_loadb(brief.ptr, brief.len, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
	rc = json_equal(read, json) ? buf_add(buf, brief.ptr, brief.len) :
		dump(buf, json, flags);
	json_decref(read);
	buf_free(&brief);
	return rc;
}

/* Members of documents are sorted, so that every store shows them alike; identities
 * keep the order in which they are composed. */
static int dump_member(struct buf *buf, const char *name, const json_t *json)
{
	return json_text(buf, json, strcmp(name, "identities") ? JSON_SORT_KEYS : 0);
}

static int add_member(struct buf *buf, const struct idbc_profile *profile, const char *name,
		      uint32_t flags)
{
	json_t *member, *key;
	const char *shown = name;
	int rc = show_member(profile, name, flags, &member);

	if (!member)
		return rc;
	if (profile->as_metadata && !strcmp(name, "app_metadata"))
		shown = "metadata";
	key = json_string_nocheck(shown);
	rc = !key || (buf->len > 1 && buf_add(buf, ",", 1)) || json_text(buf, key, 0) ||
	     buf_add(buf, ":", 1) || dump_member(buf, name, member);
	json_decref(key);
	json_decref(member);
	return rc ? -1 : 0;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int add_others(struct buf *buf, const struct idbc_profile *profile, uint32_t flags)
{
	size_t n = 0;
	const char **names = calloc(json_object_size(profile->root) + 1, sizeof(*names)), *key;
	json_t *member;
	int rc = 0;

	if (!names)
		return -1;
	json_object_foreach(profile->root, key, member)
		if (!canon_find(key))
			names[n++] = key;
	qsort(names, n, sizeof(*names), by_name);
	for (size_t i = 0; i < n && !rc; i++)
		rc = add_member(buf, profile, names[i], flags);
	free(names);
	return rc;
}

static char *make_json(const struct idbc_profile *profile, uint32_t flags)
{
	struct buf buf = BUF_INIT(PROFILE_MAX_TEXT);
	char *text = NULL;
	int rc = buf_add(&buf, "{", 1);

	for (size_t i = 0; i < canon_count && !rc; i++)
		rc = add_member(&buf, profile, canon_fields[i].name, flags);
	if (!rc && !add_others(&buf, profile, flags) && !buf_add(&buf, "}", 1))
		text = buf_take(&buf);
	buf_free(&buf);
	return text;
}

/* --- single fields -------------------------------------------------------------------- */
static char *member_text(const char *name, const json_t *json)
{
	struct buf buf = BUF_INIT(PROFILE_MAX_TEXT);
	char *text = NULL;

	if (json_is_string(json))
		buf_add_str(&buf, json_string_value(json));
	else if (dump_member(&buf, name, json))
		buf.failed = 1;
	text = buf_take(&buf);
	buf_free(&buf);
	return text;
}

/* The first step of a dotted name chooses what may be shown, the rest walks in it. */
static char *make_text(const struct idbc_profile *profile, const char *field)
{
	size_t first = strcspn(field, ".");
	int alias = tree_is_alias(field);
	char *name = text_dup(alias ? "app_metadata" : field, alias ? 12 : first), *text = NULL;
	json_t *member = NULL;
	const json_t *found;

	if (name)
		(void)show_member(profile, name, 0, &member);
	found = member;
	if (found && field[first])
		found = tree_walk(found, field + first + 1);
	if (found)
		text = member_text(name, found);
	json_decref(member);
	free(name);
	return text;
}

/* --- what was given out stays -------------------------------------------------------- */
static const char *keep_text(struct idbc_profile *profile, const char *field, uint32_t flags,
			     char *made)
{
	size_t field_len = strlen(field) + 1, text_len = made ? strlen(made) + 1 : 0;
	struct profile_text *text = made ? malloc(sizeof(*text) + field_len + text_len) : NULL;
	char *bytes;

	if (!text) {
		free(made);
		return NULL;
	}
	bytes = (char *)(text + 1);
	text->field = memcpy(bytes, field, field_len);
	text->text = memcpy(bytes + field_len, made, text_len);
	text->flags = flags;
	text->edition = profile->edition;
	text->next = profile->texts;
	profile->texts = text;
	free(made);
	return text->text;
}

static const char *text_for(const struct idbc_profile *profile, const char *field,
			    uint32_t flags)
{
	struct idbc_profile *mine = (struct idbc_profile *)profile;     /* for the texts */
	struct profile_text *text;
	const char *found;

	pthread_mutex_lock(&mine->lock);
	for (text = mine->texts; text; text = text->next)
		if (text->edition == mine->edition && text->flags == flags &&
		    !strcmp(text->field, field))
			break;
	if (text)
		found = text->text;
	else if (profile_tree(mine))
		found = NULL;
	else
		found = keep_text(mine, field, flags,
				  field[0] ? make_text(mine, field) : make_json(mine, flags));
	pthread_mutex_unlock(&mine->lock);
	return found;
}

const char *profile_json(const struct idbc_profile *profile, uint32_t flags)
{
	return text_for(profile, "", flags & PROFILE_FLAGS);
}

const char *profile_get(const struct idbc_profile *profile, const char *field)
{
	return field[0] ? text_for(profile, field, 0) : NULL;
}
