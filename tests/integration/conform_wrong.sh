#!/bin/sh
# Deliberately wrong drivers: the conformance kit fails the right cases of each and no other,
# the connector survives them, and nobody is logged in who should not be.
# reports: meant
cd "$(dirname "$0")/../.." || exit 1
exec python3 tests/integration/lib/conform_wrong.py "$@"
