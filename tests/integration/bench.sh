#!/bin/bash
# tests/integration/bench.sh - what `make bench` does, in short: it runs and writes rows that
# others can read.  How fast anything is, it does not judge: that needs a machine with nothing
# else to do.
# lane: alone
set -u
cd "$(dirname "$0")/../.." || exit 1
if grep -qs -e -fsanitize "$BUILD/flags" || [ ! -f "$BUILD/flags" ]; then
	echo "skip - bench (the build in $BUILD is not one that is measured)"
	exit 0
fi
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT

# Nothing is rebuilt for other flags than the build has.
if ! { make -o "$BUILD/flags" BUILD="$BUILD" benches &&
	BENCH_QUICK=1 BENCH_JSON=$dir/bench.json tests/bench/run; } >"$dir/out" 2>&1; then
	tail -n 20 "$dir/out" >&2
	echo "not ok - bench/it runs"
	exit 1
fi
echo "ok - bench/it runs"
python3 - "$dir/bench.json" <<'PY'
import json
import sys

rows = json.load(open(sys.argv[1]))
names = {row['name'] for row in rows}
wrong = [row for row in rows if set(row) != {'name', 'ratio', 'baseline', 'ops', 'baseline_ops'}
         or not all(row[key] > 0 for key in ('ratio', 'ops', 'baseline_ops'))]
missing = {'hash/argon2-19m', 'hash/argon2-46m', 'hash/bcrypt', 'hash/sha512crypt', 'hash/pbkdf2', 'hash/scrypt'} - names
missing |= {'get_user/' + kind + n for kind in ('mysql', 'odbc-sqlite', 'odbc-postgresql') for n in ('', '@4')} - names
missing |= {'login/mysql/' + scheme + n for scheme in ('plain', 'bcrypt4', 'argon2') for n in ('', '@4')} - names
missing |= {'table-growth/1m', 'submit/get_user', 'import/mysql', 'import/odbc-sqlite', 'login/mysql/intents'} - names
missing |= {'get_user/' + kind + '/intents' for kind in ('mysql', 'odbc-sqlite', 'odbc-postgresql')} - names
print(wrong, missing, file=sys.stderr) if wrong or missing else None
print('%s - bench/rows' % ('not ok' if wrong or missing or len(names) != len(rows) else 'ok'))
PY
