#!/bin/sh
# The example of a driver that is no SQL, on directories of its own.
cd "$(dirname "$0")/../.." || exit 1
exec python3 tests/integration/lib/ldap_driver.py
