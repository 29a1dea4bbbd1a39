#!/bin/sh
# What the README tells people to paste works when pasted.
cd "$(dirname "$0")/../.." || exit 1
exec python3 tests/integration/lib/readme.py
