#!/bin/bash
# tests/integration/house.sh - the tools that the tests rely on: the runner sees every kind of
# failure, throw-away stores leave nothing behind, the include table catches what it should.
set -u

dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
bad=0

# same NAME GOT WANTED
same() {
	if [ "$2" = "$3" ]; then
		echo "ok - house/$1"
	else
		echo "not ok - house/$1"
		printf 'got:    %s\nwanted: %s\n' "$2" "$3" >&2
		bad=1
	fi
}
gone() { [ -e "$1" ] && echo there || echo gone; }

# ---- the runner -------------------------------------------------------------------------
program() { printf '#!/bin/sh\n%s\n' "$2" >"$dir/tests/unit/$1"; chmod +x "$dir/tests/unit/$1"; }
run() { env -u TEST_UNITS -u TEST_WRAPPER TEST_TIMEOUT=2 BUILD="$dir" tests/run "$@" 2>/dev/null; }
closing() { run "$@" | tail -n 1; }

mkdir -p "$dir/tests/unit"
program good 'echo "ok - a"; echo "ok - b"; echo "skip - c (why)"'
same "passes are counted" "$(closing unit/good)" "2 passed, 0 failed"
same "and skips" "$(run unit/good | tail -n 2 | head -n 1)" "1 skipped"
program no 'echo "ok - a"; echo "not ok - b"'
same "a failed test is a failure, whatever the exit status" "$(closing unit/no)" "1 passed, 1 failed"
program killed 'echo "ok - a"; kill -SEGV $$'
same "a killed program is a failure" "$(closing unit/killed)" "1 passed, 1 failed"
program status 'echo "ok - a"; exit 3'
same "an exit status is a failure" "$(closing unit/status)" "1 passed, 1 failed"
program silent ''
same "a silent program is a failure" "$(closing unit/silent)" "0 passed, 1 failed"
program slow 'echo "ok - a"; sleep 60'
same "a program that does not end is a failure" "$(closing unit/slow)" "1 passed, 1 failed"
program reports 'echo "ok - a"; r=${UBSAN_OPTIONS##*log_path=}; echo "a.c:1:1: runtime error: b" >"${r%%:*}.1"'
same "what a sanitizer reports is a failure, whatever the exit status" "$(closing unit/reports)" "1 passed, 1 failed"
run unit/good >/dev/null
same "exit status of a run without failure" $? 0
run unit/no >/dev/null
same "exit status of a run with one" $? 1
run no-such-test >/dev/null
same "exit status of a run of nothing" $? 1

# ---- throw-away stores ------------------------------------------------------------------
scripts/with-sqlite sh -c 'test -f "$IDBC_TEST_SQLITE_ODBC" && echo "$IDBC_TEST_SQLITE_DIR"; exit 7' \
	>"$dir/place"
same "with-sqlite hands on the exit status" $? 7
same "with-sqlite leaves nothing" "$(gone "$(cat "$dir/place")")" gone

client='mariadb --no-defaults -h 127.0.0.1 -P "$IDBC_TEST_MYSQL_PORT" -u "$IDBC_TEST_MYSQL_USER"
	-p"$IDBC_TEST_MYSQL_PASSWORD" --ssl-verify-server-cert -N -e "SELECT 1"'
scripts/with-mariadb sh -c "cat >/dev/null; echo \"\$IDBC_TEST_MYSQL_DIR\"
	$(tr -d '\n' <<<"$client") --ssl-ca=\"\$IDBC_TEST_MYSQL_CA\" >'$dir/right' 2>&1
	$(tr -d '\n' <<<"$client") --ssl-ca=\"\$IDBC_TEST_MYSQL_WRONG_CA\" >'$dir/wrong' 2>&1; exit 7" \
	</dev/null >"$dir/place"
