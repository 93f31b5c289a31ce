#!/bin/bash
# rr: record a run, replay it into a handler, and go backwards.
# timeout: 300
. "$ROOT/tests/cli/cli.bash"

command -v rr > /dev/null || skip "no rr(1)"
export _RR_TRACE_DIR=$PWD/traces
timeout -s KILL 60 rr record -n /bin/true > probe 2>&1 || skip "rr cannot record here: $(grep -m 1 . probe)"

timeout -s KILL 120 rr record "$VKSUP" -- cat /etc/hostname > out 2> err
is "recorded: status" $? 0
is "recorded: output" "$(<out)" "$(</etc/hostname)"
printf '%s\n' 'break sys_openat' continue 'p $_siginfo' bt reverse-continue quit > script
timeout -s KILL 120 rr replay -b 2> /dev/null > replay < script
like "replayed: stops in the handler" "$(<replay)" 'sys_openat \(t='
