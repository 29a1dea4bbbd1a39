/* drivers/sql/user/credential.c - a stored password put in the place of an older form of the
 * same: compared byte by byte, written, read back, all in one transaction that waits for
 * nobody.  What the store does not give back as it was given is never left there.
 * Threads: the session's.
 */
#include "sql/user/change.h"
#include "sql/user/credential.h"
#include "sql/user/statement.h"

#include <string.h>

struct upgrade {
	struct write *w;
	const struct idbc_proven_req *req;
	const struct sets *touch;
	struct idbc_field back[2];              /* hash and salt, as they came back */
	int altered;                            /* and they are not what was written */
};

static int changed(struct session *s, struct idbc_error *err)
{
	return s->host->fail(s->host, err, IDBC_CONFLICT, "credential_changed",
			     "the password is another one by now");
}

/* --- compare and swap ----------------------------------------------------------------------- */

/* Text of another encoding is compared as the connection speaks it. */
static int is_foreign(const struct catalogue_column *c)
{
	return c && c->charset && strncmp(c->charset, "utf8", 4) != 0;
}

/* No collation has a say about a credential. */
static void put_still(struct statement *st, const struct set *set)
{
	const struct dialect *d = st->text.dialect;
	const struct catalogue_column *c = statement_column(st, set->col);
	int bytes = c && codec_is_bytes(c->kind);
	int text = !bytes && (d->types_differ || is_foreign(c));

	if (set->value.kind == IDBC_KIND_NULL) {
		text_put(&st->text, " AND %I IS NULL", set->col);
		return;
	}
	if (bytes && d->types_differ) {
		text_put(&st->text, " AND %I = ", set->col);
		statement_arg(st, set);
		return;
	}
	text_put(&st->text, " AND %s%s%I%s%s = %s%s?%s%s", d->bytes_open, text ? d->utf8_open : "",
		 set->col, text ? d->utf8_close : "", d->bytes_close, d->bytes_open, d->text_open,
		 d->text_close, d->bytes_close);
	st->args[st->nargs++] = set->value;
}

static int swap(struct write *w, const struct sets *set, const struct sets *still,
		int64_t *rows, struct idbc_error *err)
{
	struct sets where = { NULL, 0, 0 };
	struct statement st;
	int rc = write_his(w, &where, err);

	if (rc != IDBC_OK)
		return rc;
	if (statement_init(&st, w, w->session->plan->mapping->table,
			   set->n + still->n + where.n))
		return call_nomem(w->session, err);
	text_put(&st.text, "UPDATE %T SET ", st.table);
	statement_assignments(&st, set);
	statement_where(&st, &where);
	for (size_t i = 0; i < still->n; i++)
		put_still(&st, &still->items[i]);
	return statement_counted(&st, &where, rows, err);
}

/* A column's new value, or the one that has to be there. */
static int put_part(struct write *w, struct sets *sets, const char *col,
		    const struct idbc_value *v)
{
	const struct plan *plan = w->session->plan;
	struct idbc_value value = { .kind = IDBC_KIND_NULL };

	if (v)
		value = *v;
	if (value.kind == IDBC_KIND_STR &&
	    codec_is_bytes(plan_kind(plan, plan->mapping->table, col)))
		value.kind = IDBC_KIND_BYTES;
	return sets_put(w, sets, col, &value);
}

static const struct idbc_value *new_part(const struct upgrade *up, const char *name)
{
	return fields_get(up->req->credential, up->req->ncredential, name);
}

static const struct idbc_value *old_part(const struct upgrade *up, const char *name)
{
	return fields_get(up->req->expect, up->req->nexpect, name);
}

/* Hash and salt, with the touch beside them, only where both still stand as they were.  A
 * new form without a salt of its own leaves that column alone. */
