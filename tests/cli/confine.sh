#!/bin/bash
# needs: gdb
# timeout: 120
# The kernel confines itself: no new privileges, few capabilities, a filter, Landlock; and what it may not do ends the run.
. "$ROOT/tests/cli/cli.bash"

start() {
	"$VKSUP" "$@" -- sh -c 'echo ready; exec sleep 1000' >started 2>said &
	pid=$!
	within 20 nonempty started || fail "did not start: $(<said)"
}

stop() {
	kill -KILL $pid 2>/dev/null
	wait $pid 2>/dev/null
	rm -f started said
}

field() {
	sed -n "s/^$2:[[:space:]]*//p" "/proc/$1/status"
}

# In the kernel's first thread, as if somebody had got into it.
inject() {
	timeout -s KILL 60 gdb -q -batch -p $pid -ex 'handle SIGSYS nostop noprint pass' -ex "print (int)$1" >inject.out 2>&1
}

start
is "filter" "$(field $pid Seccomp)" 2
is "no new privileges" "$(field $pid NoNewPrivs)" 1
is "rights beyond reading" "$((0x$(field $pid CapEff) & ~0x80006))" 0
for t in /proc/$pid/task/*; do
	is "filter of ${t##*/}" "$(sed -n 's/^Seccomp:[[:space:]]*//p' "$t/status")" 2
done
for g in $(pgrep -P $pid); do
	[[ $(<"/proc/$g/comm") == vksup-guest ]] || continue
	is "filter of guest $g" "$(field "$g" Seccomp)" 2
	is "rights of guest $g" "$(field "$g" CapEff)" 0000000000000000
done
inject 'mkdir("escaped", 0777)'
wait $pid
is "after mkdir: status" $? 125
like "after mkdir: message" "$(<said)" 'vksup: internal error: the kernel made the host call mkdir \(83\), which nothing asked for'
[[ ! -e escaped ]] || fail "mkdir was done"
stop

echo old >there
for call in 'fork()' 'execl("/bin/true", "true", 0)' 'socket(2, 1, 0)' 'open("escaped", 0101, 0600)' 'open("there", 1, 0)' 'chmod("there", 0)' 'ptrace(0, 0, 0, 0)'; do
	start
	inject "$call"
	wait $pid
	is "after $call: status" $? 125
	like "after $call: message" "$(<said)" 'internal error: the kernel made the host call'
	stop
done
[[ ! -e escaped ]] || fail "a file was made"

# New files may be made where a crash would be written down; Landlock keeps to there.
if [[ $("$VKSUP" doctor) == *"ok      Landlock"* ]]; then
	start
	inject 'open("escaped", 0301, 0600)'
	grep -q '= -1' inject.out || fail "a new file: $(<inject.out)"
	kill -0 $pid 2>/dev/null || fail "a new file: the run has ended"
	[[ ! -e escaped ]] || fail "a new file was made"
	stop
fi

# Off: it says so.
expect "off" 0 "in" "vksup: --no-confine: the kernel runs unconfined on the host" vk --no-confine -- echo in
expect "both" 125 "" "vksup: --full-confine --no-confine: one of them at a time" vk --no-confine --full-confine -- true
start --no-confine
is "off: filter" "$(field $pid Seccomp)" 0
stop
