/* connector/profile/parse.c - a profile as a host writes it, whole or field by field.
 * Threads: one at a time on one profile; no lock.
 */
#include <string.h>
#include "base/text.h"
#include "profile/internal.h"

static int refuse(struct idbc_error *err, const char *why)
{
	return err_code(err, IDBC_INVALID, "profile", "invalid_profile", "%s", why);
}

/* A JSON text of a host.  What it says never reaches the error: it is personal data. */
static int read_json(const char *text, size_t flags, json_t **out, struct idbc_error *err)
{
	json_error_t where;
	size_t len;

	if (!text)
		return refuse(err, "no JSON given");
	len = strnlen(text, PROFILE_MAX_JSON + 1);
	if (len > PROFILE_MAX_JSON)
		return refuse(err, "longer than 1 MiB");
	if (tree_depth(text, len) > PROFILE_MAX_DEPTH)
		return refuse(err, "nested too deeply");
	*out = json_begun(text, len, flags | JSON_REJECT_DUPLICATES, &where);
	if (*out)
		return IDBC_OK;
	if (json_starved(&where))
		return err_nomem(err, "profile");
	if (json_error_code(&where) == json_error_duplicate_key)
		return err_code(err, IDBC_INVALID, "profile", "invalid_profile",
				"a key stands twice in one JSON object, line %d", where.line);
	return err_code(err, IDBC_INVALID, "profile", "invalid_profile",
			"not valid JSON at line %d, column %d", where.line, where.column);
}

static int put_all(struct idbc_profile *profile, const json_t *object, struct idbc_error *err)
{
	const char *key;
	json_t *member;

	if (json_object_get(object, "metadata") && json_object_get(object, "app_metadata"))
		return refuse(err, "metadata and app_metadata are one: give one of them");
	json_object_foreach((json_t *)object, key, member) {
		if (json_is_null(member))
			continue;
		if (tree_put(profile->root, key, json_incref(member), 0))
			return err_nomem(err, "profile");
	}
	return IDBC_OK;
}

int profile_parse(const char *json, struct idbc_profile **out, struct idbc_error *err)
{
	struct idbc_profile *profile = NULL;
	json_t *object = NULL;
	int rc = read_json(json, JSON_DECODE_ANY, &object, err);

	if (rc == IDBC_OK && !json_is_object(object))
		rc = refuse(err, "a profile is a JSON object");
	if (rc == IDBC_OK)
		rc = profile_new(&profile, err);
	if (rc == IDBC_OK && profile_tree(profile))
		rc = err_nomem(err, "profile");
	if (rc == IDBC_OK)
		rc = put_all(profile, object, err);
	json_decref(object);
	if (rc != IDBC_OK)
		profile_free(profile);
	else
		*out = profile;
	return rc;
}

int profile_set(struct idbc_profile *profile, const char *field, const char *json_value,
		struct idbc_error *err)
{
	json_t *value = NULL;
	int rc;

	if (!field || !field[0] || !text_is_utf8(field, strlen(field)))
		return refuse(err, "a field needs a name in UTF-8");
	rc = read_json(json_value, JSON_DECODE_ANY, &value, err);
	if (rc != IDBC_OK)
		return rc;
	if (profile_tree_of(profile)) {
		json_decref(value);
		return err_nomem(err, "profile");
	}
	profile->edition++;
	if (tree_put(profile->root, field, value, 1))
		return err_nomem(err, "profile");
	return IDBC_OK;
}

/* Whoever built it may go on with it, or free it. */
int profile_copy(const struct idbc_profile *from, struct idbc_profile **out,
		 struct idbc_error *err)
{
	struct idbc_profile *copy = NULL;
	int rc = profile_new(&copy, err);

	if (rc != IDBC_OK)
		return rc;
	if (profile_tree_of(from) || !(copy->root = json_deep_copy(from->root))) {
		profile_free(copy);
		return err_nomem(err, "profile");
	}
	copy->as_metadata = from->as_metadata;
	*out = copy;
	return IDBC_OK;
}
