/* drivers/sql/override/override_columns.c - the columns of an answer in SQL of the author's own, known
 * by the names that the statement gives them, in any letter case; their values, as a
 * profile shows them.  Threads: the session's.
 */
#include "sql/override/override.h"
#include "sql/base/ascii.h"
#include "sql/base/names.h"

#include <string.h>

/* --- what a column is --------------------------------------------------------------- */

static const struct answer_column known[] = {
	{ "user_id", ROLE_ID, FORM_TEXT }, { "pw_hash", ROLE_HASH, FORM_TEXT },
	{ "pw_salt", ROLE_SALT, FORM_TEXT }, { "matched", ROLE_MATCHED, FORM_TEXT },
	{ "email", ROLE_FIELD, FORM_TEXT }, { "username", ROLE_FIELD, FORM_TEXT },
	{ "phone_number", ROLE_FIELD, FORM_TEXT }, { "email_verified", ROLE_FIELD, FORM_FLAG },
	{ "phone_verified", ROLE_FIELD, FORM_FLAG }, { "blocked", ROLE_FIELD, FORM_FLAG },
	{ "deleted", ROLE_FIELD, FORM_FLAG }, { "password_expired", ROLE_FIELD, FORM_FLAG },
	{ "locked_out", ROLE_FIELD, FORM_FLAG }, { "migrated", ROLE_FIELD, FORM_FLAG },
	{ "created_at", ROLE_FIELD, FORM_TIME }, { "updated_at", ROLE_FIELD, FORM_TIME },
	{ "last_login", ROLE_FIELD, FORM_TIME },
	{ "last_password_reset", ROLE_FIELD, FORM_TIME },
	{ "logins_count", ROLE_FIELD, FORM_INTEGER }, { "name", ROLE_FIELD, FORM_TEXT },
	{ "given_name", ROLE_FIELD, FORM_TEXT }, { "family_name", ROLE_FIELD, FORM_TEXT },
	{ "nickname", ROLE_FIELD, FORM_TEXT }, { "picture", ROLE_FIELD, FORM_TEXT },
	{ "last_ip", ROLE_FIELD, FORM_TEXT }, { "user_metadata", ROLE_FIELD, FORM_JSON },
	{ "app_metadata", ROLE_FIELD, FORM_JSON }, { "identities", ROLE_FIELD, FORM_JSON },
	{ "mfa_factors", ROLE_FIELD, FORM_JSON },
};
#define NKNOWN (sizeof(known) / sizeof(known[0]))

/* A field of the mapping keeps its kind of value; the value itself comes ready made. */
static uint32_t form_of(const struct map_field *f)
{
	if (f->kind == MAP_LIST || f->type == MAP_PHP || (f->place.json && f->type == MAP_TEXT))
		return FORM_JSON;
	if (f->kind == MAP_EXISTS || f->type == MAP_FLAG)
		return FORM_FLAG;
	return f->type == MAP_TIME ? FORM_TIME : f->type == MAP_INTEGER ? FORM_INTEGER : FORM_TEXT;
}

static int is_bag(const char *name)
{
	return !strncmp(name, "app_metadata.", 13) || !strncmp(name, "user_metadata.", 14);
}

int answer_column(const struct mapping *m, const char *name, struct answer_column *out)
{
	for (size_t i = 0; i < NKNOWN; i++)
		if (ascii_same(known[i].name, name)) {
			*out = known[i];
			return 1;
		}
	for (size_t i = 0; i < m->nfields; i++) {
		const struct map_field *f = &m->fields[i];

		if (!ascii_same(f->name, name))
			continue;
		*out = (struct answer_column){ f->name, ROLE_FIELD, form_of(f) };
		return 1;
	}
	*out = (struct answer_column){ name, ROLE_FIELD, is_bag(name) ? FORM_JSON : FORM_TEXT };
	return name_is_field(name);
}

static int is_there(const struct mapping *m, const struct sql_column *cols, uint32_t n,
		    uint32_t role)
{
	struct answer_column c;

	for (uint32_t i = 0; i < n; i++)
		if (answer_column(m, cols[i].name, &c) &&
		    (c.role == role || (role == ROLE_ID && ascii_same(c.name, "id"))))
			return 1;
	return 0;
}

