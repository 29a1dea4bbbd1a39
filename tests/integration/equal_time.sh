#!/bin/sh
# Wrong passwords, unknown users, locked ones and empty passwords take the same time.
# lane: alone
cd "$(dirname "$0")/../.." || exit 1
exec python3 tests/integration/lib/equal_time.py
