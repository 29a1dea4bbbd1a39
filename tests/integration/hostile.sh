#!/bin/sh
# Stored credentials that nobody should ever have stored, through logins.
cd "$(dirname "$0")/../.." || exit 1
[ -n "${IDBC_TEST_SQLITE_DIR:-}" ] || exec scripts/with-sqlite "$0"
exec python3 tests/integration/lib/hostile.py
