/* drivers/sql/user/lookup.c - which of the rows that a statement found are the users asked for.
 *
 * The statement keeps collation neighbours out; here every stored value is compared again
 * under the field's fold.  Within one field an exact match beats folded ones; rows of one
 * key are one user.  At most two users are kept per field, so nothing grows with the
 * number of rows.  Threads: the session's.
 */
#include "sql/user/lookup.h"
#include "sql/user/key.h"

#include <string.h>

#define FOLDED_MAX 4096         /* an identifier under a fold */

/* Of each field those who match exactly, and those under its fold.  Clear `count` first. */
struct buckets {
	struct { uint32_t exact[PLAN_MAX_FIELDS], folded[PLAN_MAX_FIELDS], deleted, unequal, hidden; } count;
	struct found exact[PLAN_MAX_FIELDS][LOOKUP_MAX], folded[PLAN_MAX_FIELDS][LOOKUP_MAX];
};
/* What one search is about. */
struct search {
	struct session *session;
	const struct plan_select *select;
	const struct idbc_str *asked;
	struct buckets *buckets;
	int borrows;                    /* a last row's values stay where they are */
};

int value_copy(struct session *s, const struct idbc_value *v, struct idbc_value *out)
{
	struct idbc_str str = value_str(v);

	*out = *v;
	if (v->kind == IDBC_KIND_NULL || v->kind == IDBC_KIND_BOOL || v->kind == IDBC_KIND_I64)
		return 0;
	out->u.str.ptr = arena_dup(&s->arena, str.ptr ? str.ptr : "", str.len);
	return out->u.str.ptr ? 0 : -1;
}

/* --- binding ------------------------------------------------------------------------- */

static int is_argument_fold(uint32_t fold)
{
	return fold == IDBC_FOLD_LOWER || fold == IDBC_FOLD_UPPER || fold == IDBC_FOLD_UCFIRST;
}

/* 1: bound, as a number or as nothing; a column of text takes the identifier as it is. */
static int bind_typed(const struct plan_arg *arg, const struct idbc_str *asked,
		      struct idbc_value *out)
{
	int64_t n;

	*out = (struct idbc_value){ .kind = IDBC_KIND_NULL };
	if (arg->type == SQL_COL_INTEGER && key_is_number(asked, &n))
		*out = (struct idbc_value){ .kind = IDBC_KIND_I64, .u.i64 = n };
	return arg->type == SQL_COL_INTEGER || (arg->type == SQL_COL_UUID && !key_is_uuid(asked));
}

/* Its own lower case, by any rule. */
static int is_lower(const struct idbc_str *asked)
{
	for (size_t i = 0; i < asked->len; i++)
		if (asked->ptr[i] & 0x80 || (asked->ptr[i] >= 'A' && asked->ptr[i] <= 'Z'))
			return 0;
	return 1;
}

int lookup_bind_asked(struct session *s, const struct plan_arg *arg,
		      const struct idbc_str *asked, struct idbc_value *out)
{
	char folded[FOLDED_MAX];
	int64_t len;

	if (bind_typed(arg, asked, out))
		return 0;
	out->kind = arg->kind == PLAN_ASKED_BYTES ? IDBC_KIND_BYTES : IDBC_KIND_STR;
	out->u.str = *asked;
	if (!is_argument_fold(arg->fold) || (arg->fold == IDBC_FOLD_LOWER && is_lower(asked)))
		return 0;
	len = s->host->fold(s->host, arg->fold, asked, folded, sizeof(folded));
	if (len < 0)
		return 0;
	out->u.str.ptr = arena_dup(&s->arena, folded, (size_t)len);
	out->u.str.len = (size_t)len;
	return out->u.str.ptr ? 0 : -1;
}

