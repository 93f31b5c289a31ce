#!/bin/bash
# timeout: 1800
# serial
# needs: taskset
# The suite held to one CPU.
exec "$ROOT/tests/run" -v --build "$BUILD" --prefix "taskset -c 0" guest/ cli/
