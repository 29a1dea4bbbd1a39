/* connector/profile/create.c - what a create may carry: who may set what, what must be
 * there, and the fields as a driver takes them: dotted leaves with plain values.
 *
 * The fields point into JSON values held by `owner`, references to those of the profile.
 * Threads: any, on a profile that no longer changes; no lock.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/text.h"
#include "profile/internal.h"

struct builder {
	const struct profile_rules *rules;
	uint32_t self_service;
	int carried;                    /* from another store: nobody sets anything */
	struct idbc_field *fields;
	size_t n, cap;
	json_t *held;
	struct idbc_error *err;
};

static int refuse(const struct builder *b, const char *code, const char *field, const char *why)
{
	size_t len = text_cut(field, strlen(field), 80);        /* the reason must fit too */

	return err_code(b->err, IDBC_INVALID, "profile", code, "\"%.*s\" %s", (int)len, field,
			why);
}

/* --- who may set what ------------------------------------------------------------------ */
/* `name` is `rule` or lies below it; both may say "metadata" for app_metadata. */
static int covers(const char *rule, const char *name)
{
	size_t len;

	if (tree_is_alias(rule) && !strncmp(name, "app_", 4))
		name += 4;
	len = strlen(rule);
	return !strncmp(rule, name, len) && (name[len] == '\0' || name[len] == '.');
}

static int is_self_service(const struct profile_rules *rules, const char *name)
{
	for (size_t i = 0; i < canon_count; i++)
		if ((canon_fields[i].flags & CANON_SELF) && covers(canon_fields[i].name, name))
			return 1;
	for (size_t i = 0; i < rules->nself_service; i++)
		if (covers(rules->self_service[i], name))
			return 1;
	return 0;
}

int profile_is_stores(const char *name)
{
	for (size_t i = 0; i < canon_count; i++)
		if ((canon_fields[i].flags & CANON_STORE) && covers(canon_fields[i].name, name))
			return 1;
	return 0;
}

static int check_not_stores(const struct builder *b, const char *name)
{
	if (b->carried || !profile_is_stores(name))
		return IDBC_OK;
	return refuse(b, "field_not_allowed", name, "is kept by the store");
}

static int check_allowed(const struct builder *b, const char *name)
{
	if (b->self_service && !is_self_service(b->rules, name))
		return refuse(b, "field_not_allowed", name, "may not be set by a sign-up form");
	return IDBC_OK;
}

/* Names that an application could mistake for the identity's own. */
static int is_reserved(const char *key)
{
	static const char *const more[] = { "_id", "__tenant", "metadata", "clientID",
		"globalClientID", "global_client_id", "lastIP", "lastLogin", "loginsCount",
		"multifactor", "multifactor_last_modified" };
	static const char *const harmless[] = { "name", "given_name", "family_name", "nickname",
		"picture" };

	for (size_t i = 0; i < sizeof(harmless) / sizeof(harmless[0]); i++)
		if (!strcmp(harmless[i], key))
			return 0;
	for (size_t i = 0; i < sizeof(more) / sizeof(more[0]); i++)
		if (!strcmp(more[i], key))
			return 1;
	return canon_find(key) != NULL;
}

/* --- values ---------------------------------------------------------------------------- */
/* Keeps a reference; NULL and failure where there is no memory. */
static json_t *hold(struct builder *b, json_t *json)
{
	return json && !json_array_append_new(b->held, json) ? json : NULL;
}

static int hold_document(struct builder *b, const json_t *json, struct idbc_value *out)
{
	struct buf buf = BUF_INIT(PROFILE_MAX_TEXT);
	json_t *held = NULL;

	if (!json_text(&buf, json, 0))
		held = hold(b, json_stringn_nocheck(buf.ptr, buf.len));
	buf_free(&buf);
	if (!held)
		return err_nomem(b->err, "profile");
	out->kind = IDBC_KIND_JSON;
	out->u.str.ptr = json_string_value(held);
	out->u.str.len = json_string_length(held);
	return IDBC_OK;
}

