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
	return a && b && a->kind == b->kind && a->kind == IDBC_KIND_STR &&
	       a->u.str.len == b->u.str.len && !memcmp(a->u.str.ptr, b->u.str.ptr, a->u.str.len);
}

/* Which of the fields in `from` are to be those in `to`. */
static size_t wanted(const struct migrate *m, const struct found_row *to,
		     const struct found_row *from, int lacks, struct idbc_field *out, size_t room)
{
	size_t n = 0;

	for (size_t i = 0; i < from->n && n < room; i++) {
		const struct idbc_field *field = &from->fields[i];

		if (field->value.kind == IDBC_KIND_NULL)
			continue;
		if ((lacks && is_metadata(field->name)) ||
		    (m->sync && is_synced(field->name) &&
		     !same_text(&field->value, found_value(to, field->name))))
			out[n++] = *field;
	}
	return n;
}

/* OK also where there was nothing to take over. */
static int take_over(struct migrate *m, const struct found_row *to, const struct found_row *from,
		     int lacks, int64_t deadline_ns, struct idbc_error *err)
{
	struct idbc_field fields[64];
	struct idbc_proven_req req = { .size = sizeof(req), .deadline_ns = deadline_ns,
		.user_id = to->id, .fields = fields };

	req.nfields = wanted(m, to, from, lacks, fields, sizeof(fields) / sizeof(fields[0]));
	ask_clear(err);
	if (!req.nfields)
		return IDBC_OK;
	if (!LOWER_HAS(m->to, proven))
		return m->host->fail(m->host, err, IDBC_UNSUPPORTED, "", "the new store cannot");
	return m->to->ops->proven(m->to->self, &req, err);
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
