#!/bin/sh
# The old store of two dies, or hangs, in the middle of whatever is asked of both: the server is
# this test's own.
# lane: waits
cd "$(dirname "$0")/../.." || exit 1
exec scripts/with-mariadb python3 tests/integration/lib/moves_down.py mysql
