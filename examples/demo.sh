#!/bin/sh
# examples/demo.sh - `make demo`: all seven operations on a fresh SQLite store through the
# ODBC driver.  Shows each call and its answer, and fails if an answer is not the expected
# one.  Leaves the store behind to play with.
set -u
cd "$(dirname "$0")/.." || exit 1
build=${BUILD:-build}
case $build in /*) ;; *) build=$PWD/$build ;; esac
demo=$build/demo
failed=0

rm -rf "$demo"
mkdir -p "$demo" || exit 1
cd "$demo" || exit 1
PATH=$build:$PATH
IDBC_CONFIG=demo.json
export PATH IDBC_CONFIG
umask 077

printf '%s\n' 'correct horse battery staple' >password
printf '%s\n' 'a better one: 7 blue chairs' >new-password
printf '%s\n' 'hunter2' >wrong-password
cat >demo.json <<'END'
{
  "idbc": 1,
  "connection": "demo",
  "driver": "odbc",
  "options": { "attributes": { "Driver": "SQLite3", "Database": "demo.db" } }
}
END

title() { printf '\n--- %s\n' "$*"; }

# ask EXIT TEXT COMMAND...: runs it; its exit status must be EXIT and its answer hold TEXT.
ask() {
	want=$1 text=$2
	shift 2
	printf '$'
	for word; do
		case $word in
		*[!A-Za-z0-9@%+=:,./_-]*) printf " '%s'" "$word" ;;
		*) printf ' %s' "$word" ;;
		esac
	done
	echo
	answer=$("$@" 2>&1 </dev/null)
	got=$?
	[ -z "$answer" ] || printf '%s\n' "$answer"
	[ "$got" -eq 0 ] || echo "(exit status $got)"
	if [ "$got" -ne "$want" ]; then
		echo "demo: expected exit status $want" >&2
		failed=1
	fi
	case $answer in
	*"$text"*) ;;
	*) echo "demo: expected to see: $text" >&2; failed=1 ;;
	esac
}

title "The configuration, and the table it needs"
cat demo.json
ask 0 "" idbc check --create

title "create"
ask 0 '"email":"ida@example.com"' idbc create --email ida@example.com --username ida \
	--set 'name=Ida Example' --password-file password
user_id=$(printf '%s\n' "$answer" | sed -n 's/^{"user_id":"\([^"]*\)".*/\1/p')
ask 1 "user_exists" idbc create --email IDA@example.com --password-file password

title "getUser"
ask 0 '"name":"Ida Example"' idbc get-user ida
ask 1 "no such user" idbc get-user nobody@example.com

title "login: right; wrong; unknown (the answer tells nobody which)"
ask 0 '"email":"ida@example.com"' idbc login ida@example.com --password-file password
ask 1 "identifier or password refused" idbc login ida@example.com --password-file wrong-password
ask 1 "identifier or password refused" idbc login nobody@example.com --password-file password

title "verify the e-mail address"
ask 0 "" idbc verify ida@example.com
ask 0 '"email_verified":true' idbc get-user ida@example.com

title "changePassword"
ask 0 "" idbc change-password ida --password-file new-password
ask 1 "identifier or password refused" idbc login ida --password-file password
ask 0 '"user_id":' idbc login ida --password-file new-password

title "changeEmail (the new address is not verified yet)"
ask 0 "" idbc change-email ida ida@new.example.com
ask 1 "identifier or password refused" idbc login ida@example.com --password-file new-password
ask 0 '"email_verified":false' idbc login ida@new.example.com --password-file new-password

title "A store that is down is never 'no such user' and never 'wrong password'"
mv demo.db demo.db.away
ask 3 "" idbc login ida --password-file new-password
mv demo.db.away demo.db

title "deleteUser"
ask 0 "" idbc delete-user "$user_id"
ask 1 "no such user" idbc get-user --by user_id "$user_id"
ask 1 "no such user" idbc delete-user "$user_id"

title "One user to play with"
ask 0 '"max"' idbc create --email max@example.com --username max \
	--password-file password --pretty

if [ "$failed" -ne 0 ]; then
	printf '\ndemo: not every answer was the expected one\n' >&2
	exit 1
fi
cat <<END

Every answer was the expected one.  The store is yours now:

    cd $demo
    export IDBC_CONFIG=demo.json PATH=$build:\$PATH
    idbc login max --password-file password
    idbc --help
    sqlite3 demo.db 'SELECT * FROM idbc_users'
END
