#!/bin/sh
# The same from MariaDB, by both drivers, to PostgreSQL and MariaDB.
# lane: first
cd "$(dirname "$0")/../.." || exit 1
[ -n "${IDBC_TEST_MYSQL_SOCKET:-}" ] || exec scripts/with-mariadb "$0"
[ -n "${IDBC_TEST_PG_SOCKET:-}" ] || exec scripts/with-postgres "$0"
bad=0
python3 tests/integration/lib/migrate.py mysql odbc-postgresql wordpress || bad=1
python3 tests/integration/lib/migrate.py odbc-mariadb mysql django || bad=1
python3 tests/integration/lib/migrate.py mysql odbc-sqlite redmine laravel || bad=1
exit $bad
