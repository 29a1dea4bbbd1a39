#!/bin/sh
# The forms that a mapping can take, on every engine: what an author may write, works.
cd "$(dirname "$0")/../.." || exit 1
[ -n "${IDBC_TEST_MYSQL_SOCKET:-}" ] || exec scripts/with-mariadb "$0"
[ -n "${IDBC_TEST_PG_SOCKET:-}" ] || exec scripts/with-postgres "$0"
bad=0
for driver in odbc-sqlite mysql odbc-mariadb odbc-postgresql; do
	python3 tests/integration/lib/language.py $driver || bad=1
done
exit $bad
