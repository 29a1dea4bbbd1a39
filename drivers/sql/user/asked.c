/* drivers/sql/user/asked.c - can a field be written here?  One that is read-only may be named
 * where it says what the store will say anyway.  Threads: the session's.
 */
#include "sql/user/asked.h"

#include <string.h>

static int equals(const struct idbc_value *v, const char *text, size_t len)
{
	struct idbc_str want = { text, len }, have = value_str(v);

	return v->kind == IDBC_KIND_STR && str_equal(&have, &want);
}

/* What a template would give of these fields. */
static int is_template_of(struct session *s, const struct idbc_field *fields, size_t n,
			  const struct map_field *f, const struct idbc_value *v)
{
	char *text = arena_printf(&s->arena, "%s", "");
	size_t len;

	for (size_t i = 0; text && i < f->npieces; i++) {
		const struct map_piece *piece = &f->pieces[i];
		const struct idbc_value *part = piece->field ? fields_get(fields, n, piece->field)
							     : NULL;
		struct idbc_str str = { "", 0 };

		if (part)
			str = value_str(part);
		text = arena_printf(&s->arena, "%s%s%.*s", text, piece->text ? piece->text : "",
				    (int)str.len, str.ptr);
	}
	if (!text)
		return 0;
	len = strlen(text);
	while (len && text[len - 1] == ' ')
		len--;
	for (; len && *text == ' '; len--)
		text++;
	return equals(v, text, len);
}

static int says_the_same(struct session *s, const struct idbc_field *fields, size_t n,
			 const struct map_field *f, const struct idbc_value *v)
{
	const struct map_value *constant = &f->constant;

	switch (f->kind) {
	case MAP_CONST:
		if (constant->source == MAP_BOOL || constant->source == MAP_I64)
			return v->kind != IDBC_KIND_STR && v->u.i64 == constant->i64;
		return constant->str && equals(v, constant->str, strlen(constant->str));
	case MAP_TEMPLATE:
		return is_template_of(s, fields, n, f, v);
	case MAP_EXISTS:
		return v->kind == IDBC_KIND_BOOL && !v->u.i64;
	case MAP_LIST:                  /* whoever is new has no rows of it */
		return v->kind == IDBC_KIND_JSON && v->u.str.len == 2 &&
		       !memcmp(v->u.str.ptr, "[]", 2);
	default:
		return 0;
	}
}

int asked_field(struct session *s, const struct idbc_field *fields, size_t nfields,
		const struct idbc_field *one, const struct map_field **out, struct idbc_error *err)
{
	const struct map_field *f = mapping_field(s->plan->mapping, one->name);

	*out = f && f->kind == MAP_COL && f->type != MAP_PHP ? f : NULL;
	if (*out || s->instance->ignore_unmapped ||
	    (f && says_the_same(s, fields, nfields, f, &one->value)))
		return IDBC_OK;
	return s->host->fail(s->host, err, IDBC_INVALID, "unmapped_field",
			     f ? "%s cannot be written in this store"
			       : "nothing in this store is mapped to %s", one->name);
}
