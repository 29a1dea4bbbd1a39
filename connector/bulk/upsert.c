/* connector/bulk/upsert.c - job: records of users who are there already: skipped, taken as done
 * by a run that ended early, or changed: address and its flag, password, the fields of the
 * profile that a store lets a login write.
 *
 * Each of these is a write of its own, and doing all of it again comes to the same.
 * Threads: one at a time; no lock.
 */
#include <string.h>
#include "base/err.h"
#include "base/text.h"
#include "bulk/batch.h"

/* --- who is it ------------------------------------------------------------------------------- */

static int read_by(struct call *call, uint32_t by, const struct idbc_str *value,
		   struct rows *rows, struct idbc_error *err)
{
	call->by = by;
	call->identifier = *value;
	call->deadline_ns = call_deadline_anew(call);
	rows_free(rows);
	return call_read(call, IDBC_GET_USER, rows, err);
}

/* What a kind of identifier that this store does not know says of nobody. */
static int is_no_answer(int rc, const struct idbc_error *err)
{
	return rc == IDBC_UNSUPPORTED && !strcmp(err->code, "not_mapped");
}

static int same_user(const struct rows *rows, const char *id, size_t len)
{
	return rows->n == 1 && rows->row[0].native_len == len &&
	       !memcmp(rows->row[0].native_id, id, len);
}

/* Each identifier of the record that somebody has must be the same one's. */
int upsert_find(struct call *call, const struct bulk_user *u, struct rows *rows, int *found,
		struct idbc_error *err)
{
	const struct record *r = &u->record;
	const struct { uint32_t by; const struct idbc_str *value; } asked[] = {
		{ IDBC_BY_PHONE, &r->phone }, { IDBC_BY_USERNAME, &r->username },
		{ IDBC_BY_EMAIL, &r->email }, { IDBC_BY_USER_ID, &r->user_id },
	};
	char id[IDBC_ID_MAX];
	size_t len = 0;
	int rc;

	*found = 0;
	for (size_t i = 0; i < sizeof(asked) / sizeof(asked[0]); i++) {
		if (!asked[i].value->len || asked[i].value->len > IDBC_ID_MAX)
			continue;
		err_clear(err);
		rc = read_by(call, asked[i].by, asked[i].value, rows, err);
		if (is_no_answer(rc, err))
			continue;
		if (rc == IDBC_AMBIGUOUS || rows->n > 1)
			*found = 2;
		else if (rc != IDBC_OK)
			return rc;
		if (*found == 2 || (rows->n && *found && !same_user(rows, id, len))) {
			*found = 2;
			return IDBC_OK;
		}
		if (!rows->n)
			continue;
		*found = 1;
		len = rows->row[0].native_len;
		memcpy(id, rows->row[0].native_id, len);
	}
	err_clear(err);
	if (*found != 1 || rows->n)
		return IDBC_OK;
	return read_by(call, IDBC_BY_USER_ID, &(struct idbc_str){ id, len }, rows, err);
}

/* --- what is written --------------------------------------------------------------------------- */

#define FIELDS_MAX 64u

struct change {
	const struct bulk_user *user;
	struct idbc_str id;
	struct idbc_field fields[FIELDS_MAX];
	size_t nfields;
	int64_t deadline_ns;
};

static int password_on(struct session *session, void *ctx, struct idbc_error *err)
{
	struct change *c = ctx;
	struct idbc_password_req req = { .size = sizeof(req), .by = IDBC_BY_USER_ID,
		.deadline_ns = c->deadline_ns, .identifier = c->id,
		.credential = c->user->made.req.credential,
		.ncredential = c->user->made.req.ncredential };
	int rc = session->ops->change_password(session->driver_session, &req, err);

	return link_believe(session->link, LINK_CALL_CHANGE_PASSWORD, rc, err);
}

static int email_on(struct session *session, void *ctx, struct idbc_error *err)
{
	struct change *c = ctx;
	struct idbc_email_req req = { .size = sizeof(req), .by = IDBC_BY_USER_ID,
		.deadline_ns = c->deadline_ns, .identifier = c->id,
		.email = c->user->record.email, .verified = c->user->record.verified == 1 };
	int rc = session->ops->change_email(session->driver_session, &req, err);

	return link_believe(session->link, LINK_CALL_CHANGE_EMAIL, rc, err);
}

static int fields_on(struct session *session, void *ctx, struct idbc_error *err)
{
	struct change *c = ctx;
	struct idbc_proven_req req = { .size = sizeof(req), .user_id = c->id,
		.deadline_ns = c->deadline_ns, .fields = c->fields, .nfields = c->nfields };
	int rc = session->ops->proven(session->driver_session, &req, err);

	return link_believe(session->link, LINK_CALL_PROVEN, rc, err);
}

static int write_it(struct call *call, struct change *c, call_fn *fn, struct idbc_error *err)
{
	err_clear(err);
	call->deadline_ns = c->deadline_ns = call_deadline_anew(call);
	return call_writing(call, fn, c, err);
}

/* Written elsewhere, or by nobody: identifiers, and what the store keeps by itself. */
static int is_field(const char *name)
{
	static const char *const others[] = { "user_id", "email", "email_verified", "username",
		"phone_number", NULL };

	for (size_t i = 0; others[i]; i++)
		if (!strcmp(others[i], name))
			return 0;
	return !profile_is_stores(name);
}

