#!/bin/sh
# Servers killed, stopped, cut off and delayed at random under load: each call ends once, in
# time, and says the truth.  CHAOS_S seconds for each driver.
# lane: first
cd "$(dirname "$0")/../.." || exit 1
# Servers of our own, since they will be killed.
[ -n "${CHAOS_SERVERS:-}" ] || exec env CHAOS_SERVERS=1 scripts/with-mariadb scripts/with-postgres "$0"
exec python3 tests/integration/lib/chaos.py "${CHAOS_S:-12}" "${CHAOS_SEED:-0}" mysql odbc-mariadb odbc-postgresql odbc-sqlite
