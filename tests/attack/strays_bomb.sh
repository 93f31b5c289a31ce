#!/bin/bash
# timeout: 90
# serial: it uses up processes
# A bomb of processes cloned behind the kernel's back: the run ends with a message, and nothing is left.
. "$ROOT/tests/cli/cli.bash"

run vk -- "$BUILD/tests/attack/strays" bomb
is "status" "$status" 125
like "message" "$err" "vksup: guest code makes processes behind the kernel's back: the run is ended"
left() { ! pgrep -s 0 vksup-guest >/dev/null; }
within 20 left || fail "processes are left"
