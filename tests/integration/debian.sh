#!/bin/bash
# tests/integration/debian.sh - the Debian packages: built from what `make dist` packed, without
# git, by dpkg-buildpackage; liked by lintian; unpacked and used with both drivers.
# lane: first
set -u

[ -n "${IDBC_TEST_MYSQL_SOCKET:-}" ] || exec scripts/with-mariadb "$0"
if grep -qs -e -fsanitize "$BUILD/flags" || [ ! -f "$BUILD/flags" ]; then
	echo "skip - debian (the build in $BUILD is not one that is packaged)"
	exit 0
fi
for tool in dpkg-buildpackage lintian dh; do
	command -v $tool >/dev/null || { echo "skip - debian (no $tool here)"; exit 0; }
done
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
bad=0
version=$(cat VERSION)
tree=$dir/idbc-$version
arch=$(dpkg-architecture -qDEB_HOST_MULTIARCH)
# Libraries that a preload of the tests brings are not part of a package.
unset LD_PRELOAD MAKEFLAGS MFLAGS MAKELEVEL SOURCE_DATE_EPOCH

# holds NAME COMMAND...
holds() {
	local name=$1
	shift
	if "$@" >"$dir/out" 2>&1; then
		echo "ok - debian/$name"
	else
		echo "not ok - debian/$name"
		tail -n 40 "$dir/out" >&2
		bad=1
	fi
}
says() { local want=$1; shift; "$@" >"$dir/said" 2>&1; grep -qF -- "$want" "$dir/said" || { cat "$dir/said"; return 1; }; }
alike() { [ "$1" = "$2" ] || { printf '%s\n' "$1" "$2"; return 1; }; }

holds "the changelog is at this version" \
	alike "$(dpkg-parsechangelog -l debian/changelog -S Version)" "$version"
holds "the tree is packed" make -s BUILD="$dir/dist" dist
holds "and unpacked" tar -xf "$dir/dist/idbc-$version.tar.xz" -C "$dir"
build() {
	cd "$tree" && env DEB_BUILD_OPTIONS="nocheck noautodbgsym parallel=$(nproc)" DEB_BUILD_PROFILES=nocheck \
		dpkg-buildpackage --unsigned-source --unsigned-changes
}
holds "dpkg-buildpackage" build
[ $bad -eq 0 ] || exit 1
packages=(libidbc0 libidbc-dev idbc idbc-driver-mysql idbc-driver-odbc
	idbc-conform libidbc-conform0 libidbc-conform-dev)
for package in "${packages[@]}"; do
	holds "package $package" test -f "$(echo "$dir/$package"_*.deb)"
done
holds "lintian finds no error and no warning" lintian --allow-root --no-cfg \
	--fail-on error,warning "$(echo "$dir"/*.changes)"

# ---- on a system of its own -------------------------------------------------------------
root=$dir/root
mkdir -p "$root/var/lib/dpkg/info" "$root/var/lib/dpkg/updates" && : >"$root/var/lib/dpkg/status"
unpack() {
	local package
	for package; do dpkg-deb -x "$(echo "$dir/$package"_*.deb)" "$root" || return 1; done
}
holds "unpacked" unpack "${packages[@]}"
twice() { for deb in "$dir"/*.deb; do dpkg-deb -c "$deb"; done | awk '$1 !~ /^d/ { print $6 }' | sort | uniq -d; }
holds "no file is in two packages" alike "$(twice)" ""
sizes() { find "$root/usr/lib/$arch/idbc/drivers" -name '*.so' -size +102400c; }
holds "each driver has at most 100 kB" alike "$(sizes)" ""
export LD_LIBRARY_PATH=$root/usr/lib/$arch IDBC_DRIVER_PATH=$root/usr/lib/$arch/idbc/drivers
export PATH=$root/usr/bin:$PATH PKG_CONFIG_LIBDIR=$root/usr/lib/$arch/pkgconfig
export PKG_CONFIG_SYSROOT_DIR=$root
holds "the command" says "$version" idbc version
holds "the conformance kit" says "login." idbc-conform --list
autopkgtest() {
	AUTOPKGTEST_TMP=$dir/autopkgtest
	export AUTOPKGTEST_TMP
	mkdir -p "$AUTOPKGTEST_TMP" && debian/tests/login
}
holds "debian/tests/login: SQLite by odbc, a host compiled with pkg-config" autopkgtest

mkdir "$dir/mariadb"
cat >"$dir/mariadb/shop.json" <<END
{ "idbc": 1, "connection": "shop", "driver": "mysql",
  "options": { "socket": "$IDBC_TEST_MYSQL_SOCKET", "user": "$IDBC_TEST_MYSQL_USER",
               "password": { "env": "IDBC_TEST_MYSQL_PASSWORD" }, "database": "packaged" } }
END
chmod 600 "$dir/mariadb/shop.json"
(umask 077; echo 'correct horse battery staple' >"$dir/mariadb/password")
on_mariadb() { idbc -c "$dir/mariadb/shop.json" "$@"; }
database() {
	MYSQL_PWD=$IDBC_TEST_MYSQL_PASSWORD mariadb --no-defaults -S "$IDBC_TEST_MYSQL_SOCKET" \
		-u "$IDBC_TEST_MYSQL_USER" -e "$1"
}
holds "a database" database "CREATE OR REPLACE DATABASE packaged"
holds "MariaDB by mysql: our tables" on_mariadb check --create
holds "MariaDB by mysql: a user" on_mariadb create --email ida@example.com --username ida \
	--password-file "$dir/mariadb/password"
holds "MariaDB by mysql: a login" says "ida@example.com" \
	on_mariadb login ida --password-file "$dir/mariadb/password"
database "DROP DATABASE packaged"
exit $bad
