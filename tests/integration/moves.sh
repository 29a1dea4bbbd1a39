#!/bin/sh
# Two stores as one on SQLite: stores that do not go together, passwords judged by both, ids used
# twice, names that follow the old store.
cd "$(dirname "$0")/../.." || exit 1
exec python3 tests/integration/lib/moves.py
