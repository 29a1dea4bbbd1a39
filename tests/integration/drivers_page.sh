#!/bin/sh
# docs/drivers.md, typed as it stands in an empty folder beside an installed IDBC.
if grep -qs -e -fsanitize "$BUILD/flags" || [ ! -f "$BUILD/flags" ]; then
	echo "skip - drivers_page (the build in $BUILD is not one that is installed)"
	exit 0
fi
cd "$(dirname "$0")/../.." || exit 1
stage=$(mktemp -d) || exit 1
trap 'rm -rf "$stage"' EXIT
make -o "$BUILD/flags" BUILD="$BUILD" HERE="$stage/placed" prefix="$stage/prefix" install >"$stage/log" 2>&1 || {
	echo "not ok - drivers_page/installed"
	tail -n 20 "$stage/log" >&2
	exit 1
}
python3 tests/integration/lib/drivers_page.py "$stage/prefix"
