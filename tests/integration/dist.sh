#!/bin/bash
# tests/integration/dist.sh - `make dist`: the same bytes whoever makes it, wherever, from a
# clone or from what it packed; every file of the tree and nothing else.
set -u

dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
bad=0
version=$(cat VERSION)

# holds NAME COMMAND...
holds() {
	local name=$1
	shift
	if "$@" >"$dir/out" 2>&1; then
		echo "ok - dist/$name"
	else
		echo "not ok - dist/$name"
		tail -n 30 "$dir/out" >&2
		bad=1
	fi
}
# The tree somewhere else: as a repository of its own, or, where git is not known, unpacked.
tree() {
	mkdir -p "$1" && { scripts/files; [ -e .git ] || echo MANIFEST; } | tar -cf - -T - |
		tar --no-same-permissions -xf - -C "$1" || return 1
	[ ! -e .git ] || { git -C "$1" init -q && git -C "$1" add -A &&
		GIT_COMMITTER_DATE=@1700000000 git -C "$1" -c user.name=test \
			-c user.email=test@example.com commit -q --date=@1600000000 -m tree; }
}
# dist TREE OUT VARIABLE=VALUE...: as somebody else would make it, elsewhere.
dist() {
	local tree=$1 out=$2
	shift 2
	env -u SOURCE_DATE_EPOCH "$@" make -C "$tree" BUILD="$dir/made" dist &&
		mv "$dir/made/idbc-$version.tar.xz" "$out"
}
with_umask() { (umask "$1"; shift; "$@"); }
unpack() { mkdir -p "$2" && tar -xf "$1" -C "$2"; }
names() { tar -tf "$1" | sed "s|^idbc-$version/||" | LC_ALL=C sort; }
wanted() { { scripts/files; echo MANIFEST; } | LC_ALL=C sort; }
strangers() { tar --numeric-owner -tvf "$1" | grep -vE '^-rw(x|-)r-(x|-)r-(x|-) 0/0 '; }
no_strangers() { [ -s "$1" ] && ! strangers "$1"; }
refuses() { local why=$1; shift; ! "$@" >"$dir/said" 2>&1 && grep -F -- "$why" "$dir/said" &&
	[ ! -e "$dir/none.tar.xz" ]; }
dated() { [ "$(tar --utc --full-time -tvf "$1" | awk '{ print $4, $5 }' | sort -u)" = "$2" ]; }

first=$dir/first.tar.xz
holds "a tree" tree "$dir/one"
holds "a tree, made with another umask" with_umask 077 tree "$dir/two blanks here"
holds "it is made" dist "$dir/one" "$first"
touch "$dir/two blanks here/left-over" "$dir/two blanks here/connector/left-over.c"
holds "it is made elsewhere, with other umask, zone and locale" with_umask 077 dist \
	"$dir/two blanks here" "$dir/second.tar.xz" TZ=Asia/Tokyo LC_ALL=C.UTF-8 \
	TAR_OPTIONS=--owner=nobody XZ_OPT=-9
holds "the same" cmp "$first" "$dir/second.tar.xz"
holds "every file of the tree and nothing else" diff <(names "$first") <(wanted)
holds "modes of no umask, owned by nobody" no_strangers "$first"
[ ! -e .git ] || holds "every file has the time of the commit" dated "$first" "2023-11-14 22:13:20"

holds "it can be unpacked" unpack "$first" "$dir/from"
holds "what was packed packs itself" dist "$dir/from/idbc-$version" "$dir/third.tar.xz" TZ=EST5EDT
holds "to the same bytes" cmp "$first" "$dir/third.tar.xz"
holds "with a time given" dist "$dir/one" "$dir/dated.tar.xz" SOURCE_DATE_EPOCH=1000000000
holds "it is every file's" dated "$dir/dated.tar.xz" "2001-09-09 01:46:40"
holds "no time that is none" refuses "not a number of seconds" \
	dist "$dir/one" "$dir/none.tar.xz" SOURCE_DATE_EPOCH=yesterday
rm "$dir/from/idbc-$version/README.md"
holds "a tree with a file missing packs nothing" refuses "README.md is missing" \
	dist "$dir/from/idbc-$version" "$dir/none.tar.xz"
exit $bad
