#!/bin/bash
# The monitor: its socket, each verb, exec, wait, stop, top, ls, and kill -QUIT.
# needs: python3
# timeout: 240
. "$ROOT/tests/cli/cli.bash"

export XDG_RUNTIME_DIR=$PWD/run
echo hello > file
mkdir -m 0700 run
echo hello > file

# start COMMAND...: a run in the background, $pid; ready when it has written a line to `ready`
start() {
	rm -f ready .run.out
	"$VKSUP" "${options[@]}" -- "$@" > .run.out 2> .run.err < /dev/null &
	pid=$!
	within 30 nonempty .run.out || fail "did not start: $(<.run.err)"
}
options=()
ctl() {
	timeout -s KILL 60 "$VKSUP" ctl "$@"
}

start bash -c 'exec 9< file; sleep 1000 & echo ready; while :; do read -t 0.1 x < <(sleep 10); wait; done'
socket=run/vksup/$pid
[[ -S $socket ]] || fail "no socket"
is "mode of the socket" "$(stat -c %a $socket)" 600
is "mode of its directory" "$(stat -c %a run/vksup)" 700

run timeout -s KILL 60 "$VKSUP" ls
is "ls: status" "$status" 0
like "ls" "$out" "^ID .*PROGRAM.*"$'\n'"$pid +[0-9]+ +[2-9] bash"

run ctl $pid ps
is "ps: status" "$status" 0
like "ps: init" "$out" $'\n +1 +0 .* init'
like "ps: program" "$out" $'\n +2 +1 .* bash'
like "ps: child" "$out" $'\n +3 +2 .* S .* (clock_nanosleep|nanosleep) +sleep'

run ctl $pid bt 3
like "bt: call" "$out" 'process 3, thread 3 \(sleep\): clock_nanosleep\(CLOCK_REALTIME, 0, \{tv_sec=1000, tv_nsec=0\}'
like "bt: kernel" "$out" $'kernel:\n.*park.*sys_clock_nanosleep.*syscall_call'
like "bt: guest" "$out" $'guest:\n +#0 .*clock_nanosleep.*\\(libc.so.6\\)\n.*\\(sleep\\)'

run ctl $pid vm 3
like "vm" "$out" $'r-xp [0-9a-f]+ [0-9a-f]+:[0-9a-f]+ [0-9]+ +(/usr)?/bin/sleep\n'
like "vm: stack" "$out" '\[stack\]'
run ctl $pid fds 2
like "fds" "$out" $'\n +9 .* '"$PWD/file"
run ctl $pid locks
like "locks" "$out" $'proc_lock +free\n'
like "locks: sleepers" "$out" ' 3 +3 sleep +clock_nanosleep +'
run ctl $pid stats
like "stats" "$out" $'processes [3-9]\n'
like "stats: events" "$out" $'\nevents [1-9][0-9]+'
run ctl $pid help
like "help" "$out" $'ps \n.*\nstop \\[SECONDS\\]\n'

# Wrong calls: one line, and 125.
for call in "ps 1:usage: ctl ID ps" "bt:usage: ctl ID bt PID" "bt x:bt x: a guest pid is needed" "bt 4711:bt 4711: no such guest process" \
	"vm 4711:vm 4711: no such guest process" "fds 1:fds 1: no such guest process" "nosuch:nosuch: no such verb" \
	"kill NOSUCH:kill NOSUCH: no such signal" "trace maybe:usage: ctl ID trace on" "stop x:stop x: seconds are needed"; do
	# shellcheck disable=SC2086
	run ctl $pid ${call%%:*}
	is "${call%%:*}: status" "$status" 125
	is "${call%%:*}: lines" "$(wc -l < .err)" 1
	[[ $err == *"${call#*:}"* ]] || fail "${call%%:*}: $err"
done
expect "no such run" 125 "" "vksup: ps 999999999: no such run" ctl 999999999 ps
expect "no number" 125 "" "vksup: ps ../x: no such run" ctl ../x ps

