#!/bin/bash
# timeout: 1800
# serial
# needs: taskset
# The guest suite held to one CPU.
exec "$ROOT/tests/run" --prefix "taskset -c 0" guest/
