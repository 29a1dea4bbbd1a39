/* connector/run/carry.c - job: a user carried over from another store or a file: his fields as
 * this mapping parts them, his password as it was proved or stored.  What does not fit is told
 * as a conflict of the two stores, since nobody typed it.  Threads: the caller's; no lock.
 */
#include <string.h>
#include "base/err.h"
#include "password/carry.h"
#include "run/carry.h"

#define PASSED_ON ((uint32_t)(IDBC_CREATE_MOVED | IDBC_CREATE_CHANGED | IDBC_CREATE_TRIAL))

/* --- his fields ------------------------------------------------------------------------ */
/* What is kept by the store itself and has no place here is no loss; what is absent is none. */
static int has_place(const struct call *call, const struct idbc_field *field)
{
	if (field->value.kind == IDBC_KIND_NULL)
		return 0;
	return !profile_is_stores(field->name) ||
	       config_maps_field(call->conn->config, field->name) != 0;
}

static void drop_homeless(const struct call *call, struct profile_fields *fields)
{
	size_t kept = 0;

	for (size_t i = 0; i < fields->n; i++)
		if (has_place(call, &fields->fields[i]))
			fields->fields[kept++] = fields->fields[i];
	fields->n = kept;
}

/* --- his password ---------------------------------------------------------------------- */
static const struct idbc_str *part(const struct carry *carry, const char *name)
{
	for (size_t i = 0; i < carry->nparts; i++)
		if (!strcmp(carry->parts[i].name, name) &&
		    carry->parts[i].value.kind == IDBC_KIND_STR)
			return &carry->parts[i].value.u.str;
	return NULL;
}

/* A new password keeps the rules of new ones. */
static int make_of_clear(struct call *call, const struct password_subject *subject,
			 const struct idbc_str *clear, int fresh, struct password_made *out,
			 struct idbc_error *err)
{
	struct password_call hashing = call_hashing(call, PASSWORD_FOR_CALLER);

	if (fresh) {
		call->password = *clear;
		return call_make_credential(call, subject, out, err);
	}
	if (!(link_caps(call->conn->link) & IDBC_CAP_PLAINTEXT))
		return password_make_proved(call->conn->policy, subject, clear, &hashing, out, err);
	return call_clear_credential(clear, out, err);
}

static struct idbc_str part_or_none(const struct carry *carry, const char *name)
{
	const struct idbc_str *value = part(carry, name);

	return value ? *value : (struct idbc_str){ NULL, 0 };
}

static int not_accepted(struct idbc_error *err)
{
	return err_code(err, IDBC_INVALID, "run", "hash_not_accepted",
			"this store keeps no stored passwords of others");
}

static int keep_stored(struct call *call, const struct carry *carry, struct password_made *out,
		       struct idbc_error *err)
{
	struct password_carried carried = { .hash = part_or_none(carry, "hash"),
		.salt = part_or_none(carry, "salt") };
	struct idbc_str scheme = part_or_none(carry, "scheme");

	if (link_caps(call->conn->link) & IDBC_CAP_PLAINTEXT || !carried.hash.len ||
	    scheme.len >= sizeof(carried.scheme))
		return not_accepted(err);
	if (scheme.len)
		memcpy(carried.scheme, scheme.ptr, scheme.len);
	return password_carry(call->conn->policy, &carried, out, err);
}

static int keep_none(struct call *call, struct password_made *out, struct idbc_error *err)
{
	if (link_caps(call->conn->link) & IDBC_CAP_PLAINTEXT)
		return IDBC_OK;
	return password_none(call->conn->policy, out) ? err_nomem(err, "run") : IDBC_OK;
}

static int make_parts(struct call *call, const struct carry *carry,
		      const struct password_subject *subject, struct password_made *out,
		      struct idbc_error *err)
{
	const struct idbc_str *clear = part(carry, "clear");

	if (clear)
		return make_of_clear(call, subject, clear, carry->flags & IDBC_CREATE_CHANGED, out,
				     err);
	return carry->nparts ? keep_stored(call, carry, out, err) : keep_none(call, out, err);
}

/* --- the whole ------------------------------------------------------------------------- */
/* INVALID is for what somebody asked for, as a new password is: here it is two stores that do
 * not go together. */
static int as_conflict(const struct carry *carry, int rc, struct idbc_error *err)
{
	int new_password = carry->flags & IDBC_CREATE_CHANGED && !strncmp(err->code, "password_", 9);

	if (rc != IDBC_INVALID || new_password || !strcmp(err->code, "hash_not_accepted"))
		return rc;
	err->status = IDBC_CONFLICT;
	return IDBC_CONFLICT;
}

static int make_request(struct call *call, const struct carry *carry, struct carry_made *made,
			struct idbc_error *err)
{
	struct password_subject subject;
	int rc;

	drop_homeless(call, &made->fields);
	fields_subject(&made->fields, &subject);
	rc = make_parts(call, carry, &subject, &made->password, err);
	made->req = (struct idbc_create_req){ .size = sizeof(made->req),
		.deadline_ns = call->deadline_ns, .fields = made->fields.fields,
		.nfields = made->fields.n, .credential = made->password.parts,
		.ncredential = made->password.nparts,
		.flags = IDBC_CREATE_CARRIED | (carry->flags & PASSED_ON) };
	return rc;
}

int call_carry_make(struct call *call, const struct carry *carry, struct carry_made *out,
		    struct idbc_error *err)
{
	int rc;

	memset(out, 0, sizeof(*out));
	rc = profile_for_carry(carry->fields, carry->nfields, &call->conn->config->profile,
			       &out->fields, err);
	if (rc == IDBC_OK)
		rc = make_request(call, carry, out, err);
	if (rc != IDBC_OK)
		carry_made_free(out);
	return as_conflict(carry, rc, err);
}

void carry_made_free(struct carry_made *made)
{
	password_made_free(&made->password);
	profile_fields_free(&made->fields);
	memset(made, 0, sizeof(*made));
}

int call_carry(struct call *call, const struct carry *carry, struct rows *rows,
	       struct idbc_error *err)
{
	struct carry_made made;
	int rc = call_carry_make(call, carry, &made, err);

	if (rc != IDBC_OK)
		return rc;
	rc = call_create_rows(call, &made.req, rows, err);
	carry_made_free(&made);
	return as_conflict(carry, rc, err);
}

/* --- with a connection alone ----------------------------------------------------------- */
static int carry_body(struct call *call, void *ctx, struct idbc_profile **out,
		      struct idbc_error *err)
{
	struct rows rows;
	int rc;

	rows_init(&rows);
	rc = call_carry(call, ctx, &rows, err);
	if (rc == IDBC_OK && out)
		rc = call_profile_of_new(call, &rows, out, err);
	rows_free(&rows);
	return rc;
}

int run_carry(struct idbc *conn, const struct carry *carry, uint32_t timeout_ms,
	      struct idbc_profile **out, struct idbc_error *err)
{
	const struct idbc_request req = { .size = sizeof(req), .kind = IDBC_CREATE,
		.timeout_ms = timeout_ms };
	struct call call = { .conn = conn, .req = &req };

	return call_as(&call, carry_body, (void *)carry, out, err);
}