# --- trace: to the client's own output, until off
timeout -s KILL 60 "$VKSUP" ctl $pid trace on > trace
is "trace on: status" $? 0
ctl $pid kill CONT 3
timeout -s KILL 60 "$VKSUP" exec $pid cat file > /dev/null < /dev/null
ctl $pid trace off
python3 - <<'END' || fail "trace"
import json
e = [json.loads(l) for l in open('trace')]
assert any(x['type'] == 'exec' and x['path'].endswith('/cat') for x in e)
assert any(x['type'] == 'call' and x['name'] == 'openat' and '"file"' in x['text'] for x in e)
END
size=$(stat -c %s trace)
timeout -s KILL 60 "$VKSUP" exec $pid true < /dev/null
is "trace off" "$(stat -c %s trace)" "$size"

# attach: the same until it goes
timeout -s KILL 60 "$VKSUP" attach $pid > attached &
a=$!
caught() { timeout -s KILL 60 "$VKSUP" exec $pid true < /dev/null; grep -qs '"exec"' attached; }
within 30 caught || fail "attach shows nothing"
kill $a
wait $a 2>/dev/null
not_tracing() { run ctl $pid stats; timeout -s KILL 60 "$VKSUP" exec $pid true < /dev/null; s=$(stat -c %s attached); timeout -s KILL 60 "$VKSUP" exec $pid true < /dev/null; [[ $(stat -c %s attached) == "$s" ]]; }
within 30 not_tracing || fail "attach goes on after its client"

# --- exec: another program in the same kernel
run timeout -s KILL 60 "$VKSUP" exec $pid sh -c 'echo out; echo err >&2; exit 7' < /dev/null
is "exec: status" "$status" 7
is "exec: output" "$out" out
is "exec: errors" "$err" err
is "exec: input" "$(printf 'a\nb\n' | timeout -s KILL 60 "$VKSUP" exec $pid -- wc -l)" 2
is "exec: much" "$(head -c 3000000 /dev/zero | timeout -s KILL 100 "$VKSUP" exec $pid cat | wc -c)" 3000000
like "exec: the same processes" "$(timeout -s KILL 60 "$VKSUP" exec $pid ps -e < /dev/null)" ' 3 .* sleep'
timeout -s KILL 60 "$VKSUP" exec $pid sh -c 'kill -TERM $$' < /dev/null
is "exec: signal" $? 143
timeout -s KILL 60 "$VKSUP" exec $pid sh -c 'echo shared > /tmp/note' < /dev/null
is "exec: the same files" "$(timeout -s KILL 60 "$VKSUP" exec $pid cat /tmp/note < /dev/null)" shared
[[ ! -e /tmp/note ]] || fail "exec wrote to the host"
run timeout -s KILL 60 "$VKSUP" exec $pid nosuch < /dev/null
is "exec: not found" "$status" 127
is "exec: not found, why" "$err" "vksup: exec nosuch: command not found"
# Its client goes: it is hung up.
timeout -s KILL 60 "$VKSUP" exec $pid sleep 777 < /dev/zero > /dev/null &
sleeping() { [[ $(ctl $pid ps | grep -c 'sleep$') == 3 ]]; }
x=$!
hung() { [[ $(ctl $pid ps | grep -c ' sleep$') -lt $many ]]; }
up() { ctl $pid bt "$(ctl $pid ps | awk '/ sleep$/ { p = $1 } END { print p }')" | grep -q 'tv_sec=777'; }
within 30 up || fail "exec sleep does not sleep"
many=$(ctl $pid ps | grep -c ' sleep$')
kill $x
wait $x 2>/dev/null
within 30 hung || fail "exec's program outlives its client"

# --- top
run timeout -s KILL 60 "$VKSUP" top $pid -n 1
is "top: status" "$status" 0
like "top" "$out" $'PID S +THR.*\n +[0-9]+ [RS] +1 .*K +[0-9.]+ +[0-9.]+ .* bash'

