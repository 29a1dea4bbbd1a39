#!/bin/sh
# Stores that use what PostgreSQL alone has.
cd "$(dirname "$0")/../.." || exit 1
[ -n "${IDBC_TEST_PG_SOCKET:-}" ] || exec scripts/with-postgres "$0"
exec python3 tests/integration/lib/postgres_stores.py
