/* connector/bulk/batch.c - job: reads and hashes the records of a batch, then has them made in
 * one transaction; where that cannot be, one by one.
 *
 * Whose outcome says created is committed.  After a commit in doubt the store is asked for one
 * of them: it was all or nobody.
 * Threads: one at a time; no lock held while a driver or a hash runs.
 */
#include <stdlib.h>
#include <string.h>
#include "base/clock.h"
#include "base/err.h"
#include "bulk/batch.h"
#include "run/settle.h"

void batch_clear(struct batch *b)
{
	for (uint32_t i = 0; i < b->n; i++) {
		struct bulk_user *u = &b->users[i];

		carry_made_free(&u->made);
		record_free(&u->record);
		secret_free(&u->text);
		memset(u, 0, sizeof(*u));
	}
	b->n = b->failed = 0;
	b->status = IDBC_OK;
	b->err = (struct idbc_error)IDBC_ERROR_INIT;
}

int batch_is_his(int rc, const struct idbc_error *err)
{
	switch (rc) {
	case IDBC_INVALID:
	case IDBC_EXISTS:
	case IDBC_CONFLICT:
	case IDBC_AMBIGUOUS:
	case IDBC_NO_USER:
	case IDBC_DENIED:
		return err->effect != IDBC_EFFECT_UNKNOWN;
	case IDBC_UNSUPPORTED:          /* "user_id": keys are made by the store */
		return !strcmp(err->code, "user_id") || !strcmp(err->code, "not_mapped");
	default:
		return 0;
	}
}

static void refuse(struct bulk_user *u, const struct idbc_error *err)
{
	u->err = *err;
	u->outcome = err->status == IDBC_EXISTS ? IDBC_IMPORTED_EXISTS : IDBC_IMPORTED_REFUSED;
}

static void made(struct bulk_user *u, const char *id, size_t len)
{
	u->outcome = IDBC_IMPORTED_CREATED;
	u->id_len = len < IDBC_ID_MAX ? len : IDBC_ID_MAX;
	memcpy(u->id, id, u->id_len);
}

/* --- prepare ------------------------------------------------------------------------------- */

static int prepare_one(struct call *call, const struct idbc_import *import, struct bulk_user *u,
		       struct idbc_error *err)
{
	struct carry carry = { .fields = NULL };
	int rc;

	err_clear(err);
	call->deadline_ns = call_deadline_anew(call);
	rc = record_read(call->conn, u->text.ptr, u->text.len,
			 (import->flags & IDBC_IMPORT_NEW_IDS) != 0, &u->record, err);
	if (rc != IDBC_OK)
		return rc;
	carry = (struct carry){ u->record.fields, u->record.n, u->record.parts,
				u->record.nparts, 0 };
	return call_carry_make(call, &carry, &u->made, err);
}

struct task {
	struct batch *batch;
	const struct idbc_import *import;
};

static int prepare_all(struct call *call, void *ctx, struct idbc_profile **out,
		       struct idbc_error *err)
{
	struct task *task = ctx;
	int rc = IDBC_OK;

	(void)out;
	for (uint32_t i = 0; rc == IDBC_OK && i < task->batch->n; i++) {
		struct bulk_user *u = &task->batch->users[i];

		if (u->outcome)
			continue;
		rc = prepare_one(call, task->import, u, err);
		if (rc != IDBC_OK && batch_is_his(rc, err)) {
			refuse(u, err);
			rc = IDBC_OK;
		}
	}
	return rc;
}

/* --- all at once ------------------------------------------------------------------------------ */

/* Takes down who was made, for the report and for whoever must ask after them. */
struct told {
	struct idbc_sink sink;          /* first: what the driver writes to */
	struct bulk_user *users[BATCH_USERS];   /* that were asked for */
	const struct idbc_create_req *reqs[BATCH_USERS];
	struct idbc_error errs[BATCH_USERS], *outcomes[BATCH_USERS];
	char   (*ids)[IDBC_ID_MAX];
	size_t lens[BATCH_USERS];
	uint32_t n, rows;
	int broken;
	int64_t deadline_ns;
};

static int on_row(struct idbc_sink *sink, const struct idbc_str *user_id,
		  const struct idbc_str *matched)
{
	struct told *t = (struct told *)sink;

	(void)matched;
	t->broken |= t->rows == t->n || !sink_is_id(user_id);
	if (t->broken)
		return -1;
	memcpy(t->ids[t->rows], user_id->ptr, user_id->len);
	t->lens[t->rows++] = user_id->len;
	return 0;
}