int lookup_bind(struct session *s, const struct plan_select *select,
		const struct idbc_str *asked, struct idbc_value **out)
{
	struct idbc_value *args = arena_alloc(&s->arena, (select->nargs + 1) * sizeof(*args));
	int hopeless = 0;

	for (uint32_t i = 0; args && i < select->nargs; i++) {
		const struct plan_arg *arg = &select->args[i];

		if (arg->kind == PLAN_VALUE) {
			args[i] = arg->value;
		} else if (arg->kind == PLAN_ASKED_KEY) {
			args[i] = key_bind(s, asked);
			hopeless = args[i].kind == IDBC_KIND_NULL && select->nkeys == 1;
		} else if (lookup_bind_asked(s, arg, asked, &args[i])) {
			return -1;
		}
	}
	*out = args;
	return args ? hopeless : -1;
}

/* --- judging ------------------------------------------------------------------------- */

int lookup_is_deleted(const struct session *s, const struct idbc_value *stored)
{
	const struct map_field *f;
	struct idbc_value flag = { .kind = IDBC_KIND_NULL }, member;
	struct arena *arena = (struct arena *)&s->arena;

	if (!stored)
		return 0;
	f = mapping_field(s->plan->mapping, "deleted");
	if (!f)
		return 0;
	if (f->kind == MAP_EXISTS)
		return value_str(stored).len == 1 && value_str(stored).ptr[0] == '1';
	return codec_member(&f->place, stored, arena, &member) == CODEC_OK &&
	       codec_read(f, &member, arena, &flag) == CODEC_OK &&
	       flag.kind == IDBC_KIND_BOOL && flag.u.i64;
}

const struct idbc_value *lookup_deleted_col(const struct plan_select *select,
					    const struct idbc_value *cols)
{
	return select->deleted ? &cols[select->deleted - 1] : NULL;
}

int lookup_is_hidden(const struct session *s, const struct plan_select *select,
		     const struct idbc_value *cols)
{
	const struct idbc_value *stored = select->hidden ? &cols[select->hidden - 1] : NULL;

	return stored && !s->finds_hidden && value_str(stored).len == 1 &&
	       value_str(stored).ptr[0] == '1';
}

static size_t bytes_of(const struct idbc_value *v)
{
	return v->kind == IDBC_KIND_NULL || v->kind == IDBC_KIND_BOOL || v->kind == IDBC_KIND_I64
		? 0 : value_str(v).len + 1;
}

/* A row's values into one block: each ends with a NUL. */
static int copy_row(struct session *s, const struct idbc_value *row, uint32_t n,
		    struct idbc_value *out)
{
	size_t bytes = 0;
	char *to;

	for (uint32_t i = 0; i < n; i++)
		bytes += bytes_of(&row[i]);
	to = arena_alloc(&s->arena, bytes + 1);
	for (uint32_t i = 0; to && i < n; i++) {
		size_t len = bytes_of(&row[i]);

		out[i] = row[i];
		if (!len)
			continue;
		if (len > 1)
			memcpy(to, row[i].u.str.ptr, len - 1);
		to[len - 1] = '\0';
		out[i].u.str = (struct idbc_str){ to, len - 1 };
		to += len;
	}
	return to ? 0 : -1;
}

static int keep(const struct search *search, struct found *users, uint32_t *n,
		struct cursor *c)
{
	struct session *s = search->session;
	struct idbc_str key = value_str(&c->cols[PLAN_KEY]);
	struct idbc_value *row = c->cols;

	for (uint32_t i = 0; i < *n; i++)
		if (str_equal(&users[i].id, &key))
			return 0;
	if (*n == LOOKUP_MAX)
		return 0;
	if (!search->borrows || !c->last) {
		row = arena_alloc(&s->arena, c->ncols * sizeof(*row));
		if (!row || copy_row(s, c->cols, c->ncols, row))
			return -1;
	}
	users[*n] = (struct found){ value_str(&row[PLAN_KEY]), value_str(&row[PLAN_MATCHED]),
				    row + PLAN_FIXED };
	++*n;
	return 0;
}

