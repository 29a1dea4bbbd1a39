#!/bin/sh
# Users of one engine piped into another, in all six directions: the same export afterwards, byte
# for byte.
cd "$(dirname "$0")/../.." || exit 1
[ -n "${IDBC_TEST_MYSQL_SOCKET:-}" ] || exec scripts/with-mariadb "$0"
[ -n "${IDBC_TEST_PG_SOCKET:-}" ] || exec scripts/with-postgres "$0"
exec python3 tests/integration/lib/bulk_between.py
