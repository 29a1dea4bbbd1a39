/* connector/bulk/record.c - reads one user of an import file.
 *
 * Members of the profile stand under their names; what a getUser makes up by itself (a name out
 * of the address, the identity of the store that was asked, flags that are false and have no
 * place here) is passed over, since this store makes it up again.
 * Threads: any; no lock.
 */
#include <stdlib.h>
#include <string.h>
#include "base/err.h"
#include "base/text.h"
#include "bulk/record.h"
#include "bulk/when.h"
#include "config/node.h"

#define DEPTH_MAX 100

static int wrong(struct idbc_error *err, const char *code, const char *field, const char *what)
{
	size_t len = text_cut(field, strlen(field), 80);

	return err_code(err, IDBC_INVALID, "bulk", code, "\"%.*s\" %s", (int)len, field, what);
}

/* --- fields --------------------------------------------------------------------------------- */

static int room(struct record *r, struct idbc_error *err)
{
	size_t cap = r->cap ? r->cap * 2 : 24;
	struct idbc_field *fields;
	char **texts;

	if (r->n < r->cap)
		return IDBC_OK;
	fields = realloc(r->fields, cap * sizeof(*fields));
	if (fields)
		r->fields = fields;
	texts = realloc(r->texts, cap * sizeof(*texts));
	if (texts)
		r->texts = texts;
	if (!fields || !texts)
		return err_nomem(err, "bulk");
	r->cap = cap;
	return IDBC_OK;
}

static int add(struct record *r, const char *name, const struct idbc_value *value,
	       struct idbc_error *err)
{
	int rc = room(r, err);

	if (rc == IDBC_OK)
		r->fields[r->n++] = (struct idbc_field){ name, *value };
	return rc;
}

static int add_document(struct record *r, const char *name, const struct json_t *node,
			struct idbc_error *err)
{
	struct idbc_value value = { .kind = IDBC_KIND_JSON };
	char *text;
	int rc = room(r, err);

	if (rc != IDBC_OK)
		return rc;
	text = node_text(node);
	if (!text)
		return err_nomem(err, "bulk");
	r->texts[r->ntexts++] = text;
	value.u.str = (struct idbc_str){ text, strlen(text) };
	return add(r, name, &value, err);
}

static struct idbc_value str_value(const struct json_t *node)
{
	struct idbc_value value = { .kind = IDBC_KIND_STR };

	value.u.str.ptr = node_str(node, &value.u.str.len);
	return value;
}

static int add_node(struct record *r, const char *name, const struct json_t *node,
		    struct idbc_error *err)
{
	struct idbc_value value = { .kind = IDBC_KIND_NULL };

	switch (node_kind(node)) {
	case NODE_ABSENT:
	case NODE_NULL:
		return IDBC_OK;
	case NODE_STR:
		value = str_value(node);
		break;
	case NODE_BOOL:
		value.kind = IDBC_KIND_BOOL;
		value.u.i64 = node_true(node);
		break;
	case NODE_INT:
		value.kind = IDBC_KIND_I64;
		value.u.i64 = node_int(node);
		break;
	default:
		return add_document(r, name, node, err);
	}
	return add(r, name, &value, err);
}

/* --- members with rules of their own --------------------------------------------------------- */

static int add_text(struct record *r, const char *name, const struct json_t *node,
		    struct idbc_str *out, struct idbc_error *err)
{
	const char *code = !strcmp(name, "username") ? "invalid_username" : "invalid_phone";
	struct idbc_value value = str_value(node);

	if (!value.u.str.ptr)
		return wrong(err, "invalid_profile", name, "must be a string");
	if (!value.u.str.len)
		return IDBC_OK;
	if (text_has_control(value.u.str.ptr, value.u.str.len))
		return wrong(err, code, name,
			     "has control characters: nobody could be asked for by it");
	*out = value.u.str;
	return add(r, name, &value, err);
}

/* By the rule of a create: what this store holds already may break it, what is written may not. */
static int add_email(struct record *r, const struct json_t *node, struct idbc_error *err)
{
	struct idbc_value value = str_value(node);

	if (value.u.str.ptr && value.u.str.len && profile_check_email(&value.u.str, err) != IDBC_OK)
		return (int)err->status;
	return add_text(r, "email", node, &r->email, err);
}

static int add_flag(struct record *r, const struct idbc *conn, const char *name,
		    const struct json_t *node, struct idbc_error *err)
{
	if (node_kind(node) != NODE_BOOL)
		return wrong(err, "invalid_profile", name, "must be true or false");
	if (!strcmp(name, "email_verified"))
		r->verified = node_true(node);
	if (!node_true(node) && config_maps_field(conn->config, name) <= 0)
		return IDBC_OK;
	return add_node(r, name, node, err);
}

