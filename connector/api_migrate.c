/* connector/api_migrate.c - job: the public function that moves users in bulk.
 * Threads: the caller's; no lock.
 */
#include "api.h"
#include "run/run.h"

int idbc_migrate(struct idbc *conn, const struct idbc_migration *migration, idbc_migrated_fn *told,
		 void *ctx, struct idbc_error *to)
{
	struct idbc_migration mine = IDBC_MIGRATION_INIT;
	struct idbc_error err = fresh_error();

	if (!conn || !migration || !told || migration->size < offsetof(struct idbc_migration, after))
		return invalid(to, "no connection, migration or function to tell");
	if (would_wait(conn, to))
		return IDBC_STATE;
	memcpy(&mine, migration, migration->size < sizeof(mine) ? migration->size : sizeof(mine));
	mine.size = sizeof(mine);
	return done(run_migrate(conn, &mine, told, ctx, &err), &err, to);
}
