#!/bin/sh
# The example with an event loop: hundreds of clients of one thread, each line answered once.
cd "$(dirname "$0")/../.." || exit 1
exec python3 tests/integration/lib/event_loop.py
