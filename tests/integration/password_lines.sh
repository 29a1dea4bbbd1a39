#!/bin/sh
# `idbc password verify` and `hash`, line by line.
cd "$(dirname "$0")/../.." || exit 1
exec python3 tests/integration/lib/password_lines.py
