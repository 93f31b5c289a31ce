#!/bin/bash
# --strace: the execve that started the program, signals as they arrive, and ends.
. "$ROOT/tests/cli/cli.bash"

run vk --strace -- true
like "first execve" "$err" '^execve\("[^"]*true", \["true"\], 0x[0-9a-f]+ /\* [0-9]+ vars \*/\) += 0'
like "the end" "$err" $'\n''\+\+\+ exited with 0 \+\+\+$'
run vk --strace -e trace=getpid -- true
is "-e leaves the execve out" "$err" "+++ exited with 0 +++"
run vk --strace -e trace=kill,tgkill -- sh -c 'kill -TERM $$'
like "the signal" "$err" '--- SIGTERM \{si_signo=SIGTERM, si_code=SI_USER, si_pid=[0-9]+, si_uid='"$UID"'\} ---
\+\+\+ killed by SIGTERM \+\+\+$'

# In order: the call that sent it, the signal, the handler's return.
run vk --strace -e trace=kill,rt_sigreturn -- python3 -c '
import os, signal
signal.signal(signal.SIGUSR1, lambda *a: None)
os.kill(os.getpid(), signal.SIGUSR1)'
is "caught: status" "$status" 0
like "caught" "$err" '^kill\([0-9]+, SIGUSR1\) += 0
--- SIGUSR1 \{si_signo=SIGUSR1, si_code=SI_USER, si_pid=[0-9]+, si_uid='"$UID"'\} ---
rt_sigreturn\(.*
\+\+\+ exited with 0 \+\+\+$'
run vk --strace -e trace=none -- python3 -c 'import ctypes; ctypes.string_at(16)'
is "fault: status" "$status" 139
like "fault" "$err" '--- SIGSEGV \{si_signo=SIGSEGV, si_code=SEGV_MAPERR, si_addr=0x10\} ---
\+\+\+ killed by SIGSEGV'

# With -f every process has its own, as strace(1) has it.
run vk --strace -f -o f.out -e trace=execve -- bash -c '
	sleep 60 & p=$!
	until [[ $(cat /proc/$p/comm) == sleep ]]; do :; done
	kill -TERM $p; wait $p; (exit 3); sh -c "kill -KILL \$\$"; exit 4'
is "-f: status" "$status" 4
is "-f: first" "$(head -n 1 f.out | sed -E 's/^[0-9]+ execve\("[^"]*bash", \["bash", "-c", .*= 0$/ok/')" ok
main=$(sed -n '1s/ .*//p' f.out)
is "-f: the end of the program is the last" "$(tail -n 1 f.out)" "$main +++ exited with 4 +++"
term=$(sed -nE 's/^([0-9]+) --- SIGTERM \{si_signo=SIGTERM, si_code=SI_USER, si_pid='"$main"', .*/\1/p' f.out)
like "-f: who got SIGTERM" "$term" '^[0-9]+$'
is "-f: and its end" "$(grep -c "^$term +++ killed by SIGTERM +++" f.out)" 1
is "-f: the parent hears of it" "$(grep -cE "^$main --- SIGCHLD \{si_signo=SIGCHLD, si_code=CLD_KILLED, si_pid=$term, si_uid=[0-9]+, si_status=SIGTERM, .*---" f.out)" 1
is "-f: an exit" "$(grep -cE '^[0-9]+ \+\+\+ exited with 3 \+\+\+$' f.out)" 1
is "-f: a kill" "$(grep -cE '^[0-9]+ \+\+\+ killed by SIGKILL \+\+\+$' f.out)" 1

# Nobody reads the trace: the other processes run on, and it all ends.
mkfifo nobody; exec 7<> nobody
run timeout -s KILL 20 "$VKSUP" --timeout 2s,1s --strace -f -o nobody -- bash -c 'trap : USR1; while :; do kill -USR1 $$; done & while :; do :; done'
is "unread: status" "$status" 124