static int write_fields(struct call *call, struct change *c, struct idbc_error *err)
{
	const struct idbc_create_req *req = &c->user->made.req;

	for (size_t i = 0; i < req->nfields; i++) {
		if (!is_field(req->fields[i].name))
			continue;
		if (c->nfields == FIELDS_MAX)
			return err_code(err, IDBC_INVALID, "bulk", "too_many_fields",
					"more than %u fields of one user are to be changed", FIELDS_MAX);
		c->fields[c->nfields++] = req->fields[i];
	}
	if (!c->nfields || !link_has(call->conn->link, LINK_PROVEN))
		return IDBC_OK;
	return write_it(call, c, fields_on, err);
}

static int needs_email(const struct row *row, const struct record *r)
{
	struct idbc_str email = profile_str(row->profile, "email");

	if (!r->email.len)
		return 0;
	if (email.len != r->email.len || memcmp(email.ptr, r->email.ptr, email.len))
		return 1;
	return r->verified >= 0 && profile_true(row->profile, "email_verified") != r->verified;
}

static int change_all(struct call *call, const struct row *row, struct bulk_user *u,
		      struct idbc_error *err)
{
	struct change c = { .user = u, .id = { u->id, u->id_len } };
	int rc = IDBC_OK;

	if (needs_email(row, &u->record))
		rc = write_it(call, &c, email_on, err);
	if (rc == IDBC_OK)
		rc = write_fields(call, &c, err);
	if (rc == IDBC_OK && u->record.nparts)
		rc = write_it(call, &c, password_on, err);
	return rc;
}

/* --- what becomes of him ------------------------------------------------------------------------ */

static int is_same(const struct idbc_str *a, const struct idbc_str *b)
{
	return text_same(IDBC_FOLD_LOWER, a->ptr, a->len, b->ptr, b->len);
}

/* What he has and the record has not may be of the store's making, out of another identifier. */
static int same_text(const struct row *row, const char *field, const struct idbc_str *value,
		     const struct record *r)
{
	struct idbc_str have = profile_str(row->profile, field);

	if (value->len || !have.len)
		return is_same(&have, value);
	return is_same(&have, &r->email) || is_same(&have, &r->username) ||
	       is_same(&have, &r->phone) || is_same(&have, &r->user_id);
}

/* Names that are somebody's who was there before; what the row has not says nothing. */
static int has_other_names(const struct row *row, const struct record *r)
{
	static const char *const names[] = { "name", "given_name", "family_name", "nickname",
		"picture" };

	for (size_t i = 0; i < r->n; i++)
		for (size_t j = 0; j < sizeof(names) / sizeof(names[0]); j++) {
			const struct idbc_value *value = &r->fields[i].value;
			struct idbc_str have;

			if (strcmp(r->fields[i].name, names[j]) != 0 || value->kind != IDBC_KIND_STR)
				continue;
			have = profile_str(row->profile, names[j]);
			if (have.len && !is_same(&have, &value->u.str))
				return 1;
		}
	return 0;
}

/* As a run that was interrupted made him: not somebody else with one of his identifiers. */
static int is_as_recorded(const struct row *row, const struct record *r)
{
	const struct idbc_str *id = &r->user_id;

	if (id->len && (id->len != row->native_len || memcmp(id->ptr, row->native_id, id->len)))
		return 0;
	return same_text(row, "email", &r->email, r) &&
	       same_text(row, "username", &r->username, r) &&
	       same_text(row, "phone_number", &r->phone, r) && !has_other_names(row, r);
}

static int settle_one(struct call *call, const struct idbc_import *import, struct bulk_user *u,
		      const struct row *row, struct idbc_error *err)
{
	int rc;

	u->id_len = row->native_len;
	memcpy(u->id, row->native_id, row->native_len);
	if (!(import->flags & IDBC_IMPORT_UPSERT)) {
		if (u->again && is_as_recorded(row, &u->record))
			u->outcome = IDBC_IMPORTED_CREATED;
		return IDBC_OK;
	}
	rc = change_all(call, row, u, err);
	if (rc == IDBC_OK) {
		u->outcome = IDBC_IMPORTED_UPDATED;
	} else if (batch_is_his(rc, err) || rc == IDBC_UNSUPPORTED) {
		u->outcome = IDBC_IMPORTED_REFUSED;
		u->err = *err;
		rc = IDBC_OK;
	}
	return rc;
}

int upsert_user(struct call *call, const struct idbc_import *import, struct bulk_user *u,
		struct idbc_error *err)
{
	struct rows rows;
	int rc, found = 0;

	if (!u->again && !(import->flags & IDBC_IMPORT_UPSERT))
		return IDBC_OK;
	rows_init(&rows);
	rc = upsert_find(call, u, &rows, &found, err);
	if (rc == IDBC_OK && found == 1 && rows.n == 1)
		rc = settle_one(call, import, u, &rows.row[0], err);
	else if (rc == IDBC_OK)
		u->outcome = IDBC_IMPORTED_REFUSED;     /* with what the create said */
	if (rc != IDBC_OK)
		u->outcome = 0;
	rows_free(&rows);
	return rc;
}
