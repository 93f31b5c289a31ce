#!/bin/bash
# Signals of the host reach the program, and when vksup dies so do its guests.
# timeout: 120
. "$ROOT/tests/cli/cli.bash"

# --- passed on, and their default effect
# (SIGQUIT by kill(1) is for vksup: monitor.sh.)
for s in HUP INT TERM USR1 USR2; do
	rm -f ready
	# A background command of a shell without job control ignores INT and QUIT: python sets that right.
	/usr/bin/python3 - "$VKSUP" "$s" > got 2>&1 <<'END'
import signal, subprocess, sys
sig = getattr(signal, 'SIG' + sys.argv[2])
def start(*cmd):
    p = subprocess.Popen([sys.argv[1], '--', *cmd], stdout=subprocess.PIPE, text=True,
                         preexec_fn=lambda: [signal.signal(n, signal.SIG_DFL)
                                             for n in (signal.SIGINT, signal.SIGQUIT)])
    assert p.stdout.readline() == 'ready\n'
    return p
p = start('sh', '-c', 'echo ready; exec sleep 60')
p.send_signal(sig)
print('default', p.wait(30) - sig)
p = start('bash', '-c', f'trap "echo trapped; exit 7" {sys.argv[2]}; echo ready; while :; do sleep 0.05; done')
p.send_signal(sig)
print(p.stdout.read().strip(), p.wait(30))
p = start('bash', '-c', f'trap "" {sys.argv[2]}; echo ready; sleep 0.5; exit 8')
p.send_signal(sig)
print('ignored', p.wait(30))
END
	is "SIG$s" "$(<got)" $'default 128\ntrapped 7\nignored 8'
done

# A second one comes as well, and not only to the first program.
is "again" "$(/usr/bin/python3 - "$VKSUP" <<'END'
import signal, subprocess, sys
p = subprocess.Popen([sys.argv[1], '--', '/usr/bin/python3', '-c', '''
import os, signal
n = 0
def h(s, f):
    global n
    n += 1
    os.write(1, str(n).encode() + bytes([10]))
signal.signal(signal.SIGUSR1, h)
print("ready", flush=True)
while n < 5:
    signal.pause()
'''], stdout=subprocess.PIPE, text=True)
assert p.stdout.readline() == 'ready\n'
for i in range(5):
    p.send_signal(signal.SIGUSR1)
    assert p.stdout.readline() == f'{i + 1}\n'
print(p.wait(30))
END
)" 0

# --- SIGTSTP stops both, SIGCONT continues both
is "stop and continue" "$(/usr/bin/python3 - "$VKSUP" <<'END'
import os, signal, subprocess, sys, time
# In a session with somebody who could continue it: an orphaned group is not stopped by SIGTSTP.
p = subprocess.Popen([sys.argv[1], '--', 'bash', '-c',
                      'trap "echo cont" CONT; echo ready; while :; do echo x; sleep 0.05; done'],
                     stdout=subprocess.PIPE, text=True, bufsize=1, preexec_fn=lambda: os.setpgid(0, 0))
assert p.stdout.readline() == 'ready\n'
p.send_signal(signal.SIGTSTP)
pid, st = os.waitpid(p.pid, os.WUNTRACED)
print('stopped' if os.WIFSTOPPED(st) else 'ended', end=' ')
time.sleep(0.3)
os.set_blocking(p.stdout.fileno(), False)
try:
    while os.read(p.stdout.fileno(), 65536):
        pass
except BlockingIOError:
    pass
time.sleep(0.4)
try:
    print('runs on' if os.read(p.stdout.fileno(), 65536) else 'eof', end=' ')
except BlockingIOError:
    print('still', end=' ')
os.set_blocking(p.stdout.fileno(), True)
p.send_signal(signal.SIGCONT)
seen = [p.stdout.readline() for i in range(5)]
print('cont' if 'cont\n' in seen else 'no handler', 'x' if 'x\n' in seen else '', end=' ')
p.kill()
print(p.wait(30))
END
)" "stopped still cont x -9"

# --- the end of vksup is everybody's
start_many() {
	rm -f ready
	"$VKSUP" -- bash -c '
		for i in 1 2 3 4 5; do (trap "" TERM HUP INT; while :; do sleep 0.2; done) & done
		setsid sleep 1000 &
		python3 -c "import threading, time
for i in range(4): threading.Thread(target=time.sleep, args=(1000,)).start()" &
		sleep 0.3
		echo ready; wait; sleep 1000' > ready &
	pid=$!
	within 20 nonempty ready || fail "did not start"
	pids=$(family $pid)
	(($(wc -w <<<"$pids") >= 8)) || fail "only these processes: $pids"
}
for s in KILL TERM SEGV; do
	start_many
	kill -$s $pid
	wait $pid 2>/dev/null
	status=$?
	((status == 128 + $(kill -l $s))) || [[ $s == SEGV ]] || fail "after SIG$s: status $status"
	# shellcheck disable=SC2086
	gone 10 $pids || fail "after SIG$s these live on: $(ps -o pid,stat,args -p "$(echo $pids | tr ' ' ,)")"
done 2>/dev/null

# Ended normally, nothing is left either; not even of many.
"$VKSUP" -- bash -c 'for i in {1..20}; do setsid sleep 1000 & done; exit 0' > /dev/null &
pid=$!
sleep 0.1
pids=$(family $pid)
wait $pid
# shellcheck disable=SC2086
gone 10 $pids || fail "after the end these live on: $pids"

# The one who started vksup goes away: with --outlive-parent that is no reason to end.
bash -c '"$VKSUP" --outlive-parent -- sh -c "sleep 0.5; echo survived" > orphan.out & sleep 0.3'
within 10 nonempty orphan.out || fail "vksup ended with its parent"
