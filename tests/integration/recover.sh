#!/bin/sh
# Deletes that were interrupted, and profiles left over, by the command on every engine.
cd "$(dirname "$0")/../.." || exit 1
[ -n "${IDBC_TEST_MYSQL_SOCKET:-}" ] || exec scripts/with-mariadb "$0"
[ -n "${IDBC_TEST_PG_SOCKET:-}" ] || exec scripts/with-postgres "$0"
status=0
for driver in odbc-sqlite mysql odbc-postgresql; do
	python3 tests/integration/lib/recover.py "$driver" || status=1
done
exit $status
