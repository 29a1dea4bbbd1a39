/* connector/run/rows.c - job: the sink a driver writes to, and which of the rows are
 * really the user asked for.  Threads: one call's; no lock.
 */
#include <stdlib.h>
#include <string.h>
#include "base/err.h"
#include "base/text.h"
#include "run/conn.h"

static const char *const by_field[] = { NULL, "user_id", "email", "username", "phone_number" };

/* The row that the last row() began; NULL if that was refused or one too many. */
static struct row *current(struct rows *rows)
{
	return rows->seen && rows->n == rows->seen ? &rows->row[rows->n - 1] : NULL;
}

static int row_begin(struct row *row, const struct idbc_str *user_id,
		     const struct idbc_str *matched)
{
	struct idbc_error ignored = IDBC_ERROR_INIT;

	row->native_id = text_dup(user_id->ptr, user_id->len);
	row->native_len = user_id->len;
	row->matched = text_dup(matched->ptr ? matched->ptr : "", matched->len);
	row->matched_len = matched->len;
	if (!row->native_id || !row->matched)
		return -1;
	return profile_new(&row->profile, &ignored) == IDBC_OK ? 0 : -1;
}

static int sink_row(struct idbc_sink *sink, const struct idbc_str *user_id,
		    const struct idbc_str *matched)
{
	struct rows *rows = (struct rows *)sink;

	rows->seen++;
	if (!user_id || !user_id->ptr || !user_id->len || !matched) {
		rows->broken = 1;
		return -1;
	}
	if (rows->seen > ROWS_MAX)
		return 0;               /* two already say "ambiguous" */
	if (row_begin(&rows->row[rows->seen - 1], user_id, matched)) {
		rows->nomem = 1;
		return -1;
	}
	rows->n = rows->seen;
	return 0;
}

static int is_true(const struct idbc_value *value)
{
	return value->kind == IDBC_KIND_BOOL && value->u.i64 != 0;
}

/* What a driver says that is no part of the profile. */
static int *hidden_flag(struct row *row, const char *name)
{
	if (!strcmp(name, "deleted"))
		return &row->deleted;
	if (!strcmp(name, "password_expired"))
		return &row->password_expired;
	if (!strcmp(name, "locked_out"))
		return &row->locked_out;
	return strcmp(name, "login.failed") ? NULL : &row->failed;
}

static int sink_field(struct idbc_sink *sink, const char *name, const struct idbc_value *value)
{
	struct rows *rows = (struct rows *)sink;
	struct row *row = current(rows);
	int *flag;

	if (!rows->seen || !name || !value) {
		rows->broken = 1;
		return -1;
	}
	if (!row)
		return 0;
	flag = hidden_flag(row, name);
	if (flag) {
		*flag |= is_true(value);
		return 0;
	}
	if (profile_add(row->profile, name, value)) {
		rows->nomem = 1;
		return -1;
	}
	return 0;
}

static const char *part_name(const char *name)
{
	static const char *const known[] = { "hash", "salt", "scheme", "external" };

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (!strcmp(known[i], name))
			return known[i];
	}
	return NULL;
}

static int keep_part(struct row *row, const char *name, const struct idbc_value *value)
{
	struct idbc_field *part = &row->parts[row->nparts];
	struct secret *bytes = &row->secrets[row->nparts];

	part->name = name;
	part->value = *value;
	if (value->kind != IDBC_KIND_STR && value->kind != IDBC_KIND_BYTES) {
		row->nparts++;
		return 0;
	}
	if (secret_copy(bytes, value->u.str.ptr, value->u.str.len))
		return -1;
	part->value.u.str.ptr = bytes->ptr;
	row->nparts++;
	return 0;
}

