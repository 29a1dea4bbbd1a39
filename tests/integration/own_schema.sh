#!/bin/sh
# Our own schema on every engine.
cd "$(dirname "$0")/../.." || exit 1
status=0
for driver in odbc-sqlite mysql odbc-mariadb; do
	python3 tests/integration/lib/own_schema.py "$driver" || status=1
done
exit $status
