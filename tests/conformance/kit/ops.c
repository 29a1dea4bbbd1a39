/* tests/conformance/kit/ops.c - what the cases of the operations share.  Threads: as kit.h.
 */
#include <stdlib.h>
#include "base/text.h"
#include "ops.h"

const char *const ops_hostile[] = {
	"' OR '1'='1", "' OR 1=1 -- ", "\" OR \"\"=\"", "'; DROP TABLE users; --", "x' UNION SELECT 1",
	"%", "_", "%%", "*", "?", "a*", "[a-z]*", ".*", "*)(uid=*", ")(|(uid=*", "*)(objectClass=*",
	"\\2a", "\\", "\\\\", "\\'", "\\\" OR 1=1", "$(reboot)", "`reboot`", "; reboot", "| cat",
	"&& true", "${HOME}", "../../etc/passwd", "/etc/passwd", "%s%s%s%n", "{{7*7}}", "<script>",
	"NULL", "null", "0", "-1", "true", "undefined", "\xf0\x9f\x92\xa3' --", "\xc2\xbf'", NULL
};

const char *const ops_letters[] = {
	"O'Neil", "say \"hi\"", "back\\slash", "trailing\\", "100%", "under_score", "semi;colon",
	"(paren)*&|!=<>~", "#hash, comma", "a+b", "tab\there", "line\nbreak", "  blanks  ",
	"\xc3\xa9t\xc3\xa9", "e\xcc\x81te\xcc\x81", "\xc3\x9f", "\xe6\xbc\xa2\xe5\xad\x97",
	"\xf0\x9f\x98\x80 smile", "\xf0\xa0\x9c\x8e", "\xf4\x8f\xbf\xbd", "\xd7\xa9\xd7\x9c",
	"\xef\xbb\xbf" "bom", "$1 ? :name @x", "{\"json\": 1}", "NULL", "0", "true", "1e9", NULL
};

const char *ops_field(uint32_t by)
{
	static const char *const fields[] = { "login", "user_id", "email", "username",
					      "phone_number" };

	return fields[by];
}

/* --- reading ----------------------------------------------------------------------------- */
int ops_login(struct kit *k, void *s, uint32_t by, struct idbc_str identifier,
	      struct idbc_str password, struct kit_rows *rows, struct idbc_error *err)
{
	struct idbc_str none = { NULL, 0 };

	kit_rows_init(k, rows);
	return kit_login(k, s, by, identifier, kit_has(k, KIT_DECIDES) ? password : none, rows,
			 err);
}

struct kit_user *ops_draft(struct kit *k, const struct kit_user *like)
{
	struct kit_user *user = kit_draft(k);

	if (!like) {
		struct kit_parts parts = kit_credential(k, user, user->password);

		for (; user->nparts < parts.n && user->nparts < 4; user->nparts++)
			user->parts[user->nparts] = parts.parts[user->nparts];
		return user;
	}
	user->password = like->password;
	memcpy(user->parts, like->parts, sizeof(user->parts));
	user->nparts = like->nparts;
	return user;
}

void ops_want_him(struct kit *k, const struct kit_rows *rows, const struct kit_user *user)
{
	if (rows->n != 1)
		kit_fail(k, "one row", "%zu rows", rows->n);
	kit_want_str(k, "user id", rows->row[0].id, user->id);
}

struct kit_row *ops_row(struct kit *k, void *s, const struct kit_user *user)
{
	struct kit_rows rows;
	struct idbc_error err;
	int rc;

	kit_rows_init(k, &rows);
	rc = kit_get_user(k, s, IDBC_BY_USER_ID, user->id, &rows, &err);
	kit_want(k, rc, &err, IDBC_OK);
	ops_want_him(k, &rows, user);
	return &rows.row[0];
}

struct kit_parts ops_stored(struct kit *k, void *s, const struct kit_user *user)
{
	struct kit_rows rows;
	struct idbc_error err;

	kit_want(k, ops_login(k, s, IDBC_BY_USER_ID, user->id, user->password, &rows, &err),
		 &err, IDBC_OK);
	ops_want_him(k, &rows, user);
	return (struct kit_parts){ rows.row[0].parts, rows.row[0].nparts };
}

static int is_named(const char *const *names, const char *name)
{
	for (; names && *names; names++)
		if (!strcmp(*names, name))
			return 1;
	return 0;
}

/* The store keeps these itself, and two clocks may be in it. */
static int may_change(const char *const *but, const char *name)
{
	static const char *const kept[] = { "updated_at", "last_password_reset", NULL };

	return is_named(but, name) || is_named(kept, name);
}

static int is_null(const struct idbc_value *value)
{
	return !value || value->kind == IDBC_KIND_NULL;
}

static void want_fields(struct kit *k, const struct kit_row *now, const struct kit_row *before,
			const char *const *but)
{
	for (size_t i = 0; i < before->nfields; i++) {
		const char *name = before->fields[i].name;
		const struct idbc_value *then = &before->fields[i].value;
		const struct idbc_value *value = kit_field(now, name);

		if (may_change(but, name) || (is_null(then) && is_null(value)))
			continue;
		if (!value || !kit_value_same(value, then))
			kit_fail(k, "the field as it was", "another \"%s\"", name);
	}
}

void ops_want_kept(struct kit *k, void *s, const struct kit_user *user,
		   const struct kit_row *before, const char *const *but)
{
	const struct kit_row *now = ops_row(k, s, user);

	want_fields(k, now, before, but);
	want_fields(k, before, now, but);
}

void ops_want_there(struct kit *k, void *s, const struct kit_user *user)
{
	for (const uint32_t *by = kit_kinds(k, user); *by != KIT_NO_KIND; by++)
		kit_want_found(k, s, *by, kit_identifier(user, *by), user->id);
}