static int sink_credential(struct idbc_sink *sink, const struct idbc_field *parts, size_t nparts)
{
	struct rows *rows = (struct rows *)sink;
	struct row *row = current(rows);

	if (!rows->seen || (nparts && !parts)) {
		rows->broken = 1;
		return -1;
	}
	if (!row)
		return 0;
	row->has_credential = 1;
	for (size_t i = 0; i < nparts && row->nparts < PARTS_MAX; i++) {
		const char *name = part_name(parts[i].name);

		if (name && keep_part(row, name, &parts[i].value)) {
			rows->nomem = 1;
			return -1;
		}
	}
	return 0;
}

static void sink_passed_over(struct idbc_sink *sink, uint32_t why)
{
	struct rows *rows = (struct rows *)sink;

	rows->deleted += why == IDBC_PASSED_DELETED;
	rows->unequal += why == IDBC_PASSED_UNEQUAL;
}

void rows_init(struct rows *rows)
{
	memset(rows, 0, sizeof(*rows));
	rows->sink.size = sizeof(rows->sink);
	rows->sink.row = sink_row;
	rows->sink.field = sink_field;
	rows->sink.credential = sink_credential;
	rows->sink.passed_over = sink_passed_over;
}

static void row_free(struct row *row)
{
	for (size_t i = 0; i < PARTS_MAX; i++)
		secret_free(&row->secrets[i]);
	free(row->native_id);
	free(row->matched);
	profile_free(row->profile);
	memset(row, 0, sizeof(*row));
}

void rows_free(struct rows *rows)
{
	for (size_t i = 0; i < ROWS_MAX; i++)
		row_free(&rows->row[i]);
	rows->n = rows->seen = 0;
	rows->broken = rows->nomem = 0;
}

static int same(const struct call *call, uint32_t field, const struct row *row)
{
	return text_same(call->conn->config->lookup.fold[field], call->identifier.ptr,
			 call->identifier.len, row->matched, row->matched_len);
}

int row_matched_in(const struct row *row, uint32_t by)
{
	struct idbc_str value = profile_str(row->profile, by_field[by]);

	return value.ptr && value.len == row->matched_len &&
	       !memcmp(value.ptr, row->matched, value.len);
}

/* By LOGIN the row says what matched, not where: only a field that holds that value
 * lends its fold.  A driver that reports none of the fields is judged by any of them. */
static int matches_login(const struct call *call, const struct row *row)
{
	const struct config_lookup *lookup = &call->conn->config->lookup;
	int placed = 0;

	for (uint32_t i = 0; i < lookup->nlogin; i++) {
		if (!row_matched_in(row, lookup->login_by[i]))
			continue;
		placed = 1;
		if (same(call, lookup->login_by[i], row))
			return 1;
	}
	for (uint32_t i = 0; !placed && i < lookup->nlogin; i++) {
		if (same(call, lookup->login_by[i], row))
			return 1;
	}
	return 0;
}

static int matches(const struct call *call, const struct row *row)
{
	if (call->by == IDBC_BY_USER_ID)
		return row->native_len == call->identifier.len &&
		       !memcmp(row->native_id, call->identifier.ptr, row->native_len);
	if (call->by == IDBC_BY_LOGIN)
		return matches_login(call, row);
	return same(call, call->by, row);
}

void rows_keep_matching(struct rows *rows, const struct call *call)
{
	size_t kept = 0;

	for (size_t i = 0; i < rows->n; i++) {
		struct row row = rows->row[i];

		memset(&rows->row[i], 0, sizeof(rows->row[i]));
		if (!row.deleted && matches(call, &row)) {
			rows->row[kept++] = row;
			continue;
		}
		sink_passed_over(&rows->sink,
				 row.deleted ? IDBC_PASSED_DELETED : IDBC_PASSED_UNEQUAL);
		row_free(&row);
	}
	rows->n = kept;
}

int row_finish(struct row *row, const struct call *call, struct idbc_error *err)
{
	struct idbc_str id = { row->native_id, row->native_len };

	return profile_finish(row->profile, &call->conn->config->profile, &id, err);
}

struct idbc_profile *row_take_profile(struct row *row)
{
	struct idbc_profile *profile = row->profile;

	row->profile = NULL;
	return profile;
}