static int swap_in_row(const struct upgrade *up, int64_t *rows, struct idbc_error *err)
{
	struct write *w = up->w;
	const struct mapping *m = w->session->plan->mapping;
	struct sets set = { NULL, 0, 0 }, still = { NULL, 0, 0 };
	int salted = mapping_has(&m->pw_salt);
	int bad = put_part(w, &set, m->pw_hash.col, new_part(up, "hash"));

	if (!bad && salted && new_part(up, "salt"))
		bad = put_part(w, &set, m->pw_salt.col, new_part(up, "salt"));
	for (size_t i = 0; !bad && i < up->touch->n; i++)
		bad = sets_add(w, &set, &up->touch->items[i]);
	if (!bad)
		bad = put_part(w, &still, m->pw_hash.col, old_part(up, "hash"));
	if (!bad && salted)
		bad = put_part(w, &still, m->pw_salt.col, old_part(up, "salt"));
	return bad ? call_nomem(w->session, err) : swap(w, &set, &still, rows, err);
}

/* --- what came back ------------------------------------------------------------------------- */

/* A column of bytes of one length fills up with NULs, which every login cuts off again. */
static int came_back(const struct idbc_value *stored, const struct idbc_value *wanted, int hash)
{
	struct idbc_str a = value_str(stored), b = { "", 0 };

	if (wanted)
		b = value_str(wanted);
	while (hash && stored->kind == IDBC_KIND_BYTES && a.len > b.len && !a.ptr[a.len - 1])
		a.len--;
	return str_equal(&a, &b);
}

/* `salt`: NULL where none is kept. */
static int judge_back(struct upgrade *up, const struct idbc_value *hash,
		      const struct idbc_value *salt, struct idbc_error *err)
{
	struct session *s = up->w->session;
	const struct idbc_value *wanted = new_part(up, "salt");

	if (!wanted)
		wanted = old_part(up, "salt");
	if (came_back(hash, new_part(up, "hash"), 1) && (!salt || came_back(salt, wanted, 0)))
		return IDBC_OK;
	up->altered = 1;
	up->back[0].name = "hash";
	up->back[1].name = "salt";
	if (value_copy(s, hash, &up->back[0].value) ||
	    (salt && value_copy(s, salt, &up->back[1].value)))
		return call_nomem(s, err);
	return s->host->fail(s->host, err, IDBC_CONFLICT, "credential_altered",
			     "the store does not keep a new password as it is given: column \"%s\"",
			     plan_place_col(s->plan, &s->plan->mapping->pw_hash));
}

static void put_read(struct statement *st, const char *col)
{
	const struct catalogue_column *c = statement_column(st, col);

	text_put(&st->text, "%s%I%s", c ? c->read_open : "", col, c ? c->read_close : "");
}

/* A read of his own row, as far as its first column. */
static int begin_read(struct statement *st, struct write *w, struct sets *where,
		      struct idbc_error *err)
{
	int rc = write_his(w, where, err);

	if (rc != IDBC_OK)
		return rc;
	if (statement_init(st, w, w->session->plan->mapping->table, where->n))
		return call_nomem(w->session, err);
	text_put(&st->text, "SELECT ");
	return IDBC_OK;
}

/* Its one row into *c; NO_USER where there is none.  Always closed by the caller. */
static int read_row(struct statement *st, uint32_t ncols, struct cursor *c, struct idbc_error *err)
{
	struct session *s = st->w->session;
	struct query q = { st->text.s, st->args, st->nargs, st->table };
	int rc, more;

	if (st->text.failed)
		return call_nomem(s, err);
	rc = cursor_open(s, &q, ncols, c, err);
	if (rc != IDBC_OK)
		return rc;
	more = cursor_next(c, err);
	if (more < 0)
		return (int)err->status;
	return more ? IDBC_OK : call_no_user(s, err);
}

static int read_back(struct upgrade *up, struct idbc_error *err)
{
	struct write *w = up->w;
	const struct mapping *m = w->session->plan->mapping;
	struct sets where = { NULL, 0, 0 };
	struct cursor c = { .stmt = NULL };
	struct statement st;
	int salted = mapping_has(&m->pw_salt);
	int rc = begin_read(&st, w, &where, err);

	if (rc != IDBC_OK)
		return rc;
	put_read(&st, m->pw_hash.col);
	if (salted) {
		text_put(&st.text, ", ");
		put_read(&st, m->pw_salt.col);
	}
	text_put(&st.text, " FROM %T", st.table);
	statement_where(&st, &where);
	c.session = w->session;
	rc = read_row(&st, salted ? 2 : 1, &c, err);
	if (rc == IDBC_OK)
		rc = judge_back(up, &c.cols[0], salted ? &c.cols[1] : NULL, err);
	cursor_close(&c);
	return rc;
}