static int leaf_value(struct builder *b, json_t *json, struct idbc_value *out)
{
	memset(out, 0, sizeof(*out));
	if (json_is_boolean(json)) {
		out->kind = IDBC_KIND_BOOL;
		out->u.i64 = json_is_true(json);
	} else if (json_is_integer(json)) {
		out->kind = IDBC_KIND_I64;
		out->u.i64 = json_integer_value(json);
	} else if (json_is_string(json)) {
		if (!hold(b, json_incref(json)))
			return err_nomem(b->err, "profile");
		out->kind = IDBC_KIND_STR;
		out->u.str.ptr = json_string_value(json);
		out->u.str.len = json_string_length(json);
	} else {
		return hold_document(b, json, out);     /* an array or a fraction */
	}
	return IDBC_OK;
}

static int check_type(const struct builder *b, const char *name, const json_t *json)
{
	const struct canon *canon = canon_find(name);

	if (!canon)
		return IDBC_OK;
	if (canon->type == CANON_STR && !json_is_string(json))
		return refuse(b, "invalid_profile", name, "must be a string");
	if (canon->type == CANON_BOOL && !json_is_boolean(json))
		return refuse(b, "invalid_profile", name, "must be true or false");
	if (canon->type == CANON_OBJECT && !json_is_object(json))
		return refuse(b, "invalid_profile", name, "must be an object");
	if (canon->type == CANON_ARRAY && !json_is_object(json) && !json_is_array(json))
		return refuse(b, "invalid_profile", name, "must be an array");
	return IDBC_OK;
}

static int check_user_id(const struct builder *b, struct idbc_value *value)
{
	struct idbc_str *id = &value->u.str;
	int rc = profile_native_id(b->rules, id, id, b->err);

	if (rc != IDBC_OK)
		return rc;
	if (text_has_control(id->ptr, id->len))
		return refuse(b, "invalid_user_id", "user_id", "has control characters");
	if (b->rules->identifier_bytes && id->len > b->rules->identifier_bytes)
		return refuse(b, "invalid_user_id", "user_id", "is too long");
	return IDBC_OK;
}

/* What was good enough there is so here, but for what is too long. */
static int check_lengths(const struct builder *b, const char *name, const struct idbc_value *value)
{
	int email = !strcmp(name, "email"), rc;

	if ((!email && strcmp(name, "username") != 0) || value->kind != IDBC_KIND_STR)
		return IDBC_OK;
	rc = email ? profile_check_email(&value->u.str, b->err)
		   : profile_check_username(b->rules, &value->u.str, b->err);
	if (rc != IDBC_INVALID || strstr(b->err->code, "_too_long"))
		return rc;
	err_clear(b->err);
	return IDBC_OK;
}

static int check_syntax(const struct builder *b, const char *name, struct idbc_value *value)
{
	if (b->carried)
		return check_lengths(b, name, value);
	if (!strcmp(name, "email"))
		return profile_check_email(&value->u.str, b->err);
	if (!strcmp(name, "username"))
		return profile_check_username(b->rules, &value->u.str, b->err);
	if (!strcmp(name, "phone_number"))
		return check_phone(&value->u.str, b->err);
	if (!strcmp(name, "user_id"))
		return check_user_id(b, value);
	return IDBC_OK;
}

/* --- flattening ------------------------------------------------------------------------ */
static int add_field(struct builder *b, const char *name, const struct idbc_value *value)
{
	json_t *held;

	if (b->n == b->cap) {
		size_t cap = b->cap ? b->cap * 2 : 16;
		struct idbc_field *fields = realloc(b->fields, cap * sizeof(*fields));

		if (!fields)
			return err_nomem(b->err, "profile");
		b->fields = fields;
		b->cap = cap;
	}
	held = hold(b, json_string_nocheck(name));
	if (!held)
		return err_nomem(b->err, "profile");
	b->fields[b->n].name = json_string_value(held);
	b->fields[b->n].value = *value;
	b->n++;
	return IDBC_OK;
}

static int add_leaf(struct builder *b, const char *name, json_t *json)
{
	struct idbc_value value;
	int rc = check_allowed(b, name);

	if (rc == IDBC_OK)
		rc = leaf_value(b, json, &value);
	if (rc == IDBC_OK)
		rc = check_syntax(b, name, &value);
	return rc == IDBC_OK ? add_field(b, name, &value) : rc;
}

static int add_member(struct builder *b, const struct buf *path, json_t *json);

static int check_reserved(const struct builder *b, const struct buf *path, const char *key)
{
	if (b->carried || strcmp(path->ptr, "app_metadata") || !is_reserved(key))
		return IDBC_OK;
	return err_code(b->err, IDBC_INVALID, "profile", "reserved_key",
			"\"%s\" is reserved in app_metadata", key);
}

