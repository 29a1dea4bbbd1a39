#!/bin/sh
# The demo runs to its end, twice: it starts afresh each time.
cd "$(dirname "$0")/../.." || exit 1
build=${BUILD:-build}
for time in first second; do
	if BUILD=$build examples/demo.sh >"$build/demo.out" 2>&1 &&
	   [ -f "$build/demo/demo.json" ] && [ -f "$build/demo/demo.db" ]; then
		echo "ok - demo/$time"
	else
		cat "$build/demo.out" >&2
		echo "not ok - demo/$time"
	fi
done
