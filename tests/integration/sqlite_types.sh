#!/bin/sh
# SQLite alone: columns that keep any type, views that triggers write.
cd "$(dirname "$0")/../.." || exit 1
exec python3 tests/integration/lib/sqlite_types.py
