#!/bin/bash
# tests/integration/install.sh - make install, with DESTDIR and without, and what a stranger
# does with the result: the README's line, the command, the drivers.
set -u

if grep -qs -e -fsanitize "$BUILD/flags" || [ ! -f "$BUILD/flags" ]; then
	echo "skip - install (the build in $BUILD is not one that is installed)"
	exit 0
fi
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
bad=0

# holds NAME COMMAND...
holds() {
	local name=$1
	shift
	if "$@" >"$dir/out" 2>&1; then
		echo "ok - install/$name"
	else
		echo "not ok - install/$name"
		tail -n 30 "$dir/out" >&2
		bad=1
	fi
}
# Nothing is rebuilt for other flags than the build has.
install_to() { make -o "$BUILD/flags" BUILD="$BUILD" install "$@"; }
# As the README has it; `make install` must not take something of the build for a program.
PATH=$(realpath "$BUILD"):$PATH
has() { local file; for file; do [ -e "$file" ] || { echo "no $file"; return 1; }; done; }
says() { local want=$1; shift; "$@" | tee "$dir/said" | grep -qF -- "$want" || { cat "$dir/said"; return 1; }; }
lacks() { ! grep -aqF -- "$1" "$2"; }
version=$(cat VERSION)

# ---- a package's way: DESTDIR -----------------------------------------------------------
root=$dir/root
holds "with DESTDIR" install_to DESTDIR="$root"
top=$root/usr/local
holds "every file is there" has "$top/bin/idbc" "$top/lib/libidbc.so.$version" \
	"$top/lib/libidbc.so.0" "$top/lib/libidbc.so" "$top/include/idbc/idbc.h" \
	"$top/include/idbc/types.h" "$top/include/idbc/driver.h" \
	"$top/lib/pkgconfig/libidbc.pc" "$top/lib/pkgconfig/idbc-driver.pc" \
	"$top/share/man/man1/idbc.1" "$top/share/man/man5/idbc.conf.5" \
	"$top/share/man/man3/libidbc.3"
for driver in "$BUILD"/drivers/*.so; do
	holds "driver $(basename "$driver")" has "$top/lib/idbc/drivers/$(basename "$driver")"
done
holds "the command finds its library" says "$version" "$top/bin/idbc" version
holds "the library knows the final place of drivers" \
	says /usr/local/lib/idbc/drivers strings -a "$top/lib/libidbc.so.$version"
holds "the library does not know the build" lacks "$BUILD/drivers" "$top/lib/libidbc.so.$version"

export PKG_CONFIG_PATH=$top/lib/pkgconfig PKG_CONFIG_SYSROOT_DIR=$root
line=$(grep -hoE 'cc .*\$\(pkg-config [^)]*libidbc\)[^`]*' README.md | head -n 1)
holds "the README has its line" test -n "$line"
line=$(printf '%s' "$line" | sed 's,[^ ]*\.c\b,examples/login.c,; s, -o *[^ ]*,,')
holds "the README's line compiles a host" sh -c "$line -o '$dir/host'"
holds "the host runs on the installed library" \
	says "$top/lib/libidbc.so.0" env LD_LIBRARY_PATH="$top/lib" ldd "$dir/host"
holds "pkg-config knows where drivers go" \
	says /usr/local/lib/idbc/drivers pkg-config --variable=driverdir idbc-driver
holds "pkg-config knows the version" says "$version" pkg-config --modversion libidbc
unset PKG_CONFIG_PATH PKG_CONFIG_SYSROOT_DIR

# ---- a user's way: a prefix of his own --------------------------------------------------
holds "with another prefix and libdir" install_to prefix="$dir/own" libdir="$dir/own/lib/abi"
for driver in "$BUILD"/drivers/*.so; do
	holds "the command finds $(basename "$driver") there" \
		says "$dir/own/lib/abi/idbc/drivers/$(basename "$driver")" \
		"$dir/own/bin/idbc" --json drivers
done
exit $bad