/* RFC 3339, or milliseconds since 1970. */
static int add_time(struct record *r, const char *name, const struct json_t *node,
		    struct idbc_error *err)
{
	struct idbc_value value = { .kind = IDBC_KIND_TIME_US };
	struct idbc_str text = { NULL, 0 };

	text.ptr = node_str(node, &text.len);
	if (node_kind(node) == NODE_INT && node_int(node) >= 0 &&
	    node_int(node) < INT64_C(253402300800000))
		value.u.i64 = node_int(node) * 1000;
	else if (!text.ptr || when_read(&text, &value.u.i64))
		return wrong(err, "invalid_time", name, "is no time as RFC 3339 writes it");
	return add(r, name, &value, err);
}

static int same(const struct json_t *node, const char *text, size_t len)
{
	size_t have = 0;
	const char *s = node_str(node, &have);

	return s && text && have == len && !memcmp(s, text, len);
}

/* As getUser makes them up of a user who has none. */
static int is_made_up(const struct json_t *root, const char *name, const struct json_t *node)
{
	size_t email_len = 0, username_len = 0, local;
	const char *email = node_str(node_get(root, "email"), &email_len);
	const char *username = node_str(node_get(root, "username"), &username_len);
	const char *at = email ? memrchr(email, '@', email_len) : NULL;

	local = at ? (size_t)(at - email) : email_len;
	if (!strcmp(name, "name"))
		return email ? same(node, email, email_len) : same(node, username, username_len);
	return email ? same(node, email, local) : same(node, username, username_len);
}

/* The first is that of the store that was asked; others are his. */
static int add_identities(struct record *r, const struct json_t *list, struct idbc_error *err)
{
	struct json_t *rest = node_kind(list) == NODE_LIST ? node_copy(list) : NULL;
	int rc = IDBC_OK;

	if (node_kind(list) != NODE_LIST)
		return wrong(err, "invalid_profile", "identities", "must be an array");
	if (!rest)
		return err_nomem(err, "bulk");
	if (node_count(rest) && !node_true(node_get(node_at(rest, 0), "isSocial")))
		node_drop_at(rest, 0);
	if (node_count(rest))
		rc = add_document(r, "identities", rest, err);
	node_free(rest);
	return rc;
}

/* The native id: without this connection's prefix, or without the one that the line's own first
 * identity shows to be another's. */
static int add_user_id(struct record *r, const struct idbc *conn, const struct json_t *root,
		       const struct json_t *node, struct idbc_error *err)
{
	const struct json_t *own = node_at(node_get(root, "identities"), 0);
	struct idbc_error ignored = IDBC_ERROR_INIT;
	struct idbc_value value = str_value(node);
	struct idbc_str id = value.u.str, native = { NULL, 0 };

	if (!id.ptr || !id.len)
		return wrong(err, "invalid_profile", "user_id", "must be a string");
	native.ptr = node_str(node_get(own, "user_id"), &native.len);
	if (native.ptr && native.len && native.len < id.len &&
	    id.ptr[id.len - native.len - 1] == '|' &&
	    !memcmp(id.ptr + id.len - native.len, native.ptr, native.len))
		id = native;
	else if (profile_native_id(&conn->config->profile, &id, &native, &ignored) == IDBC_OK)
		id = native;
	value.u.str = r->user_id = id;
	return add(r, "user_id", &value, err);
}

static int is_one_of(const char *name, const char *const *names)
{
	for (; *names; names++)
		if (!strcmp(*names, name))
			return 1;
	return 0;
}

static int add_member(struct record *r, const struct idbc *conn, int new_ids,
		      const struct node_member *m, struct idbc_error *err)
{
	static const char *const passwords[] = { "password", "password_hash",
		"custom_password_hash", NULL };
	static const char *const flags[] = { "email_verified", "blocked", "phone_verified", NULL };
	static const char *const times[] = { "created_at", "updated_at", "last_login",
		"last_password_reset", NULL };
	const char *name = strcmp(m->key, "metadata") ? m->key : "app_metadata";

	if (node_kind(m->value) == NODE_NULL || is_one_of(name, passwords))
		return IDBC_OK;
	if (!strcmp(name, "user_id"))
		return new_ids ? IDBC_OK : add_user_id(r, conn, r->root, m->value, err);
	if (!strcmp(name, "email"))
		return add_email(r, m->value, err);
	if (!strcmp(name, "username"))
		return add_text(r, name, m->value, &r->username, err);
	if (!strcmp(name, "phone_number"))
		return add_text(r, name, m->value, &r->phone, err);
	if (is_one_of(name, flags))
		return add_flag(r, conn, name, m->value, err);
	if (is_one_of(name, times))
		return add_time(r, name, m->value, err);
	if (!strcmp(name, "identities"))
		return add_identities(r, m->value, err);
	if ((!strcmp(name, "name") || !strcmp(name, "nickname")) && is_made_up(r->root, name, m->value))
		return IDBC_OK;
	return add_node(r, name, m->value, err);
}

