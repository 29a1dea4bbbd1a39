#!/bin/bash
# tests/abi/recorded.sh - a driver and a host compiled from the headers recorded last work with
# the library as it is now, and so does each with the other compiled from today's headers.
set -u

dir=$(mktemp -d) bad=0
trap 'rm -rf "$dir"' EXIT
old=tests/abi/recorded/include

# The compiler and flags of this build, without its include folder.
read -r flags <"$BUILD/flags"
flags=$(sed -E 's/ -DIDBC_VERSION=[^ ]+| -MMD| -MP//g' <<<"$flags")
compile() {
	local include=$1
	shift
	${flags//-Iinclude/-I$include} "$@"
}

for driver in "$old" include; do
	compile "$driver" -shared -o "$dir/driver.so" tests/abi/recorded/driver.c || bad=1
	chmod go-w "$dir/driver.so"
	for host in "$old" include; do
		compile "$host" -o "$dir/host" tests/abi/recorded/host.c -L"$BUILD" -lidbc \
			"-Wl,-rpath,$BUILD" || bad=1
		"$dir/host" "$dir/driver.so" >"$dir/said" || bad=1
		sed "s|recorded/|recorded/${driver%/include} with ${host%/include}: |" "$dir/said"
		grep -q '^ok' "$dir/said" || { echo "not ok - recorded/nothing ran"; bad=1; }
	done
done
exit $bad
