#!/bin/bash
# tests/abi/check.sh - the ABI is the one recorded, and that would be seen if it were not: each
# change is made to a copy of the headers, and scripts/abi-check and abi-record say what
# docs/abi.md promises.
set -u

for tool in abidw abidiff python3; do
	command -v $tool >/dev/null || { echo "not ok - check/$tool is not here"; exit 1; }
done
scripts/abi-check || bad=1
bad=${bad:-0}
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

# fresh: headers as they are, and recorded so.
fresh() {
	rm -rf "$dir/include" "$dir/recorded"
	cp -r include "$dir/include"
	INCLUDE=$dir/include scripts/abi-record "$dir/recorded" >/dev/null
}
# change FILE SED: the script must have changed something.
change() {
	cp "$dir/include/idbc/$1" "$dir/before"
	sed -i -E "$2" "$dir/include/idbc/$1"
	! cmp -s "$dir/before" "$dir/include/idbc/$1" || echo "nothing changed by $2" >>"$dir/said"
}
minor() { change driver.h 's/(define IDBC_DRIVER_ABI_MINOR) +[0-9]+u/\1 999u/'; }
major() { change driver.h 's/(define IDBC_DRIVER_ABI_MAJOR) +[0-9]+u/\1 99u/'; }
# result NAME CHECK RECORD WORDS: exit statuses of both, and what is said.
result() {
	local check record
	INCLUDE=$dir/include scripts/abi-check "$dir/recorded" >>"$dir/said" 2>&1
	check=$?
	INCLUDE=$dir/include scripts/abi-record "$dir/recorded" >>"$dir/said" 2>&1
	record=$?
	if [ "$check $record" = "$2 $3" ] && grep -q -e "$4" "$dir/said" &&
		! grep -q 'nothing changed' "$dir/said"; then
		echo "ok - check/$1"
	else
		echo "not ok - check/$1"
		{ echo "$1: check $check, record $record"; cat "$dir/said"; } >&2
		bad=1
	fi
	: >"$dir/said"
}
extra='int (*extra)(void *self);'
: >"$dir/said"

fresh; change driver.h 's/^(struct idbc_host \{)/\1 \/* no change *\//'
result "a comment is no change" 0 0 "ok - abi/sizes"
fresh; change driver.h "s/^\tint \(\*verify\)\(/\t$extra\n&/"; minor
result "a slot between others" 1 1 "breaks drivers"
fresh; change driver.h "s/^\tint  \(\*quiet\)\(.*\$/&\n\t$extra/"
result "growth without a minor" 1 1 "raise IDBC_DRIVER_ABI_MINOR"
fresh; change driver.h "/^\tint \(\*create_many\)\(/{n;s/\$/\n\t$extra/}"; minor
result "growth with a minor" 1 0 "recorded: driver ABI 0.999"
fresh; change driver.h 's/^\tint \(\*verify\)\(void \*self,/& int more,/'; minor
result "another signature" 1 1 "breaks drivers"
fresh; change driver.h 's/^\tint \(\*verify\)\(void \*self,/& int more,/'; major
result "another signature in another major" 1 0 "recorded: driver ABI 99"
fresh; change driver.h 's/uint32_t caps; .*enum idbc_cap/uint64_t caps; \/\* /'; minor
result "a wider member" 1 1 "breaks drivers"
fresh; change driver.h '/^\tvoid \(\*passed_over\)/d'; minor
result "a member gone" 1 1 "breaks drivers"
fresh; change driver.h 's/IDBC_CAP_DECIDES      = 1u << 2/IDBC_CAP_DECIDES = 1u << 9/'; minor
result "another value" 1 1 "breaks drivers"
fresh; change driver.h 's/^(enum idbc_passed \{)/\1 IDBC_PASSED_MORE = 3,/'; minor
result "a value more" 1 0 "recorded"
fresh; change types.h 's/^\tsize_t      len;/&\n\tsize_t more;/'; minor
result "growth of a struct without a size" 1 1 "breaks drivers"
fresh; change types.h 's/char     text\[176\]/char text[180]/'; minor
result "a longer array" 1 1 "breaks drivers"
fresh; change idbc.h 's/^\tvoid  \*ctx; .*must outlive/\tint more; \/* /'; minor
result "another member of a host's struct" 1 1 "breaks hosts"
fresh; change driver.h 's/(define IDBC_DRIVER_ABI_MINOR) +[0-9]+u/\1 1u/'
result "a minor that falls" 1 1 "the minor falls"
fresh; sed -i '/idbc_status_text(/d' "$dir/recorded/layout"
sed -i '/^idbc_status_text$/d' "$dir/recorded/exports"
result "a function more" 1 0 "growth"
fresh; sed -i 's/^function const char \*idbc_status_text(/&int, /' "$dir/recorded/layout"
result "a function of another signature" 1 1 "breaks hosts"
exit $bad
