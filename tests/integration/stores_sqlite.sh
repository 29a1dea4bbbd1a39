#!/bin/sh
# Flask-Security as its own code made it, on SQLite through ODBC.
cd "$(dirname "$0")/../.." || exit 1
exec python3 tests/integration/lib/stores.py odbc-sqlite flask-security
