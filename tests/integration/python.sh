#!/bin/sh
# examples/python: its demo, and what idbc.py promises to a program.
cd "$(dirname "$0")/../.." || exit 1
exec scripts/with-sqlite python3 tests/integration/lib/python_binding.py
