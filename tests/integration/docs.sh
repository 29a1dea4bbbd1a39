#!/bin/sh
# The manual pages are well formed; every mapping shown in docs/mapping.md is one.
cd "$(dirname "$0")/../.." || exit 1
exec python3 tests/integration/lib/docs.py