/* --- his password ------------------------------------------------------------------------------ */

static void set_part(struct record *r, const char *name, const char *ptr, size_t len)
{
	r->parts[r->nparts++] = (struct idbc_field){ name, { IDBC_KIND_STR, 0,
		{ .str = { ptr, len } } } };
}

static int take_forms(struct record *r, const struct idbc *conn, struct idbc_error *err)
{
	struct password_carried kept;
	int rc = hashes_choose(r->forms, conn->policy, &kept, err);

	if (rc != IDBC_OK)
		return rc;
	set_part(r, "hash", kept.hash.ptr, kept.hash.len);
	if (kept.salt.len)
		set_part(r, "salt", kept.salt.ptr, kept.salt.len);
	for (size_t i = 0; i < r->forms->n; i++)
		if (r->forms->form[i].hash.ptr == kept.hash.ptr && *r->forms->form[i].scheme)
			set_part(r, "scheme", r->forms->form[i].scheme,
				 strlen(r->forms->form[i].scheme));
	return IDBC_OK;
}

static int take_password(struct record *r, const struct idbc *conn, struct idbc_error *err)
{
	const struct json_t *clear = node_get(r->root, "password"),
		*bare = node_get(r->root, "password_hash"),
		*custom = node_get(r->root, "custom_password_hash");
	size_t len = 0;
	const char *text;
	int rc;

	clear = node_kind(clear) == NODE_NULL ? NULL : clear;
	bare = node_kind(bare) == NODE_NULL ? NULL : bare;
	custom = node_kind(custom) == NODE_NULL ? NULL : custom;
	if (!clear + !bare + !custom < 2)
		return wrong(err, "invalid_profile", "password", "is given in more than one form");
	if (clear) {
		text = node_str(clear, &len);
		if (!text || !len)
			return wrong(err, "password_invalid", "password", "is no text, or empty");
		set_part(r, "clear", text, len);
		return IDBC_OK;
	}
	if (!bare && !custom)
		return IDBC_OK;
	r->forms = calloc(1, sizeof(*r->forms));
	if (!r->forms)
		return err_nomem(err, "bulk");
	hash_forms_init(r->forms);
	rc = bare ? hashes_bare(bare, r->forms, err) : hashes_custom(custom, r->forms, err);
	return rc == IDBC_OK ? take_forms(r, conn, err) : rc;
}

/* --- the whole ----------------------------------------------------------------------------------- */

static int parse(const char *json, size_t len, struct record *r, struct idbc_error *err)
{
	struct node_error where;

	if (len > RECORD_MAX_BYTES)
		return err_code(err, IDBC_INVALID, "bulk", "invalid_profile", "longer than 1 MiB");
	if (profile_text_depth(json, len) > DEPTH_MAX)
		return err_code(err, IDBC_INVALID, "bulk", "invalid_profile", "nested too deeply");
	r->root = node_parse(json, len, 0, &where);
	if (!r->root && where.nomem)
		return err_nomem(err, "bulk");
	if (!r->root)
		return err_code(err, IDBC_INVALID, "bulk", "invalid_json",
				where.duplicate ? "a key stands twice in one object"
						: "not a whole JSON object");
	if (node_kind(r->root) != NODE_OBJECT)
		return err_code(err, IDBC_INVALID, "bulk", "invalid_json", "not a JSON object");
	return IDBC_OK;
}

static int read_all(const struct idbc *conn, int new_ids, struct record *r, struct idbc_error *err)
{
	struct node_member member = { .at = NULL };
	int rc = IDBC_OK;

	while (rc == IDBC_OK && node_next(r->root, &member))
		rc = add_member(r, conn, new_ids, &member, err);
	if (rc == IDBC_OK && !r->email.len && !r->username.len && !r->phone.len)
		return err_code(err, IDBC_INVALID, "bulk", "identifier_required",
				"neither email nor username nor phone_number");
	return rc == IDBC_OK ? take_password(r, conn, err) : rc;
}

int record_read(const struct idbc *conn, const char *json, size_t len, int new_ids,
		struct record *out, struct idbc_error *err)
{
	struct record r = { .verified = -1 };
	int rc = parse(json, len, &r, err);

	if (rc == IDBC_OK)
		rc = read_all(conn, new_ids, &r, err);
	if (rc != IDBC_OK)
		record_free(&r);
	else
		*out = r;
	return rc;
}

void record_free(struct record *r)
{
	node_wipe(node_get(r->root, "password"));
	node_wipe(node_get(r->root, "password_hash"));
	for (size_t i = 0; i < r->ntexts; i++)
		free(r->texts[i]);
	free(r->texts);
	free(r->fields);
	if (r->forms)
		hash_forms_free(r->forms);
	free(r->forms);
	node_free(r->root);
	memset(r, 0, sizeof(*r));
}
