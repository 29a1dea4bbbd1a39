/* connector/run/rows.c - job: which of the rows that a driver reported are really the user
 * asked for.  Threads: one call's; no lock.
 */
#include <stdlib.h>
#include <string.h>
#include "base/err.h"
#include "base/text.h"
#include "run/conn.h"

static const char *const by_field[] = { NULL, "user_id", "email", "username", "phone_number" };

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
	/* A stack's own mapping says nothing of how its stores compare: each did so itself. */
	if (link_caps(call->conn->link) & IDBC_CAP_SESSIONLESS)
		return 1;
	if (call->by == IDBC_BY_LOGIN)
		return matches_login(call, row);
	return same(call, call->by, row);
}

/* Whoever moved is found in his new store; here only by the stacked driver that reads both. */
static int is_hidden(const struct call *call, const struct row *row)
{
	return row->deleted || (row->migrated && !call->conn->config->lower);
}

static void move(struct row *to, struct row *from)
{
	if (to == from)
		return;
	*to = *from;
	memset(from, 0, sizeof(*from));
}

void rows_keep_matching(struct rows *rows, const struct call *call)
{
	size_t kept = 0;

	for (size_t i = 0; i < rows->n; i++) {
		struct row *row = &rows->row[i];

		if (!is_hidden(call, row) && matches(call, row)) {
			move(&rows->row[kept++], row);
			continue;
		}
		rows->deleted += row->deleted != 0;
		rows->migrated += !row->deleted && is_hidden(call, row);
		rows->unequal += !is_hidden(call, row);
		row_free(row);
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

int rows_one(const struct rows *rows, struct idbc_error *err)
{
	if (rows->n == 0)
		return err_set(err, IDBC_NO_USER, "run", "%s", status_text(IDBC_NO_USER));
	if (rows->n > 1)
		return err_set(err, IDBC_AMBIGUOUS, "run", "%s", status_text(IDBC_AMBIGUOUS));
	return IDBC_OK;
}