static int check_key(const struct builder *b, const struct buf *path, const char *key)
{
	if (!key[0] || strchr(key, '.'))
		return refuse(b, "invalid_profile", path->ptr,
			      "has a key that is empty or has a dot");
	if (path->len + 1 + strlen(key) > PROFILE_MAX_NAME)
		return refuse(b, "invalid_profile", path->ptr, "has a key that is too long");
	return check_reserved(b, path, key);
}

static int add_object(struct builder *b, const struct buf *path, json_t *object)
{
	const char *key;
	json_t *member;
	int rc = IDBC_OK;

	json_object_foreach(object, key, member) {
		struct buf below = BUF_INIT(PROFILE_MAX_JSON);

		rc = check_key(b, path, key);
		if (rc == IDBC_OK && buf_addf(&below, "%s.%s", path->ptr, key))
			rc = err_nomem(b->err, "profile");
		if (rc == IDBC_OK)
			rc = add_member(b, &below, member);
		buf_free(&below);
		if (rc != IDBC_OK)
			break;
	}
	return rc;
}

/* --- objects that stay whole ----------------------------------------------------------- */
static int is_whole(const struct profile_rules *rules, const char *name)
{
	for (size_t i = 0; i < rules->nwhole; i++)
		if (!strcmp(rules->whole[i], name))
			return 1;
	return 0;
}

/* A sign-up form may set it, or else every member of it. */
static int check_members_allowed(const struct builder *b, const struct buf *path, json_t *json)
{
	int rc = IDBC_OK;
	const char *key;
	json_t *member;

	if (!b->self_service || is_self_service(b->rules, path->ptr))
		return IDBC_OK;
	if (!json_object_size(json))
		return check_allowed(b, path->ptr);
	json_object_foreach(json, key, member) {
		struct buf below = BUF_INIT(PROFILE_MAX_JSON);

		rc = check_key(b, path, key);
		if (rc == IDBC_OK && buf_addf(&below, "%s.%s", path->ptr, key))
			rc = err_nomem(b->err, "profile");
		if (rc == IDBC_OK)
			rc = check_members_allowed(b, &below, member);
		buf_free(&below);
		if (rc != IDBC_OK)
			break;
	}
	return rc;
}

/* As it was given: keys of any spelling, their order, nulls and empty objects. */
static int add_whole(struct builder *b, const struct buf *path, json_t *object)
{
	struct idbc_value value = { .kind = IDBC_KIND_NULL };
	int rc = check_members_allowed(b, path, object);
	const char *key;
	json_t *member;

	json_object_foreach(object, key, member) {
		if (rc == IDBC_OK)
			rc = check_reserved(b, path, key);
	}
	if (rc == IDBC_OK)
		rc = hold_document(b, object, &value);
	return rc == IDBC_OK ? add_field(b, path->ptr, &value) : rc;
}

static int add_member(struct builder *b, const struct buf *path, json_t *json)
{
	if (json_is_null(json))
		return IDBC_OK;
	if (json_is_object(json) && is_whole(b->rules, path->ptr))
		return add_whole(b, path, json);
	if (json_is_object(json) && json_object_size(json))
		return add_object(b, path, json);
	if (json_is_object(json))
		return check_allowed(b, path->ptr);
	return add_leaf(b, path->ptr, json);
}

static int add_root(struct builder *b, const char *name, json_t *json)
{
	struct buf path = BUF_INIT(PROFILE_MAX_JSON);
	int rc;

	if (json_is_null(json))
		return IDBC_OK;
	if (!name[0] || strlen(name) > PROFILE_MAX_NAME)
		return refuse(b, "invalid_profile", name, "is no name of a field");
	if (buf_add_str(&path, name))
		return err_nomem(b->err, "profile");
	rc = check_not_stores(b, name);
	/* Of an object single members may be allowed: each is asked for below. */
	if (rc == IDBC_OK && !json_is_object(json))
		rc = check_allowed(b, name);
	if (rc == IDBC_OK)
		rc = check_type(b, name, json);
	if (rc == IDBC_OK && !b->carried && !strcmp(name, "mfa_factors"))
		rc = check_factors(json, b->err);
	if (rc == IDBC_OK)
		rc = add_member(b, &path, json);
	buf_free(&path);
	return rc;
}

