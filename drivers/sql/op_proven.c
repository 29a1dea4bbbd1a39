/* drivers/sql/op_proven.c - after a right password: the second look, the upgrade of the
 * stored credential, the touch.  Single statements, each committed by itself; upgrade and
 * touch are one where both lie in the user's row.  Threads: the session's.
 */
#include "sql/change.h"
#include "sql/ops.h"

#include <string.h>

#include "sql/text.h"

static int changed(struct session *s, struct idbc_error *err)
{
	return s->host->fail(s->host, err, IDBC_CONFLICT, "credential_changed",
			     "the password is another one by now");
}

static int same_part(const struct idbc_value *stored, const struct idbc_value *expected)
{
	struct idbc_str a = value_str(stored), b = { "", 0 };

	if (expected)
		b = value_str(expected);
	return str_equal(&a, &b);
}

/* Is he still there, still to be seen, and is the credential still the one proved? */
static int look_again(struct session *s, const struct idbc_proven_req *req,
		      struct idbc_error *err)
{
	struct lookup found;
	int rc = lookup_users(s, IDBC_BY_USER_ID, &req->user_id, &found, err);

	if (rc != IDBC_OK)
		return rc;
	if (found.n != 1)
		return call_no_user(s, err);
	for (uint32_t i = 0; req->nexpect && i < found.select->ncols; i++) {
		const char *name = found.select->cols[i].kind == PLAN_HASH ? "hash"
				   : found.select->cols[i].kind == PLAN_SALT ? "salt" : NULL;

		if (name && !same_part(&found.users[0].cols[i],
				       fields_get(req->expect, req->nexpect, name)))
			return changed(s, err);
	}
	return IDBC_OK;
}

/* --- compare and swap ------------------------------------------------------------------- */

struct swap {
	struct sql_text text;
	struct idbc_value *args;
	uint32_t nargs;
};

static void put_set(struct swap *swap, const struct set *set)
{
	text_put(&swap->text, "%s", swap->nargs ? ", " : "");
	sets_assign(&swap->text, set);
	swap->args[swap->nargs++] = set->value;
}

/* " AND bytes(col) = bytes(?)": no collation has a say about a credential. */
static void put_still(struct swap *swap, const char *col, const struct idbc_value *v)
{
	const struct dialect *d = swap->text.dialect;

	if (!v || v->kind == IDBC_KIND_NULL) {
		text_put(&swap->text, " AND %I IS NULL", col);
		return;
	}
	text_put(&swap->text, " AND %s%I%s = %s?%s", d->bytes_open, col, d->bytes_close,
		 d->bytes_open, d->bytes_close);
	swap->args[swap->nargs++] = *v;
}

/* hash and salt, with `touch` beside them, only where both still stand as they were. */
static int swap_in_row(struct write *w, const struct idbc_proven_req *req,
		       const struct sets *touch, int64_t *rows, struct idbc_error *err)
{
	struct session *s = w->session;
	const struct mapping *m = s->plan->mapping;
	const struct idbc_value *hash = fields_get(req->credential, req->ncredential, "hash");
	const struct idbc_value *salt = fields_get(req->credential, req->ncredential, "salt");
	struct swap swap = { .text = SQL_TEXT_INIT(&s->arena, s->plan->dialect) };
	struct query q = { .table = m->table };

	swap.args = arena_alloc(&s->arena, (touch->n + 8) * sizeof(*swap.args));
	if (!swap.args)
		return call_nomem(s, err);
	text_put(&swap.text, "UPDATE %T SET ", m->table);
	put_set(&swap, &(struct set){ m->pw_hash.col, *hash, 0 });
	if (mapping_has(&m->pw_salt) && salt)
		put_set(&swap, &(struct set){ m->pw_salt.col, *salt, 0 });
	for (size_t i = 0; i < touch->n; i++)
		put_set(&swap, &touch->items[i]);
	text_put(&swap.text, " WHERE %I = ?", m->key);
	swap.args[swap.nargs++] = w->user->key;
	put_still(&swap, m->pw_hash.col, fields_get(req->expect, req->nexpect, "hash"));
	if (mapping_has(&m->pw_salt))
		put_still(&swap, m->pw_salt.col, fields_get(req->expect, req->nexpect, "salt"));
	if (swap.text.failed)
		return call_nomem(s, err);
	q.sql = swap.text.s;
	q.args = swap.args;
	q.nargs = swap.nargs;
	return call_write(s, &q, rows, NULL, err);
}

