#!/bin/sh
# A primary that dies, is stopped, hangs or comes back late, and its standby in its place.
# lane: first
cd "$(dirname "$0")/../.." || exit 1
exec scripts/with-postgres-pair python3 tests/integration/lib/postgres_failover.py
