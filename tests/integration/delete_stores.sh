#!/bin/sh
# Deletes by intent in the stores of real applications.
cd "$(dirname "$0")/../.." || exit 1
[ -n "${IDBC_TEST_MYSQL_SOCKET:-}" ] || exec scripts/with-mariadb "$0"
[ -n "${IDBC_TEST_PG_SOCKET:-}" ] || exec scripts/with-postgres "$0"
status=0
python3 tests/integration/lib/delete_stores.py mysql wordpress django laravel || status=1
python3 tests/integration/lib/delete_stores.py odbc-mariadb redmine || status=1
python3 tests/integration/lib/delete_stores.py odbc-postgresql icingaweb2 || status=1
exit $status
