#!/bin/sh
# What PostgreSQL alone does to its clients, on a server that may be stopped and killed.
cd "$(dirname "$0")/../.." || exit 1
exec scripts/with-postgres python3 tests/integration/lib/postgres.py
