#!/bin/bash
# timeout: 1800
# needs: make
# The same as attack/killed.sh, 200 times.
ATTACK_ROUNDS=200 exec bash "$ROOT/tests/attack/killed.sh"