# --- kill -QUIT: who does what, on vksup's standard error; the program does not hear of it
kill -QUIT $pid
within 30 grep -q 'process 3, thread 3 (sleep): clock_nanosleep' .run.err || fail "SIGQUIT: $(<.run.err)"
like "SIGQUIT: locks" "$(<.run.err)" $'proc_lock +free'
ctl $pid kill -0 2> /dev/null
kill -0 $pid || fail "SIGQUIT ended the run"

# --- the end
timeout -s KILL 60 "$VKSUP" wait $pid &
w=$!
sleep 0.3
run timeout -s KILL 60 "$VKSUP" stop $pid
is "stop: status" "$status" 0
wait $pid
is "the program's end" $? 143
wait $w
is "wait: status" $? 143
[[ ! -e $socket ]] || fail "the socket is left"

# One that does not hear SIGTERM.
start bash -c 'trap "" TERM; echo ready; while :; do sleep 0.1; done'
run timeout -s KILL 60 "$VKSUP" stop $pid 0.3
is "stop by force: status" "$status" 0
wait $pid
is "stop by force: the program" $? 137

# Signals to the program.
start bash -c 'trap "exit 9" USR1; echo ready; while :; do sleep 0.1; done'
run ctl $pid kill USR1
wait $pid
is "kill" $? 9

# vksup is killed, and crashes: the socket goes all the same.
start sh -c 'echo ready; sleep 1000'
kill -KILL $pid
wait $pid 2>/dev/null
socket_gone() { [[ ! -e run/vksup/$pid ]]; }
within 10 socket_gone || fail "the socket is left after SIGKILL"
timeout -s KILL 60 "$VKSUP" --panic-on uname --crash-report report -- uname > /dev/null 2>&1
is "nothing is left" "$(ls run/vksup)" ""

# Not asked for, or not possible.
options=(--no-monitor)
start sh -c 'echo ready; sleep 1000'
is "--no-monitor" "$(ls run/vksup)" ""
kill -TERM $pid
wait $pid
options=()
expect "a directory of somebody else's making" 0 x "" timeout -s KILL 60 env XDG_RUNTIME_DIR=/nonexistent "$VKSUP" -- echo x
chmod 0755 run/vksup
expect "a directory that others can read" 0 x "" timeout -s KILL 60 "$VKSUP" -- echo x
is "is not used" "$(ls run/vksup)" ""
like "and --verbose says so" "$(timeout -s KILL 60 "$VKSUP" --verbose -- echo x 2>&1)" 'no monitor'
chmod 0700 run/vksup

# Nonsense on the socket does no harm.
start bash -c 'echo ready; while :; do sleep 0.1; done'
python3 - run/vksup/$pid <<'END' || fail "nonsense"
import os, socket, struct, sys
def go(data):
    s = socket.socket(socket.AF_UNIX)
    s.settimeout(30)
    s.connect(sys.argv[1])
    try:
        s.sendall(data)
        s.shutdown(socket.SHUT_WR)
        while s.recv(65536):
            pass
    except OSError:
        pass
    s.close()
for n in (0, 1, 3, 65536, 65537, 0xffffffff):
    go(struct.pack('I', n))
    go(struct.pack('I', n) + b'ps\0')
go(struct.pack('I', 3) + b'ps\0')
go(struct.pack('I', 2) + b'ps')
go(struct.pack('I', 60000) + b'\0' * 60000)
go(struct.pack('I', 30000) + b'a\0' * 15000)
for i in range(200):
    go(os.urandom(200))
# More at once than are served: those are turned away, the next one is not.
many = []
for i in range(40):
    s = socket.socket(socket.AF_UNIX)
    s.connect(sys.argv[1])
    many.append(s)
for s in many:
    s.close()
END
run ctl $pid ps
is "after nonsense: status" "$status" 0
like "after nonsense" "$out" ' bash'
timeout -s KILL 60 "$VKSUP" stop $pid
wait $pid
is "after nonsense: the end" $? 143
