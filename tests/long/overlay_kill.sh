#!/bin/bash
# tests/cli/overlay_kill.sh, ten times as long.
# timeout: 1800
export KILLS=200
exec bash "$ROOT/tests/cli/overlay_kill.sh"