static int judge(const struct search *search, struct cursor *c)
{
	const struct plan_select *select = search->select;
	struct session *s = search->session;
	struct buckets *buckets = search->buckets;
	const struct idbc_value *row = c->cols;
	struct idbc_str which = value_str(&row[PLAN_WHICH]), stored = value_str(&row[PLAN_MATCHED]);
	struct idbc_str key = value_str(&row[PLAN_KEY]);
	uint32_t field = which.len == 1 ? (uint32_t)(which.ptr[0] - '0') : 0;
	int exact = str_equal(&stored, search->asked);

	if (!key.len || field >= select->nkeys)
		return 0;
	if (!select->keys[field].field && !str_equal(&key, search->asked))
		return 0;
	if (!exact && !s->host->same(s->host, select->keys[field].fold, &stored, search->asked))
		buckets->count.unequal++;
	else if (lookup_is_deleted(s, lookup_deleted_col(select, row + PLAN_FIXED)))
		buckets->count.deleted++;
	else if (lookup_is_hidden(s, select, row + PLAN_FIXED))
		buckets->count.hidden++;
	else if (exact)
		return keep(search, buckets->exact[field], &buckets->count.exact[field], c);
	else
		return keep(search, buckets->folded[field], &buckets->count.folded[field], c);
	return 0;
}

static void take(const struct found *users, uint32_t n, struct lookup *out)
{
	for (uint32_t i = 0; i < n && out->n < LOOKUP_MAX; i++)
		if (!out->n || !str_equal(&out->users[0].id, &users[i].id))
			out->users[out->n++] = users[i];
}

static void choose(const struct buckets *b, struct lookup *out)
{
	out->deleted = b->count.deleted;
	out->unequal = b->count.unequal;
	out->hidden = b->count.hidden;
	for (uint32_t f = 0; f < out->select->nkeys; f++) {
		if (b->count.exact[f])
			take(b->exact[f], b->count.exact[f], out);
		else
			take(b->folded[f], b->count.folded[f], out);
	}
}

/* An identifier that the store's encoding cannot spell is nobody's; inside a transaction,
 * which is lost by it, it stays an error. */
static int nobody(struct session *s, int rc, struct idbc_error *err)
{
	if (rc != IDBC_INVALID || s->in_transaction || !state_is_unspellable(&s->diag))
		return rc;
	call_clear(err);
	return IDBC_OK;
}

/* An expression has no column in the catalogue: its type is the answer's. */
int lookup_types(struct session *s, const struct plan_select *select, struct cursor *c)
{
	const struct map_field *fields = s->plan->mapping->fields;
	const struct sql_column *shown = NULL;
	uint32_t n = 0;

	for (uint32_t i = 0; select->exprs && i < select->ncols; i++) {
		struct idbc_value *value = &c->cols[PLAN_FIXED + i];

		if (select->cols[i].kind != PLAN_FIELD ||
		    fields[select->cols[i].field].kind != MAP_EXPR)
			continue;
		c->typed = 1;
		if (!shown && c->answered && s->backend->columns(c->stmt, &shown, &n, &s->diag))
			return -1;
		if (PLAN_FIXED + i < n + c->left_out)
			*value = typed_value(&shown[PLAN_FIXED + i - c->left_out], value);
	}
	return 0;
}

static int as_key(struct cursor *c, int by_key, struct idbc_error *err)
{
	struct idbc_value *key = &c->cols[PLAN_KEY];

	if (key->kind != IDBC_KIND_BYTES)
		return 1;
	if (key_text(c->session, key, key)) {
		call_nomem(c->session, err);
		return -1;
	}
	if (by_key)
		c->cols[PLAN_MATCHED] = *key;
	return 1;
}

int lookup_next(struct cursor *c, int by_key, struct idbc_error *err)
{
	int more = cursor_next(c, err);

	return more > 0 ? as_key(c, by_key, err) : more;
}

/* Where the answer is short, what it leaves out is put where others have it. */
static int next_row(struct cursor *c, const struct plan_select *select, int by_key,
		    struct idbc_error *err)
{
	int more = cursor_next(c, err);

	if (more > 0 && select->is_short) {
		c->cols[PLAN_KEY] = c->cols[PLAN_FIXED - 1];
		c->cols[PLAN_WHICH] = (struct idbc_value){ .kind = IDBC_KIND_STR,
							   .u.str = { "0", 1 } };
		c->cols[PLAN_MATCHED] = select->matched
			? c->cols[PLAN_FIXED + select->matched - 1] : c->cols[PLAN_KEY];
	}
	return more > 0 ? as_key(c, by_key, err) : more;
}

