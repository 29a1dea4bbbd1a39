#!/bin/sh
# Users of real applications' stores move to our own schema, on SQLite: by a login, a new password
# and in bulk.
cd "$(dirname "$0")/../.." || exit 1
exec python3 tests/integration/lib/migrate.py odbc-sqlite odbc-sqlite flask-security
