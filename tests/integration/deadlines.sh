#!/bin/sh
# A call ends at its deadline whatever the store does, and what it left there ends too.
# The servers are stopped and killed: they are nobody else's.
# lane: alone
cd "$(dirname "$0")/../.." || exit 1
[ -n "${DEADLINES_SERVERS:-}" ] ||
	DEADLINES_SERVERS=own exec scripts/with-mariadb scripts/with-postgres "$0"
bad=0
for driver in odbc-sqlite mysql odbc-mariadb odbc-postgresql; do
	python3 tests/integration/lib/deadlines.py $driver || bad=1
done
exit $bad
