#!/bin/sh
# Many hashes at once: memory, deadlines, ceilings.
# lane: alone
cd "$(dirname "$0")/../.." || exit 1
exec python3 tests/integration/lib/admission.py
