#!/usr/bin/env bash
# fail_each.sh - each host call and each allocation of each unit test fails once.
# timeout: 3600
FAIL_EACH=${FAIL_EACH:-each} exec "$ROOT/tests/cli/fail_each.sh"
