#!/bin/sh
# Files of all kinds into `idbc import`: 50,000 lines with everything wrong that files have, arrays
# that are broken, addresses that are none, and an import killed at any moment.  SQLite alone:
# nothing here depends on the store.
cd "$(dirname "$0")/../.." || exit 1
exec python3 tests/integration/lib/bulk_input.py "$@"
