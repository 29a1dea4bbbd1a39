#!/bin/sh
# WordPress, WordPress multisite, Django, Redmine and Laravel as their own code made them, on a throw-away
# MariaDB, by both drivers; WordPress' and Django's own code judge what we wrote.
# lane: first
cd "$(dirname "$0")/../.." || exit 1
[ -n "${IDBC_TEST_MYSQL_SOCKET:-}" ] || exec scripts/with-mariadb "$0"
# `make check` puts it there; a run by hand fetches it once.
wordpress=${BUILD:-build}/wordpress
[ -d "$wordpress/usr" ] || scripts/unpack wordpress "$wordpress" || exit 1
bad=0
for driver in mysql odbc-mariadb; do
	python3 tests/integration/lib/stores.py $driver wordpress wordpress-ms django redmine laravel || bad=1
done
exit $bad
