#!/bin/sh
# `idbc check --login` says what `idbc login` does, and changes nothing.  On SQLite.
cd "$(dirname "$0")/../.." || exit 1
exec python3 tests/integration/lib/explain.py
