#!/bin/bash
# tests/integration/install.sh - make install, with DESTDIR and without, make uninstall, and
# what a stranger does with the result: the README's line, the command, the drivers.
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
# Nothing is rebuilt for other flags than the build has; what knows its place is linked here,
# where no other test looks.
install_to() { make -o "$BUILD/flags" BUILD="$BUILD" HERE="$dir/placed" install "$@"; }
# As the README has it; `make install` must not take something of the build for a program.
PATH=$(realpath "$BUILD"):$PATH
has() { local file; for file; do [ -e "$file" ] || { echo "no $file"; return 1; }; done; }
says() { local want=$1; shift; "$@" | tee "$dir/said" | grep -qF -- "$want" || { cat "$dir/said"; return 1; }; }
alike() { [ "$1" = "$2" ] || { printf '%s\n' "$1" "$2"; return 1; }; }
lacks() { ! grep -aqF -- "$1" "$2"; }
version=$(cat VERSION)

# ---- not at all: a tree that nobody installed -------------------------------------------
apart() { (cd / && env PKG_CONFIG_PATH="$BUILD/pkgconfig" "$@"); }
holds "uninstalled: a host" apart sh -c "cc '$PWD/examples/login.c' -o '$dir/host' \
	\$(pkg-config --cflags --libs libidbc)"
holds "uninstalled: it runs on the build's library" says "$BUILD/libidbc.so.0" ldd "$dir/host"
holds "uninstalled: the drivers' folder" \
	says "$BUILD/drivers" apart pkg-config --variable=driverdir idbc-driver
holds "uninstalled: the skeleton" \
	has "$(apart pkg-config --variable=skeleton idbc-driver)/skeleton.c"

# ---- a package's way: DESTDIR -----------------------------------------------------------
root=$dir/root
holds "with DESTDIR" install_to DESTDIR="$root"
top=$root/usr/local
holds "every file is there" has "$top/bin/idbc" "$top/lib/libidbc.so.$version" \
	"$top/lib/libidbc.so.0" "$top/lib/libidbc.so" "$top/include/idbc/idbc.h" \
	"$top/include/idbc/types.h" "$top/include/idbc/driver.h" \
	"$top/lib/pkgconfig/libidbc.pc" "$top/lib/pkgconfig/idbc-driver.pc" \
	"$top/share/man/man1/idbc.1" "$top/share/man/man5/idbc.conf.5" \
	"$top/share/man/man3/libidbc.3" "$top/share/idbc/schema/sqlite.sql" \
	"$top/share/idbc/mappings/wordpress.json" "$top/share/idbc/driver_skeleton/Makefile" \
	"$top/share/doc/idbc/examples/python/idbc.py" "$top/share/doc/idbc/examples/node/idbc.js" \
	"$top/bin/idbc-conform" "$top/lib/libidbc-conform.so.0" "$top/include/idbc/conform.h" \
	"$top/lib/pkgconfig/idbc-conform.pc" "$top/share/doc/idbc/configuration.md"