/* --- one transaction ------------------------------------------------------------------------ */

/* His row, if nobody else has it: who waits here waits at the end of a login. */
static int lock_now(struct write *w, struct idbc_error *err)
{
	const struct dialect *d = w->session->plan->dialect;
	struct sets where = { NULL, 0, 0 };
	struct cursor c = { .session = w->session };
	struct statement st;
	int rc;

	if (!*d->now_hint && !*d->now_end)
		return IDBC_OK;
	rc = begin_read(&st, w, &where, err);
	if (rc != IDBC_OK)
		return rc;
	text_put(&st.text, "%I FROM %T AS u%s", w->session->plan->mapping->key, st.table,
		 d->now_hint);
	statement_where(&st, &where);
	text_put(&st.text, "%s", d->now_end);
	rc = read_row(&st, 1, &c, err);
	cursor_close(&c);
	return rc;
}

static int upgrade_in_row(struct upgrade *up, struct idbc_error *err)
{
	int64_t rows = 0;
	int rc = swap_in_row(up, &rows, err);

	if (rc != IDBC_OK)
		return rc;
	if (rows > 1)
		return call_ambiguous(up->w->session, err);
	return rows ? read_back(up, err) : changed(up->w->session, err);
}

static int put_in_place(struct write *w, const struct idbc_field *parts, size_t nparts,
			struct idbc_error *err)
{
	struct changes changes = { NULL, 0, 0 };

	if (changes_credential(w, &changes, parts, nparts))
		return call_nomem(w->session, err);
	return changes_in_place(w, &changes, err);
}

/* In rows of links, and behind views whose triggers count no rows: compared by us, under
 * the lock of his own row, which a change of the password takes first as well. */
static int upgrade_elsewhere(struct upgrade *up, struct idbc_error *err)
{
	struct session *s = up->w->session;
	const struct mapping *m = s->plan->mapping;
	const struct idbc_proven_req *req = up->req;
	const struct idbc_str id = up->w->user->id;
	struct idbc_value none = { .kind = IDBC_KIND_NULL };
	const struct idbc_value *hash, *salt;
	int rc = user_lock(s, &id, IDBC_BY_USER_ID, NULL, up->w->user, err);

	if (rc != IDBC_OK)
		return rc;
	if (!user_has_credential(s, up->w->user, req->expect, req->nexpect))
		return changed(s, err);
	rc = put_in_place(up->w, req->credential, req->ncredential, err);
	if (rc == IDBC_OK && up->touch->n)
		rc = write_user(up->w, up->touch, err);
	if (rc == IDBC_OK)
		rc = user_lock(s, &id, IDBC_BY_USER_ID, NULL, up->w->user, err);
	if (rc != IDBC_OK)
		return rc;
	hash = user_value(s, up->w->user, &m->pw_hash);
	salt = mapping_has(&m->pw_salt) ? user_value(s, up->w->user, &m->pw_salt) : &none;
	return judge_back(up, hash ? hash : &none, mapping_has(&m->pw_salt) && salt ? salt : NULL,
			  err);
}

static int is_in_row(const struct plan *plan)
{
	const struct mapping *m = plan->mapping;
	const struct catalogue_table *t = catalogue_table(&plan->catalogue, m->table);

	return m->pw_hash.link < 0 && (!mapping_has(&m->pw_salt) || m->pw_salt.link < 0) &&
	       !(t && t->view);
}

static int upgrade(struct session *s, void *ctx, struct idbc_error *err)
{
	struct upgrade *up = ctx;
	int rc = lock_now(up->w, err);

	if (rc != IDBC_OK)
		return rc;
	return is_in_row(s->plan) ? upgrade_in_row(up, err) : upgrade_elsewhere(up, err);
}

