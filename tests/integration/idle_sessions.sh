#!/bin/sh
# Sessions that the server has ended while nobody used them: one reconnect, and no caller hears of it.
# lane: waits
cd "$(dirname "$0")/../.." || exit 1
# Servers of its own: they are restarted, and their limits set.
unset IDBC_TEST_MYSQL_SOCKET IDBC_TEST_PG_SOCKET
bad=0
for driver in mysql odbc-mariadb; do
	scripts/with-mariadb python3 tests/integration/lib/idle_sessions.py $driver || bad=1
done
scripts/with-postgres-pair python3 tests/integration/lib/idle_sessions.py odbc-postgresql || bad=1
exit $bad
