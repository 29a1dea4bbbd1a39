#!/bin/sh
# What the templates of custom-database action scripts promise, on real databases.
cd "$(dirname "$0")/../.." || exit 1
[ -n "${IDBC_TEST_MYSQL_SOCKET:-}" ] || exec scripts/with-mariadb "$0"
[ -n "${IDBC_TEST_PG_SOCKET:-}" ] || exec scripts/with-postgres "$0"
status=0
for driver in odbc-sqlite mysql odbc-postgresql; do
	python3 tests/integration/lib/templates.py "$driver" || status=1
	python3 tests/integration/lib/templates_membership.py "$driver" || status=1
done
exit $status
