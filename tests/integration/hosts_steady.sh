#!/bin/sh
# A connection that has done everything before takes no memory for a call but the profile.
cd "$(dirname "$0")/../.." || exit 1
[ -n "${IDBC_TEST_SQLITE_DIR:-}" ] || exec scripts/with-sqlite "$0"
[ -n "${IDBC_TEST_MYSQL_SOCKET:-}" ] || exec scripts/with-mariadb "$0"
[ -n "${IDBC_TEST_PG_SOCKET:-}" ] || exec scripts/with-postgres "$0"
exec python3 tests/integration/lib/hosts.py steady
