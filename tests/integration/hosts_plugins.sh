#!/bin/sh
# Several plugins of one process, each with a connection, a driver and a library of its own.
cd "$(dirname "$0")/../.." || exit 1
[ -n "${IDBC_TEST_SQLITE_DIR:-}" ] || exec scripts/with-sqlite "$0"
[ -n "${IDBC_TEST_MYSQL_SOCKET:-}" ] || exec scripts/with-mariadb "$0"
[ -n "${IDBC_TEST_PG_SOCKET:-}" ] || exec scripts/with-postgres "$0"
exec python3 tests/integration/lib/hosts.py plugins
