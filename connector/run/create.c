/* connector/run/create.c - job: check what came, make the credential, then one driver
 * call that writes all rows or none and reads the profile back.  Threads: the caller's.
 */
#include <string.h>
#include "base/clock.h"
#include "base/err.h"
#include "run/settle.h"

#define TRIES 5

struct create_ctx {
	const struct idbc_create_req *req;
	struct rows *rows;
};

int call_clear_credential(const struct idbc_str *password, struct password_made *out,
			  struct idbc_error *err)
{
	memset(out, 0, sizeof(*out));
	if (secret_copy(&out->bytes, password->ptr, password->len))
		return err_nomem(err, "run");
	out->parts[0] = (struct idbc_field){ "clear", { IDBC_KIND_STR, 0,
		{ .str = { out->bytes.ptr, out->bytes.len } } } };
	out->nparts = 1;
	return IDBC_OK;
}

int call_make_credential(struct call *call, const struct password_subject *subject,
			 struct password_made *out, struct idbc_error *err)
{
	struct password_call hashing = call_hashing(call, PASSWORD_FOR_CALLER);
	int rc;

	if (!(link_caps(call->conn->link) & IDBC_CAP_PLAINTEXT))
		return password_make(call->conn->policy, subject, &call->password, &hashing, out,
				     err);
	rc = password_plain(call->conn->policy, &call->password, err);
	return rc == IDBC_OK ? call_clear_credential(&call->password, out, err) : rc;
}

/* A driver that may not tell the new user undoes him: so every one with transactions can try. */
static int tried(struct rows *rows, const struct link *link, int rc, struct idbc_error *err)
{
	if (rc == IDBC_OK) {
		err_set(err, IDBC_DRIVER, "link", "driver %s made a user whom the sink refused",
			link_driver_name(link));
		err->effect = IDBC_EFFECT_APPLIED;
		return IDBC_DRIVER;
	}
	if (!rows->n || rows->broken || rows->nomem)
		return rc;
	rows_free(rows);
	err_clear(err);
	return IDBC_OK;
}

static int create_on(struct session *session, void *ctx, struct idbc_error *err)
{
	struct create_ctx *create = ctx;
	int rc;

	rows_free(create->rows);
	rc = session->ops->create(session->driver_session, create->req, &create->rows->sink, err);
	rc = link_believe(session->link, LINK_CALL_CREATE, rc, err);
	if (create->rows->trial)
		return tried(create->rows, session->link, rc, err);
	return rows_check(create->rows, session->link, LINK_CALL_CREATE, rc, err);
}

/* A commit that was refused for others' sake: the sink has been told already, so the driver
 * itself cannot begin anew. */
static int gave_way(int rc, const struct idbc_error *err)
{
	return rc == IDBC_BUSY && err->effect == IDBC_EFFECT_NONE && !strcmp(err->code, "deadlock");
}

/* The driver tells the new user before it commits: so it is known whom to look for. */
int call_create_rows(struct call *call, const struct idbc_create_req *req, struct rows *rows,
		     struct idbc_error *err)
{
	struct doubt doubt = { .kind = IDBC_SETTLE_CREATE, .write = req };
	struct create_ctx create = { req, rows };
	int rc, settled, tries = 0;

	if (req->flags & IDBC_CREATE_TRIAL && !(link_caps(call->conn->link) & IDBC_CAP_TRANSACTIONS))
		return err_code(err, IDBC_UNSUPPORTED, "run", "trial", "driver %s has no transactions: "
				"who is tried would be made", link_driver_name(call->conn->link));
	rows->trial = (req->flags & IDBC_CREATE_TRIAL) != 0;
	do {
		err_clear(err);
		rc = call_writing(call, create_on, &create, err);
	} while (gave_way(rc, err) && ++tries < TRIES && clock_now_ns() < call->deadline_ns);
	if (rc == IDBC_OK || rows->n != 1 || rows->trial)
		return rc;
	doubt.user_id = (struct idbc_str){ rows->row[0].native_id, rows->row[0].native_len };
	settled = call_settle(call, &doubt, rc, err);
	if (rc == settled)
		return rc;
	return rows_check(rows, call->conn->link, LINK_CALL_CREATE, settled, err);
}

/* The rows are there whatever happens now: errors from here on say APPLIED. */
int call_profile_of_new(struct call *call, struct rows *rows, struct idbc_profile **out,
			struct idbc_error *err)
{
	int rc = row_finish(&rows->row[0], call, err);

	if (rc == IDBC_OK)
		*out = row_take_profile(&rows->row[0]);
	else
		err->effect = IDBC_EFFECT_APPLIED;
	return rc;
}

void fields_subject(const struct profile_fields *fields, struct password_subject *out)
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

int call_create_fields(struct call *call, const struct profile_fields *fields, uint32_t flags,
		       struct rows *rows, struct idbc_error *err)
{
	struct password_made made = { .nparts = 0 };
	struct idbc_create_req req = { .size = sizeof(req), .deadline_ns = call->deadline_ns,
		.fields = fields->fields, .nfields = fields->n, .flags = flags };
	struct password_subject subject;
	int rc;

	fields_subject(fields, &subject);
	rc = call_make_credential(call, &subject, &made, err);
	if (rc == IDBC_OK) {
		req.credential = made.parts;
		req.ncredential = made.nparts;
		rc = call_create_rows(call, &req, rows, err);
	}
	password_made_free(&made);
	return rc;
}

static int create_checked(struct call *call, const struct profile_fields *fields,
			  struct idbc_profile **out, struct idbc_error *err)
{
	struct rows rows;
	int rc;

	rows_init(&rows);
	rc = call_create_fields(call, fields, 0, &rows, err);
	if (rc == IDBC_OK)
		rc = call_profile_of_new(call, &rows, out, err);
	rows_free(&rows);
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
