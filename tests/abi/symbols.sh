#!/bin/bash
# tests/abi/symbols.sh - what our shared objects show to a process and ask of it: exported
# names, soname, hardening, no writable data in drivers, one name for one function.
set -u

bad=0
lib=$BUILD/libidbc.so
version=$(cat VERSION)
plain=1
grep -qs -e -fsanitize "$BUILD/flags" && plain=0

# same NAME GOT WANTED
same() {
	if [ "$2" = "$3" ]; then
		echo "ok - symbols/$1"
	else
		echo "not ok - symbols/$1"
		diff <(echo "$2") <(echo "$3") | sed 's/^</got:    /; s/^>/wanted: /' >&2
		bad=1
	fi
}
exports() { nm -D --defined-only "$1" | awk '$2 != "A" { print $3 }' | sort; }
functions() {
	gcc -E -P -Iinclude "include/idbc/$1.h" | tr '\n' ' ' | tr ';{}' '\n\n\n' |
		grep -v typedef | grep -oE '\bidbc_[a-z0-9_]+ *\(' | tr -d ' (' | sort -u
}
# The names of the flags we link with, if the object has them.
flags() {
	readelf -dW "$1" | grep -oE '\bNODELETE\b|\bBIND_NOW\b|\bTEXTREL\b' | sort -u
	readelf -lW "$1" | grep -oE 'GNU_RELRO'
	readelf -lW "$1" | awk '/GNU_STACK/ && /RWE/ { print "executable stack" }'
}
all_flags=$(printf 'BIND_NOW\nNODELETE\nGNU_RELRO')
writable() { size -A "$@" | awk '$1 ~ /^\.(data|bss)$|^\.(data|bss)\.[^r]/ && $2 > 0 { print f, $1, $2 } / :$/ { f = $1 }'; }
# Its size without symbols, where that is more than 100 kB.
too_large() {
	local bare size
	bare=$(mktemp)
	strip -o "$bare" "$1"
	size=$(stat -c %s "$bare")
	rm -f "$bare"
	[ "$size" -le 102400 ] || echo "$size bytes"
}

same "libidbc exports the header's functions" "$(exports "$lib")" "$(functions idbc)"
same "libidbc's soname" "$(readelf -dW "$lib" | sed -n 's/.*soname: \[\(.*\)\]/\1/p')" libidbc.so.0
same "libidbc is hardened and stays loaded" "$(flags "$lib")" "$all_flags"
for name in libidbc libidbc-conform; do
	same "debian/${name}0.symbols lists the functions of $name" \
		"$(sed -n 's/^ \(.*\)@Base .*/\1/p' "debian/${name}0.symbols")" "$(exports "$BUILD/$name.so")"
done
for driver in "$BUILD"/drivers/*.so; do
	[ -e "$driver" ] || { echo "skip - symbols/drivers (none was built)"; break; }
	name=$(basename "$driver" .so)
	same "driver $name exports its entry alone" "$(exports "$driver")" idbc_driver_entry
	same "driver $name is hardened and stays loaded" "$(flags "$driver")" "$all_flags"
	same "driver $name asks nothing of us" \
		"$(nm -D --undefined-only "$driver" | grep -o 'idbc_.*')" ""
	[ $plain -eq 1 ] && same "driver $name has at most 100 kB" "$(too_large "$driver")" ""
	[ $plain -eq 1 ] && [ -d "$BUILD/obj" ] && same "driver $name keeps no writable data" \
		"$(writable $(find "$BUILD/obj/drivers/$name" -name '*.o'))" ""
done
# What the SQL drivers share: nothing by a name that another version or a host may have.
sql=$BUILD/libidbc-sql.so.$version
if [ -e "$sql" ]; then
	same "the drivers' library carries the whole version" "$(readelf -dW "$sql" |
		sed -n 's/.*soname: \[\(.*\)\]/\1/p')" "libidbc-sql.so.$version"
	same "the drivers' library exports what they use, versioned" "$(exports "$sql")" \
		"$(nm -D --undefined-only "$BUILD"/drivers/*.so | grep -o 'idbcsql_.*' |
			sed "s/@IDBCSQL_$version\$/@&/" | sort -u)"
	same "the drivers' library is hardened and stays loaded" "$(flags "$sql")" "$all_flags"
	same "the drivers' library asks nothing of us" \
		"$(nm -D --undefined-only "$sql" | grep -o 'idbc.*')" ""
	same "the drivers' library can be written by its owner alone" \
		"$(find "$sql" -perm /022)" ""
	[ $plain -eq 1 ] && [ -d "$BUILD/obj" ] && same "the drivers' library keeps no writable data" \
		"$(writable $(find "$BUILD/obj/drivers/sql" -name '*.o'))" ""
fi
if [ -f "$BUILD/connector.a" ]; then
	same "no name has two meanings inside" "$(nm --defined-only "$BUILD"/connector.a "$BUILD"/sql.a |
		awk '$2 ~ /^[A-Z]$/ { print $3 }' | grep -vE '^(__|_)' | sort | uniq -d)" ""
fi
exit $bad
