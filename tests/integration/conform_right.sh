#!/bin/sh
# Right drivers of kinds that are easily taken for wrong ones: the conformance kit fails no case.
cd "$(dirname "$0")/../.." || exit 1
exec python3 tests/integration/lib/conform_right.py "$@"
