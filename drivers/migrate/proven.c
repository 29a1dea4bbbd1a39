/* drivers/migrate/proven.c - job: what follows a right password.  A user of `from` is moved,
 * with it; one of `to` gets from `from` what he lacks.  The move's failure is the login's.
 * Threads: any; no lock.
 */
#include <string.h>
#include "migrate.h"

/* --- in `to` already ------------------------------------------------------------------------ */
static int is_metadata(const char *name)
{
	return !strncmp(name, "user_metadata", 13) || !strncmp(name, "app_metadata", 12);
}

static int has_metadata(const struct found_row *row)
{
	for (size_t i = 0; i < row->n; i++)
		if (is_metadata(row->fields[i].name) && row->fields[i].value.kind != IDBC_KIND_NULL)
			return 1;
	return 0;
}

static int is_synced(const char *name)
{
	static const char *const names[] = {
		"name", "nickname", "given_name", "family_name", "picture",
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!strcmp(names[i], name))
			return 1;
	return 0;
}

static int same_text(const struct idbc_value *a, const struct idbc_value *b)
{
	if (a->kind != b->kind || a->kind != IDBC_KIND_STR)
		return a->kind == b->kind && a->kind == IDBC_KIND_NULL;
	return a->u.str.len == b->u.str.len && !memcmp(a->u.str.ptr, b->u.str.ptr, a->u.str.len);
}

/* --- what is taken over --------------------------------------------------------------------- */
#define TAKEN 64u
struct taking {
	struct idbc_field fields[TAKEN];
	size_t n;
};

static void want(struct taking *t, const struct idbc_field *field)
{
	if (t->n < TAKEN)
		t->fields[t->n++] = *field;
}

static void want_metadata(struct taking *t, const struct found_row *from)
{
	for (size_t i = 0; i < from->n; i++)
		if (is_metadata(from->fields[i].name) &&
		    from->fields[i].value.kind != IDBC_KIND_NULL)
			want(t, &from->fields[i]);
}

/* What has no place in `to` is not told there at all, not even as absent. */
static void want_names(struct taking *t, const struct found_row *to, const struct found_row *from)
{
	for (size_t i = 0; i < from->n; i++) {
		const struct idbc_field *theirs = &from->fields[i];
		const struct idbc_field *ours = found_field(to, theirs->name);

		if (ours && is_synced(theirs->name) && !same_text(&theirs->value, &ours->value))
			want(t, theirs);
	}
}

static int put(struct migrate *m, const struct found_row *to, const struct idbc_field *fields,
	       size_t n, int64_t deadline_ns, struct idbc_error *err)
{
	const struct idbc_proven_req req = { .size = sizeof(req), .deadline_ns = deadline_ns,
		.user_id = to->id, .fields = fields, .nfields = n };

	ask_clear(err);
	if (!n)
		return IDBC_OK;
	if (!LOWER_HAS(m->to, proven))
		return m->host->fail(m->host, err, IDBC_UNSUPPORTED, "", "the new store cannot");
	return m->to->ops->proven(m->to->self, &req, err);
}

/* One that does not fit keeps none of the others from following. */
static int put_each(struct migrate *m, const struct found_row *to, const struct taking *t,
		    int64_t deadline_ns, struct idbc_error *err)
{
	int rc = put(m, to, t->fields, t->n, deadline_ns, err), first = rc;
	struct idbc_error said = *err;

	if (t->n < 2 || (rc != IDBC_INVALID && rc != IDBC_CONFLICT))
		return rc;
	for (size_t i = 0; i < t->n; i++) {
		rc = put(m, to, &t->fields[i], 1, deadline_ns, err);
		if (rc != IDBC_OK && rc != IDBC_INVALID && rc != IDBC_CONFLICT)
			return rc;
	}
	*err = said;
	return first;
}

/* OK also where there was nothing to take over. */
static int take_over(struct migrate *m, const struct found_row *to, const struct found_row *from,
		     int lacks, int64_t deadline_ns, struct idbc_error *err)
{
	struct taking metadata = { .n = 0 }, names = { .n = 0 };
	int rc;

	if (lacks)
		want_metadata(&metadata, from);
	if (m->sync)
		want_names(&names, to, from);
	rc = put(m, to, metadata.fields, metadata.n, deadline_ns, err);
	return rc == IDBC_OK ? put_each(m, to, &names, deadline_ns, err) : rc;
}

/* Once looked for, never again: entered also where `from` has nothing, or nobody. */
static int complete(struct migrate *m, const struct found_row *to, const struct known *known,
		    int64_t deadline_ns, struct idbc_error *err)
{
	int lacks = !known->complete && !has_metadata(to);
	struct found from;
	uint32_t state = known->state ? known->state : IDBC_MOVED_MOVED;
	int rc;

	if (!lacks && !(m->sync && known->state != IDBC_MOVED_NOT))
		return IDBC_OK;
	found_init(&from);
	rc = ask_user(m, m->from, IDBC_BY_USER_ID, &to->id, deadline_ns, &from, err);
	if (rc == IDBC_OK)
		rc = take_over(m, to, found_one(&from), lacks, deadline_ns, err);
	else if (rc == IDBC_NO_USER || rc == IDBC_INVALID)
		rc = IDBC_OK;
	found_free(&from);
	if (rc == IDBC_OK && lacks)
		rc = ask_enter(m, &to->id, state | IDBC_MOVED_COMPLETE, deadline_ns, err);
	return rc;
}

/* None of it fails a login. */
static void bring_up_to_date(struct migrate *m, const struct found_row *to, int64_t deadline_ns)
{
	struct idbc_error err = IDBC_ERROR_INIT;
	int64_t soon = ask_soon(m, deadline_ns);
	struct known known;
	int rc;

	if (!m->sync && has_metadata(to))
		return;
	rc = ask_known(m, &to->id, soon, &known, &err);
	if (rc == IDBC_OK)
		rc = complete(m, to, &known, soon, &err);
	if (rc != IDBC_OK)
		m->host->log(m->host, IDBC_LOG_WARNING, "what a profile lacks was not taken over from "
			     "the old store: %s", err.text);
}

/* --- the move --------------------------------------------------------------------------------- */
static int move(struct migrate *m, const struct idbc_proven_req *req, struct idbc_error *err)
{
	struct found from;
	struct move move = { .parts = req->credential, .nparts = req->ncredential,
		.deadline_ns = req->deadline_ns };
	int rc;

	found_init(&from);
	rc = move_find(m, IDBC_BY_USER_ID, &req->user_id, req->deadline_ns, &from, err);
	move.row = found_one(&from);
	if (rc == IDBC_OK)
		rc = move_user(m, &move, NULL, err);
	found_free(&from);
	return rc;
}

int migrate_proven(void *self, const struct idbc_proven_req *req, struct idbc_error *err)
{
	struct migrate *m = self;
	struct found to;
	int rc;

	found_init(&to);
	rc = ask_user(m, m->to, IDBC_BY_USER_ID, &req->user_id, req->deadline_ns, &to, err);
	if (rc == IDBC_OK)
		bring_up_to_date(m, found_one(&to), req->deadline_ns);
	else if (rc == IDBC_NO_USER)
		rc = move(m, req, err);
	found_free(&to);
	if (rc == IDBC_NO_USER) {       /* moved by somebody else between the two questions? */
		rc = ask_user(m, m->to, IDBC_BY_USER_ID, &req->user_id, req->deadline_ns, &to, err);
		found_free(&to);
	}
	return rc;
}
