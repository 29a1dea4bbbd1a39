#!/bin/sh
# The example with an event loop: one thread, many logins under way, each answered.
cd "$(dirname "$0")/../.." || exit 1
build=$(cd "${BUILD:-build}" && pwd) || exit 1
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
cat >"$dir/idbc.json" <<END
{ "idbc": 1, "connection": "loop", "driver": "$build/tests/drivers/patient.so", "startup": "trust",
  "options": { "jitter_us": 500 },
  "users": { "login": { "by": ["username"] },
             "password": { "accept": ["raw/sha256-hex"], "upgrade": false } } }
END
chmod go-w "$dir" "$dir/idbc.json"
i=0
while [ $i -lt 50 ]; do
	echo "ada Zq-secret-1"
	echo "ada not-this"
	echo "nobody Zq-secret-1"
	i=$((i + 1))
done | timeout 60 "$build/examples/event_loop" "$dir/idbc.json" | sort | uniq -c >"$dir/out"
if printf '     50 ada: DENIED\n     50 ada: OK\n     50 nobody: DENIED\n' | cmp -s - "$dir/out"; then
	echo "ok - event_loop/each line is answered"
else
	cat "$dir/out" >&2
	echo "not ok - event_loop/each line is answered"
	exit 1
fi
