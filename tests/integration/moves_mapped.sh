#!/bin/sh
# Users of one application's store move into another application's tables, on MariaDB.
cd "$(dirname "$0")/../.." || exit 1
[ -n "${IDBC_TEST_MYSQL_SOCKET:-}" ] || exec scripts/with-mariadb "$0"
exec python3 tests/integration/lib/moves_mapped.py odbc-sqlite mysql
