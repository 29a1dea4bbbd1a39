#!/bin/sh
# lane: first
# Deletes over two stores and moves between two, broken off at every step: process killed, server
# killed, connection cut, and processes killed at random while others look on; imports and moves
# in bulk at some steps.
# CRASH_N deletes and as many first logins at random (60), CRASH_BULK_N steps (4), CRASH_SEED; of
# CRASH_STRIDE messages, and deaths of a server, one (4); of half as many deaths of a process.
cd "$(dirname "$0")/../.." || exit 1
export CRASH_STRIDE="${CRASH_STRIDE:-4}"
crash() { python3 tests/integration/lib/crash.py "$@" || bad=1; }
bulk() { python3 tests/integration/lib/crash_bulk.py "$@" "${CRASH_SEED:-$$}" || bad=1; }
bad=0
if [ "${1:-}" = servers ]; then
	crash servers "$2"
	exit $bad
fi
[ -n "${IDBC_TEST_MYSQL_SOCKET:-}" ] || exec scripts/with-mariadb "$0"
[ -n "${IDBC_TEST_PG_SOCKET:-}" ] || exec scripts/with-postgres "$0"
# Servers that are killed are not others'.
scripts/with-mariadb "$0" servers mysql || bad=1
scripts/with-postgres "$0" servers odbc-postgresql || bad=1
for driver in odbc-sqlite mysql odbc-postgresql; do
	crash steps $driver
	crash soak $driver "${CRASH_N:-60}" "${CRASH_SEED:-$$}"
	bulk steps $driver "${CRASH_BULK_N:-4}"
done
for driver in mysql odbc-postgresql; do
	crash cuts $driver delete login
done
exit $bad
