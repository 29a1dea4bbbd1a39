/* drivers/sql/user/request.c - one statement upon a table of our own.  Threads: the session's.
 */
#include "sql/user/request.h"
#include "sql/codec/codec.h"

#include <string.h>

void request_begin(struct request *r, struct session *s, const char *table)
{
	r->session = s;
	r->table = table;
	r->text = (struct sql_text)SQL_TEXT_INIT(&s->arena, s->plan->dialect);
	r->nargs = 0;
}

void request_text(struct request *r, const struct idbc_str *value)
{
	const struct dialect *d = r->text.dialect;

	text_put(&r->text, "%s?%s", d->text_open, d->text_close);
	r->args[r->nargs++] = (struct idbc_value){ .kind = IDBC_KIND_STR, .u.str = *value };
}

void request_name(struct request *r, const char *name)
{
	request_text(r, &(struct idbc_str){ name, strlen(name) });
}

void request_count(struct request *r, int64_t n)
{
	const struct dialect *d = r->text.dialect;

	text_put(&r->text, "%s?%s", d->count_open, d->count_close);
	r->args[r->nargs++] = (struct idbc_value){ .kind = IDBC_KIND_I64, .u.i64 = n };
}

int request_write(struct request *r, int64_t *rows, struct idbc_error *err)
{
	struct query q = { r->text.s, r->args, r->nargs, r->table };

	*rows = 0;
	if (r->text.failed)
		return call_nomem(r->session, err);
	return call_write(r->session, &q, rows, NULL, err);
}

int request_insert(struct request *r, int64_t *rows, struct idbc_error *err)
{
	int rc = request_write(r, rows, err);

	if (rc != IDBC_EXISTS)
		return rc;
	call_clear(err);
	*rows = 0;
	return IDBC_OK;
}

int request_open(struct request *r, uint32_t ncols, struct cursor *c, struct idbc_error *err)
{
	struct query q = { r->text.s, r->args, r->nargs, NULL };

	memset(c, 0, sizeof(*c));
	c->session = r->session;
	if (r->text.failed)
		return call_nomem(r->session, err);
	return cursor_open(r->session, &q, ncols, c, err);
}

int64_t request_number(const struct idbc_value *v)
{
	struct idbc_str text = value_str(v);
	int64_t n = 0;

	if (v->kind == IDBC_KIND_I64 || v->kind == IDBC_KIND_BOOL)
		return v->u.i64;
	return codec_i64(text.ptr, text.len, &n) ? 0 : n;
}
