#!/bin/bash
# timeout: 1800
# serial
# The suite as a user without privileges.
[ "$(id -u)" = 0 ] || { echo "it is run by one anyway"; exit 77; }
exec "$ROOT/tests/run" -v --build "$BUILD" --user nobody guest/ cli/
