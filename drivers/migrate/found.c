/* drivers/migrate/found.c - job: rows kept as one store told them.
 * Threads: one call's; no lock.
 */
#include <stdlib.h>
#include <string.h>
#include "found.h"

#define BLOCK 4096u

struct found_block {
	struct found_block *next;
	size_t used, size;
	_Alignas(16) char bytes[];
};

/* --- memory ------------------------------------------------------------------------------ */
static void *take(struct found *f, size_t bytes)
{
	struct found_block *block = f->blocks;
	size_t size = bytes > BLOCK ? bytes : BLOCK;

	bytes = (bytes + 15u) & ~(size_t)15u;
	if (!block || block->size - block->used < bytes) {
		size = bytes > size ? bytes : size;
		block = malloc(sizeof(*block) + size);
		if (!block)
			return NULL;
		block->next = f->blocks;
		block->used = 0;
		block->size = size;
		f->blocks = block;
	}
	block->used += bytes;
	return block->bytes + block->used - bytes;
}

static int no_memory(struct found *f)
{
	f->nomem = 1;
	return -1;
}

static int keep(struct found *f, const struct idbc_str *in, struct idbc_str *out)
{
	char *copy = take(f, in->len + 1);

	if (!copy)
		return no_memory(f);
	if (in->len)
		memcpy(copy, in->ptr, in->len);
	copy[in->len] = '\0';
	*out = (struct idbc_str){ copy, in->len };
	return 0;
}

/* A larger copy of `n` elements; what was there is wiped with the rest. */
static void *grown(struct found *f, const void *old, size_t n, size_t room, size_t each)
{
	void *more = take(f, room * each);

	if (more && n)
		memcpy(more, old, n * each);
	return more;
}

static int keep_field(struct found *f, const char *name, const struct idbc_value *value,
		      struct idbc_field *out)
{
	const struct idbc_str bytes = { name, strlen(name) };
	struct idbc_str copy;

	if (keep(f, &bytes, &copy))
		return -1;
	out->name = copy.ptr;
	out->value = *value;
	if (value->kind != IDBC_KIND_STR && value->kind != IDBC_KIND_BYTES &&
	    value->kind != IDBC_KIND_JSON)
		return 0;
	return keep(f, &value->u.str, &out->value.u.str);
}

/* --- the sink ---------------------------------------------------------------------------- */
static struct found_row *last(struct found *f)
{
	return &f->rows[f->n - 1];
}

static int on_row(struct idbc_sink *sink, const struct idbc_str *id,
		  const struct idbc_str *matched)
{
	struct found *f = (struct found *)sink;

	if (f->n == f->room) {
		size_t room = f->room ? f->room * 4 : 2;
		struct found_row *rows = grown(f, f->rows, f->n, room, sizeof(*rows));

		if (!rows)
			return no_memory(f);
		f->rows = rows;
		f->room = room;
	}
	memset(&f->rows[f->n++], 0, sizeof(*f->rows));
	return keep(f, id, &last(f)->id) || keep(f, matched, &last(f)->matched) ? -1 : 0;
}

static int is_true(const struct idbc_value *value)
{
	return value->kind == IDBC_KIND_BOOL && value->u.i64;
}

static int on_field(struct idbc_sink *sink, const char *name, const struct idbc_value *value)
{
	struct found *f = (struct found *)sink;
	struct found_row *row = last(f);

	if (!strcmp(name, "migrated")) {
		row->marked |= is_true(value);
		return 0;
	}
	row->deleted |= !strcmp(name, "deleted") && is_true(value);
	if (row->n == row->room) {
		size_t room = row->room ? row->room * 2 : 16;
		struct idbc_field *fields = grown(f, row->fields, row->n, room, sizeof(*fields));

		if (!fields)
			return no_memory(f);
		row->fields = fields;
		row->room = room;
	}
	if (keep_field(f, name, value, &row->fields[row->n]))
		return -1;
	row->n++;
	return 0;
}

static int on_credential(struct idbc_sink *sink, const struct idbc_field *parts, size_t nparts)
{
	struct found *f = (struct found *)sink;
	struct found_row *row = last(f);

	for (size_t i = 0; i < nparts && row->nparts < FOUND_PARTS; i++) {
		if (keep_field(f, parts[i].name, &parts[i].value, &row->parts[row->nparts]))
			return -1;
		row->nparts++;
	}
	return 0;
}

static void on_passed_over(struct idbc_sink *sink, uint32_t why)
{
	struct found *f = (struct found *)sink;

	if (why < 32)
		f->passed |= 1u << why;
}

/* --- the whole --------------------------------------------------------------------------- */
void found_init(struct found *f)
{
	memset(f, 0, sizeof(*f));
	f->sink.size = sizeof(f->sink);
	f->sink.row = on_row;
	f->sink.field = on_field;
	f->sink.credential = on_credential;
	f->sink.passed_over = on_passed_over;
}

void found_free(struct found *f)
{
	struct found_block *block = f->blocks, *next;

	for (; block; block = next) {
		next = block->next;
		explicit_bzero(block->bytes, block->used);
		free(block);
	}
	found_init(f);
}

const struct found_row *found_one(const struct found *f)
{
	return f->n == 1 ? &f->rows[0] : NULL;
}

int found_tell(const struct found *f, struct idbc_sink *sink)
{
	int rc = 0;

	for (uint32_t why = 0; IDBC_HAS(sink, passed_over) && sink->passed_over && why < 32; why++)
		if (f->passed & (1u << why))
			sink->passed_over(sink, why);
	for (size_t i = 0; rc == 0 && i < f->n; i++) {
		const struct found_row *row = &f->rows[i];

		rc = sink->row(sink, &row->id, &row->matched);
		for (size_t j = 0; rc == 0 && j < row->n; j++)
			rc = sink->field(sink, row->fields[j].name, &row->fields[j].value);
	}
	return rc;
}

const struct idbc_field *found_field(const struct found_row *row, const char *name)
{
	for (size_t i = 0; i < row->n; i++)
		if (!strcmp(row->fields[i].name, name))
			return &row->fields[i];
	return NULL;
}

const struct idbc_value *found_value(const struct found_row *row, const char *name)
{
	const struct idbc_field *field = found_field(row, name);

	return field && field->value.kind != IDBC_KIND_NULL ? &field->value : NULL;
}

int found_is_profile(const char *name)
{
	static const char *const flags[] = {
		"user_id", "deleted", "password_expired", "locked_out", "login.failed",
	};

	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
		if (!strcmp(flags[i], name))
			return 0;
	return 1;
}
