#!/bin/sh
# Calls submitted, cancelled and closed at random by eight threads, over a driver that takes its
# time: each is completed once.  STRESS_S: for how many seconds.
# lane: alone
cd "$(dirname "$0")/../.." || exit 1
build=$(cd "${BUILD:-build}" && pwd) || exit 1
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
cat >"$dir/idbc.json" <<END
{ "idbc": 1, "connection": "stress", "driver": "$build/tests/drivers/patient.so", "startup": "trust",
  "options": { "jitter_us": 3000 }, "timeout_ms": 5000, "pool": { "max": 6 },
  "async": { "workers": 4, "queue": 64 },
  "users": { "login": { "by": ["username"] },
             "password": { "accept": ["raw/sha256-hex"], "upgrade": false } } }
END
chmod go-w "$dir" "$dir/idbc.json"
STRESS_S=${STRESS_S:-20} timeout 300 "$build/tests/host/stress" async_stress "$dir/idbc.json"
