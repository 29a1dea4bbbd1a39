#!/bin/sh
# idbc drivers, on drivers made of the skeleton and among files that are none.
cd "$(dirname "$0")/../.." || exit 1
exec python3 tests/integration/lib/drivers_folder.py