for page in docs/*.[1-9]; do
	holds "man page $(basename "$page")" has "$top/share/man/man${page##*.}/$(basename "$page")"
done
for driver in "$BUILD"/drivers/*.so; do
	holds "driver $(basename "$driver")" has "$top/lib/idbc/drivers/$(basename "$driver")"
done
holds "what drivers share" has "$top/lib/idbc/libidbc-sql.so.$version"
no_writable() { ! find "$top" ! -type l -perm /022 | grep .; }
holds "nothing can be written by others" no_writable
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

holds "it can be taken away" make BUILD="$BUILD" uninstall DESTDIR="$root"
holds "and nothing is left" alike "$(find "$root" ! -type d)$(find "$root" -name '*idbc*')" ""

# ---- a user's way: a prefix of his own, with blanks -------------------------------------
own="$dir/my own"
holds "with another prefix and libdir" install_to prefix="$own" libdir="$own/lib/abi"
for driver in "$BUILD"/drivers/*.so; do
	holds "the command finds $(basename "$driver") there" \
		says "$own/lib/abi/idbc/drivers/$(basename "$driver")" "$own/bin/idbc" --json drivers
done
flags() { PKG_CONFIG_PATH=$own/lib/abi/pkgconfig pkg-config "$@"; }
holds "pkg-config quotes it" sh -c "cc -c $(flags --cflags libidbc) -o '$dir/o' examples/login.c"
holds "a host with the folder compiled in" sh -c "cc examples/login.c $(flags --cflags --libs libidbc) \
	'-Wl,-rpath,$(flags --variable=libdir libidbc)' -o '$dir/host'"
holds "finds the library" says "$own/lib/abi/libidbc.so.0" ldd "$dir/host"
holds "the conformance kit" says "login." "$own/bin/idbc-conform" --list
printf '%s\n' '#include <idbc/conform.h>' 'int main(void) { return !idbc_conform_run; }' >"$dir/kit.c"
holds "a program on the kit's library" \
	sh -c "cc '$dir/kit.c' $(flags --cflags --libs idbc-conform) -o '$dir/kit'"
holds "pkg-config knows the skeleton" \
	says "$own/share/idbc/driver_skeleton" flags --variable=skeleton idbc-driver
holds "pkg-config knows the drivers' folder" \
	says "$own/lib/abi/idbc/drivers" flags --variable=driverdir idbc-driver

# ---- drivers and what they share --------------------------------------------------------
config() {
	cat >"$dir/config.json" <<-END
	{ "idbc": 1, "connection": "place", "driver": "$1",
	  "options": { "attributes": { "Driver": "SQLite3", "Database": "$dir/place.db" } } }
	END
	chmod 600 "$dir/config.json"
}
# uses DRIVER LIBRARY COMMAND...: the driver works, with that copy of what it shares.
uses() {
	config "$1"
	LD_DEBUG=files LD_DEBUG_OUTPUT="$dir/loaded" "${@:3}" -c "$dir/config.json" check --create ||
		[ $? -eq 1 ] || return 1
	sed -n 's/.*calling init: \(.*libidbc-sql.*\)/\1/p' "$dir"/loaded.* | sort -u >"$dir/which"
	rm -f "$dir"/loaded.*
	alike "$(realpath "$(cat "$dir/which")")" "$(realpath "$2")"
}
if [ -e "$BUILD/drivers/odbc.so" ]; then
	holds "the build's driver uses the build's" \
		uses odbc "$BUILD/libidbc-sql.so.$version" "$BUILD/idbc"
	holds "the installed one its own" \
		uses odbc "$own/lib/abi/idbc/libidbc-sql.so.$version" "$own/bin/idbc"
	mkdir "$dir/elsewhere" && cp "$own/lib/abi/idbc/drivers/odbc.so" "$dir/elsewhere"
	holds "a copy elsewhere still its own" uses "$dir/elsewhere/odbc.so" \
		"$own/lib/abi/idbc/libidbc-sql.so.$version" "$BUILD/idbc"
	holds "a second prefix" install_to prefix="$dir/second"
	holds "has its own" uses odbc "$dir/second/lib/idbc/libidbc-sql.so.$version" "$dir/second/bin/idbc"
	holds "the first keeps its own" \
		uses odbc "$own/lib/abi/idbc/libidbc-sql.so.$version" "$own/bin/idbc"
	mv "$dir/second" "$dir/moved"
	holds "a prefix that was moved takes it along" \
		uses odbc "$dir/moved/lib/idbc/libidbc-sql.so.$version" \
		env IDBC_DRIVER_PATH="$dir/moved/lib/idbc/drivers" "$dir/moved/bin/idbc"

	# Another version of everything in one process: neither sees the other's names.
	mkdir -p "$dir/other/drivers"
	sed 's|@version@|9.9.9|' drivers/sql.map.in >"$dir/other/map"
	other() {
		gcc -shared -o "$1" -Wl,-soname,"$(basename "$1")" -Wl,--version-script="$2" \
			"${@:3}" -Wl,-rpath,'$ORIGIN/..' -ljansson -lodbc
	}
	holds "another version" other "$dir/other/libidbc-sql.so.9.9.9" "$dir/other/map" \
		$(find "$BUILD/obj/drivers/sql" -name '*.o')
	holds "its driver" other "$dir/other/drivers/odbc.so" drivers/driver.map \
		"$BUILD"/obj/drivers/odbc/*.o "$dir/other/libidbc-sql.so.9.9.9"
	keep_apart() {
		LD_DEBUG=bindings LD_DEBUG_OUTPUT="$dir/bound" python3 -c "if 1:
			import ctypes, sys
			for name in sys.argv[1:]: ctypes.CDLL(name, ctypes.RTLD_LOCAL)" "$@" || return 1
		grep -ho 'binding file .*idbcsql_.*' "$dir"/bound.* >"$dir/bindings"
		grep -q "file $dir/other/.*9\.9\.9" "$dir/bindings" &&
			grep -q "file $BUILD/.*$version" "$dir/bindings" &&
			! grep "file $dir/other/.*to $BUILD/" "$dir/bindings" &&
			! grep "file $BUILD/.*to $dir/other/" "$dir/bindings"
	}
	holds "each version's driver keeps to its own" \
		keep_apart "$BUILD/drivers/odbc.so" "$dir/other/drivers/odbc.so"
	# A program with more rights than its caller: the loader forgets $ORIGIN.
	if [ "$(id -u)" -eq 0 ]; then
		holds "a host that is to be privileged" gcc -D_GNU_SOURCE -Iinclude -o "$dir/privileged" \
			tests/host/drivers.c -L"$BUILD" -lidbc -Wl,-rpath,"$BUILD"
		chgrp nogroup "$dir/privileged" && chmod 2755 "$dir/privileged"
		holds "a privileged host loads the driver" says '"name":"odbc"' "$dir/privileged"
	fi
fi

holds "it is taken away again" make BUILD="$BUILD" uninstall prefix="$own" libdir="$own/lib/abi"
holds "with all its files" alike "$(find "$own" ! -type d)" ""
exit $bad
