/* connector/run/create.c - job: check what came, make the credential, then one driver
 * call that writes all rows or none and reads the profile back.  Threads: the caller's.
 */
#include <string.h>
#include "base/clock.h"
#include "base/err.h"
#include "run/settle.h"

#define TRIES 5

struct create_ctx {
	struct idbc_create_req req;
	struct rows rows;
};

int call_make_credential(struct call *call, const struct password_subject *subject,
			 struct password_made *out, struct idbc_error *err)
{
	struct password_call hashing = call_hashing(call, PASSWORD_FOR_CALLER);

	int rc;

	if (!(link_caps(call->conn->link) & IDBC_CAP_PLAINTEXT))
		return password_make(call->conn->policy, subject, &call->password, &hashing, out,
				     err);
	rc = password_plain(call->conn->policy, &call->password, err);
	if (rc != IDBC_OK)
		return rc;
	memset(out, 0, sizeof(*out));
	if (secret_copy(&out->bytes, call->password.ptr, call->password.len))
		return err_nomem(err, "run");
	out->parts[0] = (struct idbc_field){ "clear", { IDBC_KIND_STR, 0,
		{ .str = { out->bytes.ptr, out->bytes.len } } } };
	out->nparts = 1;
	return IDBC_OK;
}

static int create_on(struct session *session, void *ctx, struct idbc_error *err)
{
	struct create_ctx *create = ctx;
	int rc;

	rows_free(&create->rows);
	rc = session->ops->create(session->driver_session, &create->req, &create->rows.sink, err);
	rc = link_believe(session->link, LINK_CALL_CREATE, rc, err);
	return rows_check(&create->rows, session->link, LINK_CALL_CREATE, rc, err);
}

/* A commit that was refused for others' sake: the sink has been told already, so the driver
 * itself cannot begin anew. */
static int gave_way(int rc, const struct idbc_error *err)
{
	return rc == IDBC_BUSY && err->effect == IDBC_EFFECT_NONE && !strcmp(err->code, "deadlock");
}

/* The driver tells the new user before it commits: so it is known whom to look for. */
static int create_or_know(struct call *call, struct create_ctx *create, struct idbc_error *err)
{
	struct doubt doubt = { .kind = IDBC_SETTLE_CREATE, .write = &create->req };
	int rc, settled, tries = 0;

	do {
		err_clear(err);
		rc = call_writing(call, create_on, create, err);
	} while (gave_way(rc, err) && ++tries < TRIES && clock_now_ns() < call->deadline_ns);
	if (rc == IDBC_OK || create->rows.n != 1)
		return rc;
	doubt.user_id = (struct idbc_str){ create->rows.row[0].native_id,
					   create->rows.row[0].native_len };
	settled = call_settle(call, &doubt, rc, err);
	if (rc == settled)
		return rc;
	return rows_check(&create->rows, call->conn->link, LINK_CALL_CREATE, settled, err);
}

/* The rows are there whatever happens now: errors from here on say APPLIED. */
static int profile_of_new(struct call *call, struct rows *rows, struct idbc_profile **out,
			  struct idbc_error *err)
{
	int rc = row_finish(&rows->row[0], call, err);

	if (rc == IDBC_OK)
		*out = row_take_profile(&rows->row[0]);
	else
		err->effect = IDBC_EFFECT_APPLIED;
	return rc;
}

static void subject_of(const struct profile_fields *fields, struct password_subject *out)
{
	const struct idbc_value *username = profile_field(fields, "username");
	const struct idbc_value *email = profile_field(fields, "email");

	memset(out, 0, sizeof(*out));
	if (username && username->kind == IDBC_KIND_STR)
		out->username = username->u.str;
	if (email && email->kind == IDBC_KIND_STR)
		out->email = email->u.str;
	subject_name(out);
}

static int create_checked(struct call *call, const struct profile_fields *fields,
			  struct idbc_profile **out, struct idbc_error *err)
{
	struct password_made made = { .nparts = 0 };
	struct create_ctx create = { .req = { .size = sizeof(create.req),
		.deadline_ns = call->deadline_ns, .fields = fields->fields, .nfields = fields->n } };
	struct password_subject subject;
	int rc;

	rows_init(&create.rows);
	subject_of(fields, &subject);
	rc = call_make_credential(call, &subject, &made, err);
	if (rc == IDBC_OK) {
		create.req.credential = made.parts;
		create.req.ncredential = made.nparts;
		rc = create_or_know(call, &create, err);
	}
	if (rc == IDBC_OK)
		rc = profile_of_new(call, &create.rows, out, err);
	rows_free(&create.rows);
	password_made_free(&made);
	return rc;
}

int call_create(struct call *call, struct idbc_profile **out, struct idbc_error *err)
{
	struct profile_fields fields = { NULL, 0, NULL };
	int rc;

	if (!call->req->user)
		return err_code(err, IDBC_INVALID, "run", "profile_required", "no profile given");
	if (!call->password.ptr)
		return err_code(err, IDBC_INVALID, "run", "password_required", "no password given");
	rc = profile_for_create(call->req->user, &call->conn->config->profile,
				call->req->flags & IDBC_SELF_SERVICE, &fields, err);
	if (rc == IDBC_OK)
		rc = create_checked(call, &fields, out, err);
	profile_fields_free(&fields);
	return rc;
}