static int on_field(struct idbc_sink *sink, const char *name, const struct idbc_value *value)
{
	(void)name;
	(void)value;
	return ((struct told *)sink)->broken;
}

static int on_credential(struct idbc_sink *sink, const struct idbc_field *parts, size_t nparts)
{
	(void)parts;
	(void)nparts;
	return ((struct told *)sink)->broken;
}

static int many_on(struct session *session, void *ctx, struct idbc_error *err)
{
	struct told *t = ctx;
	struct idbc_create_many_req req = { .size = sizeof(req), .n = t->n,
		.deadline_ns = t->deadline_ns, .users = t->reqs, .outcomes = t->outcomes };
	uint32_t refused = 0;
	int rc;

	t->rows = 0;
	for (uint32_t i = 0; i < t->n; i++)
		t->errs[i] = (struct idbc_error)IDBC_ERROR_INIT;
	rc = session->ops->create_many(session->driver_session, &req, &t->sink, err);
	rc = link_believe(session->link, LINK_CALL_CREATE_MANY, rc, err);
	for (uint32_t i = 0; i < t->n; i++) {
		if (!t->errs[i].status)
			continue;
		refused++;
		t->broken |= link_believe(session->link, LINK_CALL_CREATE, (int)t->errs[i].status,
					  &t->errs[i]) == IDBC_DRIVER;
	}
	if (rc != IDBC_OK || (!t->broken && t->rows + refused == t->n))
		return rc;
	err_set(err, IDBC_DRIVER, "link", "create_many() of driver %s told other users than it made",
		link_driver_name(session->link));
	err->effect = IDBC_EFFECT_UNKNOWN;
	return IDBC_DRIVER;
}

static struct told *told_new(struct batch *b)
{
	struct told *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	t->sink = (struct idbc_sink){ .size = sizeof(t->sink), .row = on_row,
		.field = on_field, .credential = on_credential };
	for (uint32_t i = 0; i < b->n; i++) {
		if (b->users[i].outcome)
			continue;
		t->users[t->n] = &b->users[i];
		t->outcomes[t->n] = &t->errs[t->n];
		t->reqs[t->n++] = &b->users[i].made.req;
	}
	t->ids = calloc(t->n + 1, sizeof(*t->ids));
	if (t->ids)
		return t;
	free(t);
	return NULL;
}

/* Who was refused has his outcome; the rest are the rows, in order. */
static void take_outcomes(struct told *t)
{
	uint32_t row = 0;

	for (uint32_t i = 0; i < t->n; i++) {
		if (t->errs[i].status && batch_is_his((int)t->errs[i].status, &t->errs[i]))
			refuse(t->users[i], &t->errs[i]);
		else if (!t->errs[i].status)
			made(t->users[i], t->ids[row], t->lens[row]), row++;
	}
}

/* The first who would have been made. */
static uint32_t first_made(const struct told *t)
{
	uint32_t i = 0;

	while (i + 1 < t->n && t->errs[i].status)
		i++;
	return i;
}

static int many(struct call *call, struct told *t, struct idbc_error *err)
{
	struct doubt doubt = { .kind = IDBC_SETTLE_CREATE };
	int rc;

	call->deadline_ns = t->deadline_ns = call_deadline_anew(call);
	FAILPOINT("bulk.writing");
	rc = call_writing(call, many_on, t, err);
	if (rc != IDBC_OK && err->effect == IDBC_EFFECT_UNKNOWN && t->rows) {
		call->deadline_ns = call_deadline_anew(call);
		doubt.write = t->reqs[first_made(t)];
		doubt.user_id = (struct idbc_str){ t->ids[0], t->lens[0] };
		rc = call_settle(call, &doubt, rc, err);
	}
	FAILPOINT("bulk.written");
	if (rc == IDBC_OK || err->effect == IDBC_EFFECT_APPLIED) {
		take_outcomes(t);
		return IDBC_OK;
	}
	return rc;
}

/* OK: whoever has no outcome yet is to be tried by himself. */
static int at_once(struct call *call, struct batch *b, struct idbc_error *err)
{
	struct told *t;
	int rc = IDBC_OK;

	if (!link_has(call->conn->link, LINK_CREATE_MANY))
		return IDBC_OK;
	t = told_new(b);
	if (!t)
		return err_nomem(err, "bulk");
	if (t->n > 1)
		rc = many(call, t, err);
	free(t->ids);
	free(t);
	if (rc != IDBC_OK && rc != IDBC_DRIVER && err->effect != IDBC_EFFECT_UNKNOWN &&
	    !stop_why(call->stop))
		rc = IDBC_OK;
	return rc;
}

