#!/bin/bash
# lane: first
# Deletes over two stores and moves between two, broken off at every step: process killed, server
# killed, connection cut, and processes killed at random while others look on; imports and moves
# in bulk at some steps.
# CRASH_N deletes and as many first logins at random (60), CRASH_BULK_N steps (4), CRASH_SEED; of
# CRASH_STRIDE messages, and deaths of a server, one (4); of half as many deaths of a process.
# CRASH_CUTS: whose messages are cut ("delete login"; "" for every operation's).
cd "$(dirname "$0")/../.." || exit 1
export CRASH_STRIDE="${CRASH_STRIDE:-4}"
seed=${CRASH_SEED:-$$} bad=0
crash() { python3 tests/integration/lib/crash.py "$@" || bad=1; }
bulk() { python3 tests/integration/lib/crash_bulk.py "$@" "$seed" || bad=1; }
case ${1:-} in
servers) crash servers "$2"; exit $bad ;;
bulk) bulk servers "$2" "${CRASH_BULK_N:-0}"; exit $bad ;;
esac
[ -n "${IDBC_TEST_MYSQL_SOCKET:-}" ] || exec scripts/with-mariadb "$0"
[ -n "${IDBC_TEST_PG_SOCKET:-}" ] || exec scripts/with-postgres "$0"
# Most of a cut is waiting for what may still come: beside the rest.
cuts=()
for driver in mysql odbc-postgresql; do
	(crash cuts $driver ${CRASH_CUTS-delete login}; exit $bad) &
	cuts+=($!)
done
for driver in odbc-sqlite mysql odbc-postgresql; do
	crash steps $driver
	crash soak $driver "${CRASH_N:-60}" "$seed"
	bulk steps $driver "${CRASH_BULK_N:-4}"
done
# Servers that are killed are not others'.
for what in servers bulk; do
	scripts/with-mariadb "$0" $what mysql || bad=1
	scripts/with-postgres "$0" $what odbc-postgresql || bad=1
done
for pid in "${cuts[@]}"; do
	wait "$pid" || bad=1
done
exit $bad
