/* connector/run/get_user.c - job: one read; "no such user" only after it was complete.
 * Threads: the caller's.
 */
#include "base/err.h"
#include "run/conn.h"

int call_get_user(struct call *call, struct idbc_profile **out, struct idbc_error *err)
{
	struct rows rows;
	int rc;

	rows_init(&rows);
	rc = call_read(call, IDBC_GET_USER, &rows, err);
	if (rc == IDBC_OK)
		rc = rows_one(&rows, err);
	if (rc == IDBC_OK)
		rc = row_finish(&rows.row[0], call, err);
	if (rc == IDBC_OK)
		*out = row_take_profile(&rows.row[0]);
	rows_free(&rows);
	return rc;
}

/* A delete that is under way may be withdrawn; who moved is in his new store. */
int call_exists(struct call *call, struct idbc_error *err)
{
	struct rows rows;
	int rc;

	rows_init(&rows);
	rc = call_read(call, IDBC_GET_USER, &rows, err);
	if (rc == IDBC_OK)
		*call->exists = rows.n || rows.hidden || rows.migrated;
	rows_free(&rows);
	if (rc != IDBC_AMBIGUOUS)
		return rc;
	*call->exists = 1;
	err_clear(err);
	return IDBC_OK;
}
