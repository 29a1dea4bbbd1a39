#!/bin/sh
# lane: first
# Writes whose connection breaks at each message in turn: what is told is what the rows say.
cd "$(dirname "$0")/../.." || exit 1
[ -n "${IDBC_TEST_MYSQL_SOCKET:-}" ] || exec scripts/with-mariadb "$0"
[ -n "${IDBC_TEST_PG_SOCKET:-}" ] || exec scripts/with-postgres "$0"
bad=0
for driver in mysql odbc-mariadb odbc-postgresql; do
	for how in cut late; do
		python3 tests/integration/lib/outcome.py $how $driver || bad=1
	done
done
exit $bad
