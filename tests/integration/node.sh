#!/bin/sh
# examples/node: its demo, and what idbc.js promises to a program.
cd "$(dirname "$0")/../.." || exit 1
exec scripts/with-sqlite python3 tests/integration/lib/node_binding.py
