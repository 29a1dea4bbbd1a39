#!/bin/sh
# Files of all kinds into `idbc import`: 50,000 lines with everything wrong that files have, arrays
# that are broken, addresses that are none, an import killed at any moment; and stored passwords in
# the words of bulk-import files, made by libraries that are not ours.  SQLite alone: nothing here
# depends on the store.
cd "$(dirname "$0")/../.." || exit 1
status=0
python3 tests/integration/lib/bulk_input.py "$@" || status=1
python3 tests/integration/lib/bulk_words.py || status=1
exit $status
