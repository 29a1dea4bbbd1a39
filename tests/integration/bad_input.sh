#!/bin/sh
# Bad configurations, identifiers, passwords and servers, on every engine and driver.
cd "$(dirname "$0")/../.." || exit 1
bad=0
python3 tests/integration/lib/bad_input.py odbc-sqlite || bad=1
scripts/with-mariadb sh -c '
	bad=0
	for driver in mysql odbc-mariadb; do
		python3 tests/integration/lib/bad_input.py $driver || bad=1
	done
	exit $bad' || bad=1
exit $bad