static int check_required(const struct builder *b, const json_t *root)
{
	char code[sizeof(b->err->code)];

	for (size_t i = 0; i < b->rules->nrequired; i++) {
		const char *field = b->rules->required[i];
		const json_t *json = tree_get(root, field);

		if (json && !(json_is_string(json) && !json_string_length(json)))
			continue;
		snprintf(code, sizeof(code), "%s_required", field);
		return refuse(b, code, field, "is required");
	}
	return IDBC_OK;
}

static int add_all(struct builder *b, const json_t *root)
{
	const char *key;
	json_t *member;
	int rc = b->carried ? IDBC_OK : check_required(b, root);

	for (size_t i = 0; i < canon_count && rc == IDBC_OK; i++) {
		member = json_object_get(root, canon_fields[i].name);
		if (member)
			rc = add_root(b, canon_fields[i].name, member);
	}
	if (rc != IDBC_OK)
		return rc;
	json_object_foreach((json_t *)root, key, member) {
		if (!canon_find(key))
			rc = add_root(b, key, member);
		if (rc != IDBC_OK)
			break;
	}
	return rc;
}

static int hand_over(struct builder *b, int rc, struct profile_fields *out)
{
	struct profile_fields made = { b->fields, b->n, b->held };

	if (rc != IDBC_OK)
		profile_fields_free(&made);
	else
		*out = made;
	return rc;
}

int profile_for_create(const struct idbc_profile *profile, const struct profile_rules *rules,
		       uint32_t self_service, struct profile_fields *out,
		       struct idbc_error *err)
{
	struct builder b = { .rules = rules, .self_service = self_service, .held = json_array(),
		.err = err };
	int rc;

	if (!b.held || profile_tree_of(profile))
		rc = err_nomem(err, "profile");
	else
		rc = add_all(&b, profile->root);
	return hand_over(&b, rc, out);
}

/* --- from another store ---------------------------------------------------------------- */
static int is_flag(const char *name)
{
	static const char *const flags[] = { "deleted", "password_expired", "locked_out",
		"login.failed", "migrated" };

	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
		if (!strcmp(flags[i], name))
			return 1;
	return 0;
}

/* A value by itself goes over as it is, and so of its own kind; what belongs to a document is
 * put together first, since this store may part it elsewhere. */
static int is_single(const struct idbc_field *field)
{
	return !strchr(field->name, '.') && field->value.kind != IDBC_KIND_JSON;
}

static int carry_single(struct builder *b, const struct idbc_field *field)
{
	int rc = field->value.kind == IDBC_KIND_NULL ? IDBC_OK
		: check_syntax(b, field->name, (struct idbc_value *)&field->value);

	return rc == IDBC_OK ? add_field(b, field->name, &field->value) : rc;
}

static int carry_all(struct builder *b, const struct idbc_field *fields, size_t n,
		     struct idbc_profile *documents)
{
	int rc = IDBC_OK;

	for (size_t i = 0; i < n && rc == IDBC_OK; i++) {
		if (is_flag(fields[i].name))
			continue;
		if (is_single(&fields[i]))
			rc = carry_single(b, &fields[i]);
		else if (profile_add(documents, fields[i].name, &fields[i].value))
			rc = err_nomem(b->err, "profile");
	}
	if (rc == IDBC_OK && profile_tree_of(documents))
		rc = err_nomem(b->err, "profile");
	return rc == IDBC_OK ? add_all(b, documents->root) : rc;
}

int profile_for_carry(const struct idbc_field *fields, size_t n,
		      const struct profile_rules *rules, struct profile_fields *out,
		      struct idbc_error *err)
{
	struct builder b = { .rules = rules, .carried = 1, .held = json_array(), .err = err };
	struct idbc_profile *documents = NULL;
	int rc = b.held ? profile_new(&documents, err) : err_nomem(err, "profile");

	if (rc == IDBC_OK)
		rc = carry_all(&b, fields, n, documents);
	profile_free(documents);
	return hand_over(&b, rc, out);
}

void profile_fields_free(struct profile_fields *fields)
{
	free(fields->fields);
	json_decref(fields->owner);
	memset(fields, 0, sizeof(*fields));
}

const struct idbc_value *profile_field(const struct profile_fields *fields, const char *name)
{
	for (size_t i = 0; i < fields->n; i++)
		if (!strcmp(fields->fields[i].name, name))
			return &fields->fields[i].value;
	return NULL;
}
