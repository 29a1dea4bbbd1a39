#!/bin/sh
# Icinga Web as its own code made it, on a throw-away PostgreSQL through ODBC.
cd "$(dirname "$0")/../.." || exit 1
[ -n "${IDBC_TEST_PG_SOCKET:-}" ] || exec scripts/with-postgres "$0"
exec python3 tests/integration/lib/stores.py odbc-postgresql icingaweb2