static int read_rows(const struct search *search, const struct idbc_value *args,
		     struct idbc_error *err)
{
	const struct plan_select *select = search->select;
	struct session *s = search->session;
	struct query q = { select->sql, args, select->nargs, NULL };
	int by_key = select->nkeys == 1 && !select->keys[0].field, more = 0;
	struct cursor c;
	int rc = cursor_open_slot(s, &q, select->slot, PLAN_FIXED + select->ncols, &c, err);

	if (rc == IDBC_OK)
		lookup_types(s, select, &c);
	c.left_out = select->is_short ? PLAN_FIXED - 1 : 0;
	while (rc == IDBC_OK && (more = next_row(&c, select, by_key, err)) > 0)
		if (lookup_types(s, select, &c))
			rc = call_failed(s, STATE_READING, NULL, err);
		else if (judge(search, &c))
			rc = call_nomem(s, err);
	if (more < 0)
		rc = (int)err->status;
	cursor_close(&c);
	return nobody(s, rc, err);
}

int lookup_spelled(struct session *s, int rc, struct idbc_error *err)
{
	return rc == IDBC_INVALID && state_is_unspellable(&s->diag) ? call_no_user(s, err) : rc;
}

int lookup_lock(struct session *s, const struct idbc_str *id, struct idbc_error *err)
{
	const struct plan_select *lock = &s->plan->lock;
	struct query q = { lock->sql, NULL, lock->nargs, NULL };
	struct idbc_value *args;
	struct cursor c;
	int rc = lock->sql ? lookup_bind(s, lock, id, &args) : 1;

	if (rc)
		return rc < 0 ? call_nomem(s, err) : IDBC_OK;
	q.args = args;
	rc = cursor_open(s, &q, PLAN_FIXED, &c, err);
	if (rc == IDBC_OK && cursor_next(&c, err) < 0)
		rc = (int)err->status;
	cursor_close(&c);
	return lookup_spelled(s, rc, err);
}

static const struct plan_select *search_by(const struct plan *plan, uint32_t by,
					   const struct idbc_str *asked)
{
	if (by > IDBC_BY_PHONE)
		return NULL;
	return plan->plain[by].sql && plan_is_plain(asked) ? &plan->plain[by] : &plan->read[by];
}

static int look(struct session *s, uint32_t by, const struct idbc_str *asked, int borrows,
		struct lookup *out, struct idbc_error *err)
{
	struct buckets buckets;
	struct search search = { s, search_by(s->plan, by, asked), asked, &buckets, borrows };
	struct idbc_value *args;
	int rc;

	memset(out, 0, sizeof(*out));
	memset(&buckets.count, 0, sizeof(buckets.count));
	if (!search.select || !search.select->sql)
		return s->host->fail(s->host, err, IDBC_UNSUPPORTED, "not_mapped",
				     "the mapping names no such identifier");
	out->select = search.select;
	rc = lookup_bind(s, search.select, asked, &args);
	if (rc < 0)
		return call_nomem(s, err);
	if (rc > 0)
		return IDBC_OK;
	rc = read_rows(&search, args, err);
	if (rc == IDBC_OK)
		choose(&buckets, out);
	return rc;
}

int lookup_users(struct session *s, uint32_t by, const struct idbc_str *asked,
		 struct lookup *out, struct idbc_error *err)
{
	return look(s, by, asked, 0, out, err);
}

int lookup_shown(struct session *s, uint32_t by, const struct idbc_str *asked,
		 struct lookup *out, struct idbc_error *err)
{
	return look(s, by, asked, 1, out, err);
}

int lookup_id(struct session *s, uint32_t by, const struct idbc_str *asked,
	      struct idbc_str *id, struct idbc_error *err)
{
	struct lookup found;
	int rc = lookup_users(s, by, asked, &found, err);

	if (rc != IDBC_OK)
		return rc;
	if (!found.n)
		return call_no_user(s, err);
	if (found.n > 1)
		return call_ambiguous(s, err);
	*id = found.users[0].id;
	return IDBC_OK;
}
