#!/bin/sh
# The application's own count of failed attempts, kept and obeyed, on every engine.
# lane: waits
cd "$(dirname "$0")/../.." || exit 1
[ -n "${IDBC_TEST_MYSQL_SOCKET:-}" ] || exec scripts/with-mariadb "$0"
[ -n "${IDBC_TEST_PG_SOCKET:-}" ] || exec scripts/with-postgres "$0"
bad=0
for driver in odbc-sqlite mysql odbc-mariadb odbc-postgresql; do
	python3 tests/integration/lib/failed_attempts.py $driver || bad=1
done
exit $bad
