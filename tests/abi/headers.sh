#!/bin/sh
# tests/abi/headers.sh - each public header alone, as strict C11 and as C++17, by every
# compiler that is here; no padding the compiler has to put in.
set -u

dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
strict='-Wall -Wextra -Wpedantic -Wpadded -Werror'
bad=0

# compile NAME HEADER COMPILER FLAGS...
compile() {
	name=$1 header=$2
	shift 2
	if ! command -v "$1" >/dev/null 2>&1; then
		echo "skip - headers/$name ($1 is not here)"
		return
	fi
	if "$@" $strict -Iinclude -fsyntax-only "$dir/$header.c"; then
		echo "ok - headers/$name"
	else
		echo "not ok - headers/$name"
		bad=1
	fi
}

for header in include/idbc/*.h; do
	header=$(basename "$header" .h)
	printf '#include <idbc/%s.h>\nint main(void) { return 0; }\n' "$header" >"$dir/$header.c"
	for cc in gcc clang; do
		compile "$header by $cc as C11" "$header" "$cc" -std=c11
	done
	for cc in g++ clang++; do
		compile "$header by $cc as C++17" "$header" "$cc" -std=c++17 -x c++
	done
done
exit $bad
