#!/bin/sh
# Two stores as one: who is in neither, in the old one or in the new one is refused in the same time.
# lane: alone
cd "$(dirname "$0")/../.." || exit 1
exec python3 tests/integration/lib/equal_time_moves.py