/* A field that can hold what is asked for, or what the statement says that it found. */
static int shows_identifier(const struct mapping *m, const struct sql_column *cols, uint32_t n)
{
	struct answer_column c;

	for (uint32_t i = 0; i < n; i++) {
		if (!answer_column(m, cols[i].name, &c))
			continue;
		if (c.role == ROLE_MATCHED)
			return 1;
		for (uint32_t j = 0; j < m->nlogin; j++)
			if (c.role == ROLE_FIELD && !strcmp(c.name, mapping_by_field(m->login_by[j])))
				return 1;
	}
	return 0;
}

int override_check_columns(const struct mapping *m, uint32_t operation,
			   const struct sql_column *cols, uint32_t n, struct arena *arena,
			   const char **wrong)
{
	struct answer_column a, b;

	*wrong = NULL;
	for (uint32_t i = 0; i < n && !*wrong; i++) {
		if (!answer_column(m, cols[i].name, &a))
			*wrong = arena_printf(arena, "column %u of the answer needs a name: "
					      "AS field, or AS \"app_metadata.field\"", i + 1);
		for (uint32_t j = 0; j < i && !*wrong; j++)
			if (answer_column(m, cols[j].name, &b) && !strcmp(a.name, b.name))
				*wrong = arena_printf(arena, "the answer names \"%.64s\" twice", a.name);
	}
	if (!*wrong && !is_there(m, cols, n, ROLE_ID))
		*wrong = "the answer has no column \"user_id\"";
	if (!*wrong && operation == MAP_LOGIN && !is_there(m, cols, n, ROLE_HASH))
		*wrong = "the answer has no column \"pw_hash\"";
	if (!*wrong && !shows_identifier(m, cols, n))
		*wrong = "the answer shows no field of users.login.by, and no \"matched\"";
	return *wrong || arena->failed ? -1 : 0;
}

/* --- values ------------------------------------------------------------------------- */

static const struct map_value yes_no[] = {
	{ .source = MAP_BOOL, .link = -1, .i64 = 1 }, { .source = MAP_BOOL, .link = -1 },
};

/* A document, as a text that begins like one says it is. */
static int is_document(const struct idbc_value *v)
{
	size_t i = 0;

	if (v->kind != IDBC_KIND_STR)
		return 0;
	while (i < v->u.str.len && strchr(" \t\r\n", v->u.str.ptr[i]))
		i++;
	return i < v->u.str.len && (v->u.str.ptr[i] == '[' || v->u.str.ptr[i] == '{');
}

/* As codec_read() does. */
static int read_form(struct session *s, const struct answer_column *column,
		     const struct idbc_value *stored, struct idbc_value *out)
{
	struct map_field field = { .name = column->name, .type = MAP_TEXT };

	field.yes = (struct map_literals){ (struct map_value *)&yes_no[0], 1 };
	field.no = (struct map_literals){ (struct map_value *)&yes_no[1], 1 };
	field.time = MAP_DATETIME;
	if (column->form == FORM_FLAG)
		field.type = MAP_FLAG;
	else if (column->form == FORM_TIME)
		field.type = MAP_TIME;
	else if (column->form == FORM_INTEGER)
		field.type = MAP_INTEGER;
	else if (stored->kind == IDBC_KIND_NULL)
		return CODEC_ABSENT;
	if (field.type != MAP_TEXT)
		return codec_read(&field, stored, &s->arena, out);
	*out = *stored;
	if (column->form == FORM_JSON && is_document(stored))
		out->kind = IDBC_KIND_JSON;
	return CODEC_OK;
}

int answer_value(struct session *s, const struct answer_column *column,
		      const struct sql_column *from, const struct idbc_value *stored,
		      struct idbc_value *out)
{
	struct idbc_value value = typed_value(from, stored);
	int rc = read_form(s, column, &value, out);

	if (rc == CODEC_MALFORMED)
		s->host->log(s->host, IDBC_LOG_WARNING,
			     "an answer's \"%s\" is not what such a field holds, left out",
			     column->name);
	if (rc != CODEC_OK)
		return rc == CODEC_NOMEM ? -1 : 1;
	return out->kind != IDBC_KIND_TIME_US && value_copy(s, out, out) ? -1 : 0;
}
