#!/bin/sh
# Servers that die in the middle of a write and come back: what is told is what the rows say.
# Each driver has a server of its own: it is killed.
# lane: waits
cd "$(dirname "$0")/../.." || exit 1
bad=0
for driver in mysql odbc-mariadb; do
	scripts/with-mariadb python3 tests/integration/lib/outcome.py kill $driver || bad=1
done
scripts/with-postgres python3 tests/integration/lib/outcome.py kill odbc-postgresql || bad=1
exit $bad