same "with-mariadb hands on the exit status" $? 7
same "with-mariadb serves TLS that its own authority proves" "$(cat "$dir/right")" 1
same "and no other" "$(grep -c 'ERROR 2026' "$dir/wrong")" 1
same "with-mariadb leaves nothing" "$(gone "$(cat "$dir/place")")" gone

scripts/with-mariadb sh -c 'cat "$IDBC_TEST_MYSQL_DIR/pid"; echo "$IDBC_TEST_MYSQL_DIR"; sleep 60' \
	>"$dir/place" &
for _ in $(seq 200); do [ "$(wc -l <"$dir/place")" -ge 2 ] && break; sleep 0.05; done
kill $!
wait $!
same "with-mariadb ends on a signal" $? 143
{ read -r pid; read -r place; } <"$dir/place"
same "its server too" "$(kill -0 "$pid" 2>/dev/null && echo runs || echo ended)" ended
same "and leaves nothing" "$(gone "$place")" gone

client='psql -X -A -t -U "$IDBC_TEST_PG_USER" -c "SELECT 1"
	"host=localhost port=$IDBC_TEST_PG_PORT dbname=postgres sslmode=verify-full'
scripts/with-postgres sh -c "cat >/dev/null; echo \"\$IDBC_TEST_PG_DIR\"
	export PGPASSWORD=\"\$IDBC_TEST_PG_PASSWORD\"
	$(tr -d '\n' <<<"$client") sslrootcert=\$IDBC_TEST_PG_CA\" >'$dir/right' 2>&1
	$(tr -d '\n' <<<"$client") sslrootcert=\$IDBC_TEST_PG_WRONG_CA\" >'$dir/wrong' 2>&1; exit 7" \
	</dev/null >"$dir/place"
same "with-postgres hands on the exit status" $? 7
same "with-postgres serves TLS that its own authority proves" "$(cat "$dir/right")" 1
same "and no other" "$(grep -c 'certificate verify failed' "$dir/wrong")" 1
same "with-postgres leaves nothing" "$(gone "$(cat "$dir/place")")" gone

scripts/with-postgres sh -c 'head -n 1 "$IDBC_TEST_PG_DIR/data/postmaster.pid"; echo "$IDBC_TEST_PG_DIR"; sleep 60' \
	>"$dir/place" &
for _ in $(seq 200); do [ "$(wc -l <"$dir/place")" -ge 2 ] && break; sleep 0.05; done
kill $!
wait $!
same "with-postgres ends on a signal" $? 143
{ read -r pid; read -r place; } <"$dir/place"
same "its server too" "$(kill -0 "$pid" 2>/dev/null && echo runs || echo ended)" ended
same "and leaves nothing" "$(gone "$place")" gone

# ---- the include table ------------------------------------------------------------------
mkdir -p "$dir/tree/scripts" && cp -r include connector drivers tools examples "$dir/tree/"
cp scripts/check-includes "$dir/tree/scripts/"
# breaks FILE LINE: the table must refuse LINE in FILE.
breaks() {
	cp "$dir/tree/$1" "$dir/kept"
	printf '%s\n' "$2" >>"$dir/tree/$1"
	"$dir/tree/scripts/check-includes" >"$dir/said" 2>&1
	same "refused in $1: $2" "$? $(grep -c . "$dir/said")" "1 1"
	cp "$dir/kept" "$dir/tree/$1"
}
same "this tree keeps to the table" "$(scripts/check-includes)" ""
breaks connector/base/err.c '#include "run/run.h"'
breaks connector/base/err.c '#include <jansson.h>'
breaks connector/config/top.c '#include "link/link.h"'
breaks connector/config/top.c '#include "password/scheme/scheme.h"'
breaks drivers/sql/codec/codec.c '#include <idbc/idbc.h>'
breaks drivers/sql/codec/codec.c '#include "base/err.h"'
breaks include/idbc/types.h '#include <stdio.h>'
breaks tools/main.c '#include "base/err.h"'
breaks tools/main.c '#include <idbc/driver.h>'
exit $bad
