/* drivers/sql/user/change_document.c - members of JSON columns on their way into the store: all
 * that one operation changes in one column makes one new document, out of the one that
 * stands in the locked row.  Threads: the session's.
 */
#include "sql/user/change.h"

#include <string.h>

static struct map_place column_of(const struct map_place *place)
{
	struct map_place column = *place;

	column.json = NULL;
	return column;
}

static const char *place_name(const struct map_place *place)
{
	return place->eav ? place->eav : place->col;
}

/* As the column's type wants it bound. */
static int put_text(struct write *w, struct changes *c, const struct map_place *column,
		    const struct idbc_str *text)
{
	struct idbc_value value = { .kind = IDBC_KIND_STR, .u.str = *text };

	if (codec_is_bytes(plan_place_kind(w->session->plan, column)))
		value.kind = IDBC_KIND_BYTES;
	return changes_put(w, c, column, &value, NULL);
}

int changes_create_documents(struct write *w, struct changes *c, struct idbc_error *err)
{
	const struct mapping *m = w->session->plan->mapping;

	for (size_t i = 0; i < m->ndocuments; i++) {
		struct idbc_str text = { m->documents[i].text, strlen(m->documents[i].text) };

		if (put_text(w, c, &m->documents[i].place, &text))
			return call_nomem(w->session, err);
	}
	return IDBC_OK;
}

/* --- the document that members go into ---------------------------------------------------- */

static int is_blank(const struct idbc_value *v)
{
	struct idbc_str text = value_str(v);

	for (size_t i = 0; i < text.len; i++)
		if (!strchr(" \t\r\n", text.ptr[i]))
			return 0;
	return 1;
}

/* Changed already by this operation, else stored, else what a create would begin with. */
static struct idbc_value base_of(struct write *w, const struct changes *c,
				 const struct map_place *column, int stored)
{
	const struct mapping *m = w->session->plan->mapping;
	const struct idbc_value *v = NULL;
	struct idbc_value none = { .kind = IDBC_KIND_NULL };

	for (size_t i = 0; i < c->n; i++)
		if (mapping_same_member(&c->items[i].place, column))
			return c->items[i].value;
	if (stored)
		v = user_column(w->session, w->user, column);
	if (v && !is_blank(v))
		return *v;
	for (size_t i = 0; i < m->ndocuments; i++)
		if (mapping_same_place(&m->documents[i].place, column))
			return (struct idbc_value){ .kind = IDBC_KIND_STR,
				.u.str = { m->documents[i].text, strlen(m->documents[i].text) } };
	return none;
}

static int refuse(struct write *w, int rc, const struct change *change, struct idbc_error *err)
{
	struct session *s = w->session;
	const char *field = change->field ? change->field->name : place_name(&change->place);

	if (rc == CODEC_MALFORMED)
		return s->host->fail(s->host, err, IDBC_CONFLICT, "malformed_document",
				     "\"%s\" holds no JSON that could be changed: %s is not written",
				     place_name(&change->place), field);
	if (rc == CODEC_BLOCKED)
		return s->host->fail(s->host, err, IDBC_CONFLICT, "path_blocked",
				     "the document in \"%s\" has no place for %s",
				     place_name(&change->place), field);
	return call_nomem(s, err);
}

static int merge(struct write *w, struct changes *c, const struct change *change, int stored,
		 struct idbc_error *err)
{
	struct map_place column = column_of(&change->place);
	struct idbc_value base = base_of(w, c, &column, stored);
	struct idbc_str text;
	int rc = codec_document(&base, change->place.json, &change->value, &w->session->arena,
				&text);

	if (rc == CODEC_OK && put_text(w, c, &column, &text))
		rc = CODEC_NOMEM;
	return rc == CODEC_OK ? IDBC_OK : refuse(w, rc, change, err);
}

/* --- all of them --------------------------------------------------------------------------- */

static void drop_members(struct changes *c)
{
	size_t kept = 0;

	for (size_t i = 0; i < c->n; i++)
		if (!c->items[i].place.json)
			c->items[kept++] = c->items[i];
	c->n = kept;
}

int changes_documents(struct write *w, struct changes *c, int stored, struct idbc_error *err)
{
	size_t n = c->n;
	int rc = IDBC_OK;

	for (size_t i = 0; rc == IDBC_OK && i < n; i++) {
		struct change change = c->items[i];     /* the list may grow and move */

		if (change.place.json)
			rc = merge(w, c, &change, stored, err);
	}
	if (rc == IDBC_OK)
		drop_members(c);
	return rc;
}
