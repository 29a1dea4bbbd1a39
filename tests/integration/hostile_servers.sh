#!/bin/sh
# Servers that are none, lie, stall or never end: an honest answer in time, and nothing kept.
# lane: waits
cd "$(dirname "$0")/../.." || exit 1
[ -n "${IDBC_TEST_MYSQL_SOCKET:-}" ] || exec scripts/with-mariadb "$0"
[ -n "${IDBC_TEST_PG_SOCKET:-}" ] || exec scripts/with-postgres "$0"
bad=0
for driver in mysql odbc-mariadb odbc-postgresql; do
	python3 tests/integration/lib/hostile_servers.py $driver || bad=1
done
exit $bad
