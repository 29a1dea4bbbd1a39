#!/bin/sh
# The conformance kit on every driver of ours: odbc on SQLite, MariaDB and PostgreSQL, mysql on
# MariaDB, and the skeleton.  The example on LDAP runs it in ldap.sh, where its server is.
cd "$(dirname "$0")/../.." || exit 1
[ -n "${IDBC_TEST_SQLITE_ODBC:-}" ] || exec scripts/with-sqlite "$0"
[ -n "${IDBC_TEST_MYSQL_SOCKET:-}" ] || exec scripts/with-mariadb "$0"
[ -n "${IDBC_TEST_PG_SOCKET:-}" ] || exec scripts/with-postgres "$0"
exec python3 tests/integration/lib/conform.py "$@"
