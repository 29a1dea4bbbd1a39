/* drivers/sql/op/proven_profile.c - fields that follow another store's, and the flag that says
 * that a user has moved there: his row locked, what differs written.  Threads: the session's.
 */
#include "sql/op/proven.h"
#include "sql/user/asked.h"
#include "sql/user/change.h"
#include "sql/user/fresh.h"
#include "sql/user/unique.h"

struct follow {
	const struct idbc_proven_req *req;
	const struct idbc_field *fields;        /* the request's, none of an older connector */
	size_t nfields;
	const struct sets *touch;
};

static struct follow follow_of(const struct idbc_proven_req *req)
{
	struct follow f = { .req = req };

	if (IDBC_HAS(req, nfields)) {
		f.fields = req->fields;
		f.nfields = req->fields ? req->nfields : 0;
	}
	return f;
}

int proven_has_profile(const struct idbc_proven_req *req)
{
	return follow_of(req).nfields || (req->flags & IDBC_PROVEN_MOVED);
}

/* --- one field -------------------------------------------------------------------------- */

static int same_value(const struct idbc_value *a, const struct idbc_value *b)
{
	struct idbc_str x, y;

	if (a->kind == IDBC_KIND_NULL || b->kind == IDBC_KIND_NULL)
		return a->kind == b->kind;
	if (a->kind == IDBC_KIND_BOOL || a->kind == IDBC_KIND_I64 || a->kind == IDBC_KIND_TIME_US)
		return a->kind == b->kind && a->u.i64 == b->u.i64;
	if (b->kind != IDBC_KIND_STR && b->kind != IDBC_KIND_JSON)
		return 0;
	x = value_str(a);
	y = value_str(b);
	return str_equal(&x, &y);
}

static int is_stored(struct write *w, const struct map_field *f, const struct idbc_value *wanted)
{
	struct session *s = w->session;
	const struct idbc_value *stored = user_value(s, w->user, &f->place);
	struct idbc_value shown = { .kind = IDBC_KIND_NULL };
	int rc = stored ? codec_read(f, stored, &s->arena, &shown) : CODEC_ABSENT;

	if (rc != CODEC_OK && rc != CODEC_ABSENT)
		return 0;
	return same_value(&shown, wanted);
}

static int is_free(struct write *w, const struct map_field *f, const struct idbc_value *value,
		   struct idbc_error *err)
{
	struct session *s = w->session;
	struct idbc_value folded;
	struct idbc_str text;

	if (!mapping_keeps_apart(s->plan->mapping, f) || value->kind != IDBC_KIND_STR)
		return IDBC_OK;
	if (changes_fold(w, f, value, &folded) != CODEC_OK)
		return call_nomem(s, err);
	text = value_str(&folded);
	return unique_check_one(s, f, &text, &w->user->id, err);
}

static int put_field(struct write *w, const struct follow *follow, const struct idbc_field *one,
		     struct changes *changes, struct idbc_error *err)
{
	const struct map_field *f;
	int rc;

	rc = asked_field(w->session, follow->fields, follow->nfields, one, &f, err);
	if (rc != IDBC_OK || !f || is_stored(w, f, &one->value))
		return rc;
	rc = is_free(w, f, &one->value, err);
	return rc == IDBC_OK ? changes_field(w, changes, f, &one->value, 0, err) : rc;
}

static int put_migrated(struct write *w, struct changes *changes, struct idbc_error *err)
{
	struct session *s = w->session;
	const struct map_field *f = mapping_field(s->plan->mapping, "migrated");
	const struct idbc_value yes = { .kind = IDBC_KIND_BOOL, .u.i64 = 1 };

	if (!f || f->kind != MAP_COL)
		return s->host->fail(s->host, err, IDBC_UNSUPPORTED, "not_mapped",
				     "nothing that can be written is mapped to migrated");
	return is_stored(w, f, &yes) ? IDBC_OK : changes_field(w, changes, f, &yes, 0, err);
}

/* --- all of them ------------------------------------------------------------------------ */

static int follow_rows(struct session *s, void *ctx, struct idbc_error *err)
{
	const struct follow *follow = ctx;
	struct changes changes = { NULL, 0, 0 };
	struct idbc_field *stored;
	struct user user;
	struct write w;
	size_t n;
	int rc = fresh_claim(s, follow->fields, follow->nfields, err);

	if (rc == IDBC_OK)
		rc = user_lock(s, &follow->req->user_id, IDBC_BY_USER_ID, NULL, &user, err);
	if (rc != IDBC_OK)
		return rc;
	if (user_fields(s, &user, &stored, &n))
		return call_nomem(s, err);
	write_init(&w, s, &user, stored, n);
	for (size_t i = 0; rc == IDBC_OK && i < follow->nfields; i++)
		rc = put_field(&w, follow, &follow->fields[i], &changes, err);
	if (rc == IDBC_OK && (follow->req->flags & IDBC_PROVEN_MOVED))
		rc = put_migrated(&w, &changes, err);
	if (rc == IDBC_OK && changes.n)
		rc = changes_update(&w, &changes, NULL, err);
	if (rc == IDBC_OK)
		rc = write_user(&w, follow->touch, err);
	return unique_elsewhere(rc, err);
}

static int keeps_apart(const struct session *s, const struct follow *follow)
{
	for (size_t i = 0; i < follow->nfields; i++) {
		const struct map_field *f = mapping_field(s->plan->mapping, follow->fields[i].name);

		if (f && mapping_keeps_apart(s->plan->mapping, f))
			return 1;
	}
	return 0;
}

int proven_profile(struct session *s, const struct idbc_proven_req *req, const struct sets *touch,
		   struct idbc_error *err)
{
	struct follow follow = follow_of(req);

	follow.touch = touch;
	if (!s->plan->state.sql)
		return s->host->fail(s->host, err, IDBC_UNSUPPORTED, "not_mapped",
				     "the mapping names no columns of a user");
	return call_transaction(s, keeps_apart(s, &follow), follow_rows, &follow, err);
}
