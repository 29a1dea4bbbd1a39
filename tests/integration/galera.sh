#!/bin/sh
# A cluster of three nodes that are killed, stopped, cut off and read behind each other's back.
# lane: alone
cd "$(dirname "$0")/../.." || exit 1
[ -n "${IDBC_TEST_GALERA_DIR:-}" ] || exec scripts/with-galera "$0"
exec python3 tests/integration/lib/galera.py