void ops_want_gone(struct kit *k, void *s, const struct kit_user *user)
{
	for (const uint32_t *by = kit_kinds(k, user); *by != KIT_NO_KIND; by++) {
		struct idbc_str identifier = kit_identifier(user, *by);

		kit_want_nobody(k, s, *by, identifier);
		ops_want_no_login(k, s, *by, identifier, user->password);
	}
}

void ops_want_no_login(struct kit *k, void *s, uint32_t by, struct idbc_str identifier,
		       struct idbc_str password)
{
	static const int decided[] = { IDBC_NO_USER, IDBC_DENIED, -1 };
	struct kit_rows rows;
	struct idbc_error err;
	int rc = ops_login(k, s, by, identifier, password, &rows, &err);

	if (kit_has(k, KIT_DECIDES))
		kit_want_any(k, rc, &err, decided);
	else
		kit_want(k, rc, &err, IDBC_NO_USER);
	if (rows.n)
		kit_fail(k, "no row", "%zu rows", rows.n);
}

/* --- through the connector --------------------------------------------------------------- */
static const char *text(struct kit *k, struct idbc_str s)
{
	return kit_keep(k, s.ptr, s.len);
}

int ops_try_in(struct kit *k, const struct kit_user *user, struct idbc_str password,
	       struct idbc_error *err)
{
	struct idbc_error clear = IDBC_ERROR_INIT;
	struct idbc_profile *profile = NULL;
	struct idbc_str id;
	int rc;

	*err = clear;
	rc = idbc_login(kit_store(k), text(k, user->login), text(k, password), &profile, err);
	if (rc == IDBC_OK && user->id.len) {
		id = kit_s(idbc_profile_get(profile, "user_id"));
		kit_want_str(k, "user id", id, kit_s(kit_public_id(k, user->id)));
	}
	idbc_profile_free(profile);
	return rc;
}

void ops_want_in(struct kit *k, const struct kit_user *user, struct idbc_str password)
{
	struct idbc_error err;
	int rc;

	kit_ask(k, "login through the connector with his password");
	rc = ops_try_in(k, user, password, &err);
	kit_want(k, rc, &err, IDBC_OK);
}

void ops_want_out(struct kit *k, const struct kit_user *user, struct idbc_str password)
{
	struct idbc_error err;
	int rc;

	kit_ask(k, "login through the connector with a password that is not his");
	rc = ops_try_in(k, user, password, &err);
	kit_want(k, rc, &err, IDBC_DENIED);
}

/* --- what the configuration says --------------------------------------------------------- */
uint32_t ops_fold(struct kit *k, uint32_t by)
{
	return kit_config(k)->lookup.fold[by];
}

int ops_equal(struct kit *k, uint32_t by, struct idbc_str a, struct idbc_str b)
{
	return text_same(ops_fold(k, by), a.ptr, a.len, b.ptr, b.len);
}

int ops_keeps_apart(struct kit *k, uint32_t by)
{
	const struct config_lookup *lookup = &kit_config(k)->lookup;

	for (uint32_t i = 0; i < lookup->nlogin; i++)
		if (lookup->login_by[i] == by)
			return 1;
	return 0;
}

struct idbc_str ops_upper(struct kit *k, struct idbc_str in)
{
	char *out = kit_keep(k, in.ptr, in.len);

	for (size_t i = 0; i < in.len; i++)
		if (out[i] >= 'a' && out[i] <= 'z')
			out[i] = (char)(out[i] - 'a' + 'A');
	return (struct idbc_str){ out, in.len };
}

/* --- writing ----------------------------------------------------------------------------- */
void ops_want_refused(struct kit *k, int rc, const struct idbc_error *err)
{
	static const int any[] = { IDBC_INVALID, IDBC_CONFLICT, IDBC_EXISTS, IDBC_UNSUPPORTED,
				   IDBC_DATA, -1 };

	kit_want_any(k, rc, err, any);
	kit_want_effect(k, err, IDBC_EFFECT_NONE);
}

void ops_skip_unmapped(struct kit *k, int rc, const struct idbc_error *err)
{
	if (rc == IDBC_UNSUPPORTED)
		kit_skip(k, "the store does not do this: %s", err->code[0] ? err->code
									    : err->text);
	if (rc == IDBC_CONFLICT && !strcmp(err->code, "read_only"))
		kit_skip(k, "the store takes no writes");
}

int ops_tells_verified(struct kit *k, void *s)
{
	struct kit_user *user = ops_draft(k, NULL);
	struct kit_rows rows;
	struct idbc_error err;

	if (!kit_accepts(k, "email_verified"))
		return 0;
	kit_user_set(k, user, kit_field_i64("email_verified", IDBC_KIND_BOOL, 0));
	kit_rows_init(k, &rows);
	return kit_make_user(k, s, user, &rows, &err) == IDBC_OK &&
	       ops_flag(ops_row(k, s, user), "email_verified") != 1;
}

void ops_renew(struct kit *k, void **session, int rc)
{
	if (IDBC_STATUS_CLASS(rc) < 3 || rc == IDBC_CANCELLED || rc == IDBC_DATA)
		return;
	kit_disconnect(k, *session);
	*session = kit_connect(k);
}

int ops_flag(const struct kit_row *row, const char *name)
{
	const struct idbc_value *value = kit_field(row, name);
	struct idbc_str text;

	if (!value || value->kind == IDBC_KIND_NULL)
		return -1;
	if (value->kind == IDBC_KIND_BOOL || value->kind == IDBC_KIND_I64)
		return value->u.i64 != 0;
	text = value->u.str;
	return text.len == 1 ? text.ptr[0] == '1' || text.ptr[0] == 't'
			     : kit_same(text, kit_s("true"));
}
