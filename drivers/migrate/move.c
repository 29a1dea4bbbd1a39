/* drivers/migrate/move.c - job: a user of `from` becomes one of `to`, whole: his profile with
 * metadata, his id, a password; entered as moved in the same transaction, then marked in
 * `from`.  A crash in between leaves him in `to`, which is asked first.
 * Threads: any; no lock.
 */
#include <stdlib.h>
#include <string.h>
#include "migrate.h"

/* Who was never changed was changed last when he was made: not when he moved, which would be
 * another time on another road. */
static int lacks_time(const struct found_row *row, struct idbc_field *out)
{
	const struct idbc_value *made = found_value(row, "created_at");

	if (!made || found_value(row, "updated_at"))
		return 0;
	*out = (struct idbc_field){ "updated_at", *made };
	return 1;
}

/* --- what goes over -------------------------------------------------------------------------- */
static size_t fields_of(const struct found_row *row, struct idbc_field *out)
{
	size_t n = 1;

	out[0] = (struct idbc_field){ "user_id", { IDBC_KIND_STR, 0, { .str = row->id } } };
	for (size_t i = 0; i < row->n; i++)
		if (found_is_profile(row->fields[i].name) &&
		    row->fields[i].value.kind != IDBC_KIND_NULL)
			out[n++] = row->fields[i];
	return n + (size_t)lacks_time(row, &out[n]);
}

/* His new profile had no room here, and is of no use here: what counts is whether he is made. */
static int unheard(const struct migrate *m, struct idbc_error *err)
{
	if (err->effect != IDBC_EFFECT_APPLIED)
		return m->host->fail(m->host, err, IDBC_NOMEM, "", "out of memory");
	ask_clear(err);
	return IDBC_OK;
}

static int create(struct migrate *m, const struct move *move, struct idbc_error *err)
{
	struct idbc_field *fields = malloc((move->row->n + 2) * sizeof(*fields));
	struct idbc_create_req req = { .size = sizeof(req), .deadline_ns = move->deadline_ns,
		.fields = fields, .credential = move->parts, .ncredential = move->nparts,
		.flags = IDBC_CREATE_CARRIED | IDBC_CREATE_MOVED |
			 (move->changed ? IDBC_CREATE_CHANGED : 0) |
			 (move->trial ? IDBC_CREATE_TRIAL : 0) };
	struct found found;
	int rc;

	ask_clear(err);
	if (!fields)
		return m->host->fail(m->host, err, IDBC_NOMEM, "", "out of memory");
	req.nfields = fields_of(move->row, fields);
	found_init(&found);
	rc = m->to->ops->create(m->to->self, &req, &found.sink, err);
	if (rc != IDBC_OK && found.nomem)
		rc = unheard(m, err);
	found_free(&found);
	free(fields);
	return rc;
}

/* --- what became of it ------------------------------------------------------------------------ */
/* Where he is marked he is no user of the old application's any more.  That this fails costs
 * nobody his login: `to` has him, and knows his id. */
static void mark(struct migrate *m, const struct move *move)
{
	const struct idbc_proven_req req = { .size = sizeof(req), .flags = IDBC_PROVEN_MOVED,
		.deadline_ns = ask_soon(m, move->deadline_ns), .user_id = move->row->id };
	struct idbc_error err = IDBC_ERROR_INIT;
	int rc;

	if (!m->marks || !LOWER_HAS(m->from, proven))
		return;
	rc = m->from->ops->proven(m->from->self, &req, &err);
	if (rc != IDBC_OK)
		m->host->log(m->host, IDBC_LOG_WARNING, "a user was moved and could not be marked in "
			     "the old store: %s", err.text);
}

/* EXISTS tells which value somebody else has. */
static int taken(struct migrate *m, struct idbc_error *err)
{
	static const struct { const char *code, *field; } words[] = {
		{ "user_exists", "email" }, { "username_exists", "username" },
		{ "phone_exists", "phone_number" },
	};
	const char *field = "user_id";
	char code[sizeof(err->code)];

	memcpy(code, err->code, sizeof(code));
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (!strcmp(words[i].code, code))
			field = words[i].field;
	ask_clear(err);
	return m->host->fail(m->host, err, IDBC_CONFLICT, code,
			     "cannot be moved: another user of the new store has the %s", field);
}

/* A new password is the caller's, and what is wrong with it is told to him. */
static int not_fitting(struct migrate *m, const struct move *move, int rc, struct idbc_error *err)
{
	if (rc == IDBC_EXISTS)
		return taken(m, err);
	if (rc == IDBC_INVALID && move->changed && !strncmp(err->code, "password_", 9))
		return rc;
	if (rc == IDBC_INVALID && strcmp(err->code, "hash_not_accepted") != 0) {
		struct idbc_error said = *err;

		ask_clear(err);
		return m->host->fail(m->host, err, IDBC_CONFLICT, said.code, "cannot be moved: %s",
				     said.text);
	}
	return rc;
}

/* Refused because he is there already, or was: by whom, when? */
static int met_somebody(struct migrate *m, const struct move *move, int rc,
			struct idbc_error *err)
{
	const struct idbc_error said = *err;
	struct known known;
	int asked;

	if (rc != IDBC_EXISTS && rc != IDBC_CONFLICT)
		return not_fitting(m, move, rc, err);
	asked = ask_known(m, &move->row->id, move->deadline_ns, &known, err);
	if (asked != IDBC_OK)
		return asked;
	if (known.there && !known.hidden)
		return IDBC_OK;
	if (is_known(&known))
		return no_user(m, err);
	*err = said;
	return not_fitting(m, move, rc, err);
}

int move_user(struct migrate *m, const struct move *move, int *by_us, struct idbc_error *err)
{
	int rc = create(m, move, err), ours = rc == IDBC_OK;

	if (ours && !move->trial)
		mark(m, move);
	if (!ours)
		rc = met_somebody(m, move, rc, err);
	if (rc == IDBC_OK && by_us)
		*by_us = ours;
	return rc;
}

/* --- whom --------------------------------------------------------------------------------------- */
int move_find(struct migrate *m, uint32_t by, const struct idbc_str *identifier,
	      int64_t deadline_ns, struct found *out, struct idbc_error *err)
{
	struct known known;
	int rc = ask_row(m, m->from, by, identifier, deadline_ns, out, err);

	if (rc == IDBC_UNSUPPORTED && by != IDBC_BY_USER_ID)
		return rc;
	if (rc != IDBC_OK)
		return rc;
	rc = ask_known(m, &out->rows[0].id, deadline_ns, &known, err);
	if (rc != IDBC_OK)
		return rc;
	return is_known(&known) || out->rows[0].marked ? no_user(m, err) : IDBC_OK;
}

int move_has_password(const struct found_row *row)
{
	for (size_t i = 0; i < row->nparts; i++)
		if (!strcmp(row->parts[i].name, "hash") &&
		    row->parts[i].value.kind != IDBC_KIND_NULL)
			return 1;
	return 0;
}
