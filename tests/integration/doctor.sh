#!/bin/sh
# `idbc check`: each finding provoked by a store and mended as it says itself; the printed
# GRANTs, and nothing more, are enough for all operations.
# lane: first
cd "$(dirname "$0")/../.." || exit 1
[ -n "${IDBC_TEST_MYSQL_SOCKET:-}" ] || exec scripts/with-mariadb "$0"
[ -n "${IDBC_TEST_PG_SOCKET:-}" ] || exec scripts/with-postgres "$0"
status=0
for driver in odbc-sqlite mysql odbc-mariadb odbc-postgresql; do
	python3 tests/integration/lib/doctor.py "$driver" || status=1
done
exit $status
