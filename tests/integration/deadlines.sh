#!/bin/bash
# A call ends at its deadline whatever the store does, and what it left there ends too.
# The servers are stopped and killed: they are nobody else's.
# lane: alone
cd "$(dirname "$0")/../.." || exit 1
[ -n "${DEADLINES_SERVERS:-}" ] ||
	DEADLINES_SERVERS=own exec scripts/with-mariadb scripts/with-postgres "$0"
# Most of it is waiting, so both servers are at it at once.
on() {
	local bad=0 driver
	for driver in "$@"; do
		python3 tests/integration/lib/deadlines.py "$driver" || bad=1
	done
	return $bad
}
bad=0
on odbc-sqlite || bad=1         # this one keeps a processor busy
on mysql odbc-mariadb &
maria=$!
on odbc-postgresql || bad=1
wait $maria || bad=1
exit $bad