/* After the rollback.  A table without transactions has kept what nobody could log in with. */
static int put_back(struct session *s, void *ctx, struct idbc_error *err)
{
	struct upgrade *up = ctx;
	const struct idbc_str id = up->w->user->id;
	int rc = user_lock(s, &id, IDBC_BY_USER_ID, NULL, up->w->user, err);

	if (rc != IDBC_OK || !user_has_credential(s, up->w->user, up->back, 2) ||
	    user_has_credential(s, up->w->user, up->req->expect, up->req->nexpect))
		return rc;
	return put_in_place(up->w, up->req->expect, up->req->nexpect, err);
}

int credential_upgrade(struct write *w, const struct idbc_proven_req *req,
		       const struct sets *touch, struct idbc_error *err)
{
	struct session *s = w->session;
	struct upgrade up = { .w = w, .req = req, .touch = touch };
	struct idbc_error second = IDBC_ERROR_INIT;
	int rc = write_check_width(w, req->credential, req->ncredential, err);

	if (rc == IDBC_OK && !new_part(&up, "hash"))
		rc = s->host->fail(s->host, err, IDBC_INVALID, "", "a credential without a hash");
	if (rc == IDBC_OK)
		rc = call_transaction_now(s, upgrade, &up, err);
	if (up.altered && call_transaction(s, 0, put_back, &up, &second) != IDBC_OK)
		s->host->log(s->host, IDBC_LOG_ERROR, "a stored password may have been altered by "
			     "the store: %s", second.text);
	/* Nothing is wrong with the session. */
	return rc == IDBC_BUSY ? s->host->fail(s->host, err, IDBC_CONFLICT, "credential_locked",
					       "others hold the user's row") : rc;
}

/* --- credentials that do not fit ------------------------------------------------------------ */

static size_t characters(const struct idbc_str *s)
{
	size_t n = 0;

	for (size_t i = 0; i < s->len; i++)
		n += ((unsigned char)s->ptr[i] & 0xc0) != 0x80;
	return n;
}

/* Of the column behind a place; 0: no limit, none that binds, or not known. */
static int64_t width_of(const struct plan *plan, const struct map_place *place, int *bytes)
{
	const struct catalogue_column *c = NULL;

	if (mapping_has(place))
		c = catalogue_column(&plan->catalogue, plan_table(plan, place->link),
				     plan_place_col(plan, place));
	if (!c || !plan->dialect->widths_bind || c->width <= 0)
		return 0;
	*bytes = codec_is_bytes(c->kind);
	return c->width;
}

/* A width is one of characters, that of a column of bytes one of bytes. */
static int fits(const struct plan *plan, const struct map_place *place,
		const struct idbc_str *value)
{
	int bytes = 0;
	int64_t width = width_of(plan, place, &bytes);

	return !width || (int64_t)(bytes ? value->len : characters(value)) <= width;
}

int credential_has_room(const struct plan *plan, int64_t hash_width, int64_t salt_width)
{
	int bytes;
	int64_t hash = width_of(plan, &plan->mapping->pw_hash, &bytes);
	int64_t salt = width_of(plan, &plan->mapping->pw_salt, &bytes);

	return (!hash || hash >= hash_width) && (!salt || salt >= salt_width);
}

int write_check_width(struct write *w, const struct idbc_field *parts, size_t nparts,
		      struct idbc_error *err)
{
	struct session *s = w->session;
	const struct mapping *m = s->plan->mapping;

	for (size_t i = 0; i < nparts; i++) {
		const struct map_place *place = !strcmp(parts[i].name, "hash") ? &m->pw_hash
						: !strcmp(parts[i].name, "salt") ? &m->pw_salt : NULL;
		struct idbc_str value = value_str(&parts[i].value);

		if (place && !fits(s->plan, place, &value))
			return s->host->fail(s->host, err, IDBC_CONFLICT, "column_too_narrow",
					     "column \"%s\" is too narrow for the new credential",
					     plan_place_col(s->plan, place));
	}
	return IDBC_OK;
}
