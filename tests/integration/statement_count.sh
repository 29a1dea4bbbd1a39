#!/bin/sh
# How many statements each operation takes, on every engine.
cd "$(dirname "$0")/../.." || exit 1
[ -n "${IDBC_TEST_MYSQL_SOCKET:-}" ] || exec scripts/with-mariadb "$0"
[ -n "${IDBC_TEST_PG_SOCKET:-}" ] || exec scripts/with-postgres "$0"
BUILD=$(realpath -m "${BUILD:-build}")
if [ ! -f "$BUILD/tests/statements.so" ]; then
	echo "skip - statement_count (no tests/statements.so in this build)"
	exit 0
fi
export LD_PRELOAD=$BUILD/tests/statements.so
bad=0
for driver in odbc-sqlite mysql odbc-mariadb odbc-postgresql; do
	python3 tests/integration/lib/statement_count.py $driver || bad=1
done
exit $bad
