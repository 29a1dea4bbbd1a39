#!/bin/bash
# lane: first
# Writes whose connection breaks at each message in turn: what is told is what the rows say.
cd "$(dirname "$0")/../.." || exit 1
[ -n "${IDBC_TEST_MYSQL_SOCKET:-}" ] || exec scripts/with-mariadb "$0"
[ -n "${IDBC_TEST_PG_SOCKET:-}" ] || exec scripts/with-postgres "$0"
# outcome HOW DRIVER...: one after the other
outcome() {
	local how=$1 bad=0
	shift
	for driver in "$@"; do
		python3 tests/integration/lib/outcome.py "$how" "$driver" || bad=1
	done
	return $bad
}
# What comes late is waited for, half a second each: beside what does not come.
bad=0 late=()
for engine in "mysql odbc-mariadb" odbc-postgresql; do
	outcome late $engine &
	late+=($!)
done
outcome cut mysql odbc-mariadb odbc-postgresql || bad=1
for pid in "${late[@]}"; do
	wait "$pid" || bad=1
done
exit $bad
