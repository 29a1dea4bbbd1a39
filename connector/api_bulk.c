/* connector/api_bulk.c - job: the public functions for users in bulk.  Threads: the caller's.
 */
#include "api.h"
#include "bulk/bulk.h"

int idbc_export(struct idbc *conn, const struct idbc_export *export, struct idbc_error *err)
{
	struct idbc_export mine = IDBC_EXPORT_INIT;
	struct idbc_error own = fresh_error();

	if (!conn || !export || export->size < sizeof(mine) || !export->row)
		return invalid(err, "no connection, no export, or nobody to tell");
	if (would_wait(conn, err))
		return IDBC_STATE;
	memcpy(&mine, export, sizeof(mine));
	return done(bulk_export(conn, &mine, &own), &own, err);
}

int idbc_import(struct idbc *conn, const struct idbc_import *import, struct idbc_error *err)
{
	struct idbc_import mine = IDBC_IMPORT_INIT;
	struct idbc_error own = fresh_error();

	if (!conn || !import || import->size < sizeof(mine) || !import->next || !import->done)
		return invalid(err, "no connection, no import, or nobody to ask or to tell");
	if (would_wait(conn, err))
		return IDBC_STATE;
	memcpy(&mine, import, sizeof(mine));
	return done(bulk_import(conn, &mine, &own), &own, err);
}
