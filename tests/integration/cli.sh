#!/bin/sh
# The command itself, on our own schema on SQLite.
cd "$(dirname "$0")/../.." || exit 1
exec python3 tests/integration/lib/cli.py
