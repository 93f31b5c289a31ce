#!/bin/bash
# timeout: 1800
# serial
# The guest suite as a user without privileges.
[ "$(id -u)" = 0 ] || exit 77
exec "$ROOT/tests/run" --user nobody guest/
