#!/bin/bash
# Static probes: in the binary's notes, and a debugger can stop at one.
# needs: readelf gdb
. "$ROOT/tests/cli/cli.bash"

real=$(realpath "$VKSUP")
notes=$(readelf -n "$real" | awk '$1 == "Provider:" { p = $2 } $1 == "Name:" { print p ":" $2 }' | sort -u)
for probe in call_enter call_exit wait awake wake fault; do
	[[ $'\n'$notes$'\n' == *$'\n'vksup:$probe$'\n'* ]] || fail "no probe $probe: $notes"
done
args=$(readelf -n "$real" | grep -A 3 'Name: call_enter' | sed -n 's/.*Arguments: *//p' | head -n 1)
is "call_enter has 8 arguments" "$(wc -w <<<"$args")" 8

timeout -s KILL 100 gdb -nx -q -batch -ex 'break -probe vksup:call_enter' -ex 'condition 1 $_probe_arg1 == 170' -ex run \
	-ex 'p (int)$_probe_arg1' -ex bt --args "$real" -- hostname new > .gdb 2>&1 < /dev/null
if grep -q 'warning: Could not trace\|ptrace: Operation not permitted' .gdb; then
	skip "gdb cannot run programs here"
fi
like "a probe as a breakpoint" "$(<.gdb)" '[$]1 = 170'
like "its place" "$(<.gdb)" 'call_enter \('
