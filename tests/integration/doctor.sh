#!/bin/sh
# `idbc check`: each finding provoked by a store and mended as it says itself; the printed
# GRANTs, and nothing more, are enough for all operations.
# lane: first
#
# Servers of its own: one fault is a time zone of a whole server, and other tests load the
# same stores.
cd "$(dirname "$0")/../.." || exit 1
[ "${1:-}" = own ] || exec scripts/with-mariadb scripts/with-postgres "$0" own
status=0
for driver in odbc-sqlite mysql odbc-mariadb odbc-postgresql; do
	python3 tests/integration/lib/doctor.py "$driver" || status=1
done
exit $status
