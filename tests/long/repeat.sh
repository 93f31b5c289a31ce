#!/bin/bash
# timeout: 5000
# serial
# The guest suite twenty times in a row: nothing hangs, nothing fails now and then.
exec "$ROOT/tests/run" -v --build "$BUILD" --repeat 20 guest/