/* A credential in a link: the row is locked, compared, written. */
static int swap_locked(struct session *s, void *ctx, struct idbc_error *err)
{
	const struct idbc_proven_req *req = *(const struct idbc_proven_req **)ctx;
	struct changes changes = { NULL, 0, 0 };
	struct user user;
	struct write w;
	int rc = user_lock(s, &req->user_id, IDBC_BY_USER_ID, NULL, &user, err);

	if (rc != IDBC_OK)
		return rc;
	if (!user_has_credential(s, &user, req->expect, req->nexpect))
		return changed(s, err);
	write_init(&w, s, &user, NULL, 0);
	if (changes_credential(&w, &changes, req->credential, req->ncredential))
		return call_nomem(s, err);
	return changes_write_only(&w, &changes, err);
}

/* --- all of it --------------------------------------------------------------------------- */

static int touch_row(struct write *w, const struct sets *touch, struct idbc_error *err)
{
	return touch->n ? write_user(w, touch, err) : IDBC_OK;
}

static int upgrade_in_row(struct write *w, const struct idbc_proven_req *req,
			  const struct sets *touch, struct idbc_error *err)
{
	int64_t rows = 0;
	int rc = swap_in_row(w, req, touch, &rows, err);

	if (rc != IDBC_OK || rows == 1)
		return rc;
	rc = touch_row(w, touch, err);
	return rc == IDBC_OK ? changed(w->session, err) : rc;
}

static int upgrade(struct write *w, const struct idbc_proven_req *req, const struct sets *touch,
		   struct idbc_error *err)
{
	struct session *s = w->session;
	const struct mapping *m = s->plan->mapping;
	struct idbc_error second = IDBC_ERROR_INIT;
	int in_row = m->pw_hash.link < 0 && (!mapping_has(&m->pw_salt) || m->pw_salt.link < 0);
	int rc = write_check_width(w, req->credential, req->ncredential, err);

	if (rc == IDBC_OK && !fields_get(req->credential, req->ncredential, "hash"))
		rc = s->host->fail(s->host, err, IDBC_INVALID, "", "a credential without a hash");
	if (rc == IDBC_OK && in_row)
		return upgrade_in_row(w, req, touch, err);
	if (rc == IDBC_OK)
		rc = call_transaction(s, 0, swap_locked, &req, err);
	/* The touch is due whatever became of the upgrade. */
	if (touch_row(w, touch, rc == IDBC_OK ? err : &second) != IDBC_OK && rc == IDBC_OK)
		rc = (int)err->status;
	return rc;
}

int op_proven(void *self, const struct idbc_proven_req *req, struct idbc_error *err)
{
	struct session *s = self;
	struct user user = { .id = req->user_id };
	struct sets touch = { NULL, 0, 0 };
	struct write w;
	int rc = call_begin(s, req->deadline_ns, OP_LOGIN, err);

	if (rc != IDBC_OK)
		return rc;
	user.key = lookup_key(s->plan, &req->user_id);
	if (user.key.kind == IDBC_KIND_NULL)
		return call_no_user(s, err);
	if (req->flags & IDBC_PROVEN_RECHECK)
		rc = look_again(s, req, err);
	write_init(&w, s, &user, NULL, 0);
	w.ctx.client_ip = req->client_ip;
	if (rc == IDBC_OK && (req->flags & IDBC_PROVEN_TOUCH))
		rc = sets_generate(&w, &touch, s->plan->mapping->table, &s->plan->mapping->touch, err);
	if (rc != IDBC_OK)
		return rc;
	if (req->ncredential)
		return upgrade(&w, req, &touch, err);
	return touch_row(&w, &touch, err);
}
