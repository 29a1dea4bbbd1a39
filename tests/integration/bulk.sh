#!/bin/sh
# Users in bulk: real stores exported into our own schema on every engine, the words of import
# files, bad lines, and an import that is killed and goes on.
cd "$(dirname "$0")/../.." || exit 1
[ -n "${IDBC_TEST_MYSQL_SOCKET:-}" ] || exec scripts/with-mariadb "$0"
[ -n "${IDBC_TEST_PG_SOCKET:-}" ] || exec scripts/with-postgres "$0"
status=0
for driver in odbc-sqlite mysql odbc-postgresql; do
	python3 tests/integration/lib/bulk.py "$driver" || status=1
done
exit $status
