#!/bin/sh
# Every file of examples/mappings against tables of its application's form, on that
# application's engine: people as it wrote them, then a new person's whole life.
# lane: first
cd "$(dirname "$0")/../.." || exit 1
[ -n "${IDBC_TEST_MYSQL_SOCKET:-}" ] || exec scripts/with-mariadb "$0"
[ -n "${IDBC_TEST_PG_SOCKET:-}" ] || exec scripts/with-postgres "$0"
exec python3 tests/integration/lib/mapping_library.py