/* --- one by one -------------------------------------------------------------------------------- */

static int by_himself(struct call *call, struct bulk_user *u, struct idbc_error *err)
{
	struct rows rows;
	int rc;

	err_clear(err);
	rows_init(&rows);
	call->deadline_ns = u->made.req.deadline_ns = call_deadline_anew(call);
	rc = call_create_rows(call, &u->made.req, &rows, err);
	if (rc == IDBC_OK)
		made(u, rows.row[0].native_id, rows.row[0].native_len);
	else if (batch_is_his(rc, err))
		refuse(u, err);
	rows_free(&rows);
	return u->outcome ? IDBC_OK : rc;
}

static int write_all(struct call *call, void *ctx, struct idbc_profile **out,
		     struct idbc_error *err)
{
	struct task *task = ctx;
	struct batch *b = task->batch;
	int rc = at_once(call, b, err);

	(void)out;
	for (uint32_t i = 0; rc == IDBC_OK && i < b->n; i++)
		if (!b->users[i].outcome)
			rc = by_himself(call, &b->users[i], err);
	for (uint32_t i = 0; rc == IDBC_OK && i < b->n; i++)
		if (b->users[i].outcome == IDBC_IMPORTED_EXISTS)
			rc = upsert_user(call, task->import, &b->users[i], err);
	return rc;
}

/* Nothing is written: who is there already is all that can be said. */
static int look_all(struct call *call, void *ctx, struct idbc_profile **out,
		    struct idbc_error *err)
{
	struct task *task = ctx;
	int rc = IDBC_OK, found;

	(void)out;
	for (uint32_t i = 0; rc == IDBC_OK && i < task->batch->n; i++) {
		struct bulk_user *u = &task->batch->users[i];
		struct rows rows;

		if (u->outcome)
			continue;
		rows_init(&rows);
		err_clear(err);
		rc = upsert_find(call, u, &rows, &found, err);
		if (rc == IDBC_OK && !found)
			u->outcome = IDBC_IMPORTED_CREATED;
		else if (rc == IDBC_OK && found == 1 && task->import->flags & IDBC_IMPORT_UPSERT)
			u->outcome = IDBC_IMPORTED_UPDATED;
		else if (rc == IDBC_OK)
			err_code(&u->err, IDBC_EXISTS, "bulk", "user_exists", "user already exists");
		if (rc == IDBC_OK && !u->outcome)
			u->outcome = found == 1 ? IDBC_IMPORTED_EXISTS : IDBC_IMPORTED_REFUSED;
		rows_free(&rows);
	}
	return rc;
}

/* --- the whole ----------------------------------------------------------------------------------- */

static void run_task(struct batch *b, struct idbc *conn, const struct idbc_import *import,
		     call_body *body)
{
	const struct idbc_request req = { .size = sizeof(req), .kind = IDBC_CREATE };
	struct call call = { .conn = conn, .req = &req, .uncounted = 1 };
	struct task task = { b, import };

	b->err = (struct idbc_error)IDBC_ERROR_INIT;
	b->status = call_as(&call, body, &task, NULL, &b->err);
}

static void count(struct batch *b, struct idbc *conn, int64_t started_ns)
{
	for (uint32_t i = 0; i < b->n; i++) {
		const struct bulk_user *u = &b->users[i];

		if (u->outcome == IDBC_IMPORTED_CREATED)
			run_count(conn, IDBC_CREATE, IDBC_OK, started_ns);
		else if (u->outcome && u->err.status)
			run_count(conn, IDBC_CREATE, (int)u->err.status, started_ns);
	}
}

static void find_failed(struct batch *b)
{
	b->failed = 0;
	while (b->status != IDBC_OK && b->failed < b->n && b->users[b->failed].outcome)
		b->failed++;
}

void batch_prepare(struct batch *b, struct idbc *conn, const struct idbc_import *import)
{
	run_task(b, conn, import, prepare_all);
	find_failed(b);
}

void batch_write(struct batch *b, struct idbc *conn, const struct idbc_import *import)
{
	int64_t started_ns = clock_now_ns();

	if (b->status != IDBC_OK)
		return;
	if (import->flags & IDBC_IMPORT_DRY_RUN) {
		run_task(b, conn, import, look_all);
	} else {
		run_task(b, conn, import, write_all);
		count(b, conn, started_ns);
	}
	find_failed(b);
}
