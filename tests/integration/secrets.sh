#!/bin/sh
# What a core file of a host would hold after a hundred logins: no password.
cd "$(dirname "$0")/../.." || exit 1
[ -n "${IDBC_TEST_SQLITE_DIR:-}" ] || exec scripts/with-sqlite "$0"
exec python3 tests/integration/lib/secrets_in_core.py
