#!/bin/sh
# WordPress, WordPress multisite and Django as their own code made them, on a throw-away
# MariaDB, by both drivers.
cd "$(dirname "$0")/../.." || exit 1
exec scripts/with-mariadb sh -c '
	bad=0
	for driver in mysql odbc-mariadb; do
		python3 tests/integration/lib/stores.py $driver wordpress wordpress-ms django || bad=1
	done
	exit $bad'
