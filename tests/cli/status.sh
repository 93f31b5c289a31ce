#!/bin/bash
# The exit status: the program's own, or 128 + the signal that ended it.
. "$ROOT/tests/cli/cli.bash"

for ((i = 0; i < 256; i += (i < 4 || i > 120 && i < 132 || i > 250) ? 1 : 9)); do
	expect "exit $i" "$i" "" "" vk -- sh -c "exit $i"
done
expect "true" 0 "" "" vk -- true
expect "false" 1 "" "" vk -- false
expect "no --" 3 "" "" vk sh -c 'exit 3'

# Signals that end the program.
for s in HUP INT QUIT ILL TRAP ABRT BUS FPE KILL USR1 SEGV USR2 PIPE ALRM TERM STKFLT XCPU XFSZ \
    VTALRM PROF IO PWR SYS RTMIN RTMIN+5 RTMAX; do
	n=$(kill -l "$s")
	expect "SIG$s" $((128 + n)) "" "" vk -- sh -c "kill -$n \$\$; sleep 5"
done
# Those that do not, by default.
for s in CHLD URG WINCH CONT; do
	expect "SIG$s" 4 "" "" vk -- bash -c "kill -$s \$\$; exit 4"
done

# Killed by a signal that is not kill()ed: a fault, an alarm, a limit.
cat > fault.c <<'END'
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>
int main(int argc, char **argv)
{
	struct rlimit one = { 1, 2 };
	volatile int zero = 0, one_of = 1;
	if (!strcmp(argv[1], "segv"))
		*(volatile int *)8 = 1;
	if (!strcmp(argv[1], "fpe"))
		one_of /= zero;
	if (!strcmp(argv[1], "ill"))
		__asm__ volatile("ud2");
	if (!strcmp(argv[1], "abrt"))
		abort();
	if (!strcmp(argv[1], "alrm")) {
		alarm(1);
		for (;;)
			pause();
	}
	if (!strcmp(argv[1], "xcpu")) {
		setrlimit(RLIMIT_CPU, &one);
		for (;;)
			;
	}
	return 0;
}
END
gcc -w -O0 -o fault fault.c || fail "cannot compile"
expect "segv" 139 "" "" vk -- ./fault segv
expect "fpe" 136 "" "" vk -- ./fault fpe
expect "ill" 132 "" "" vk -- ./fault ill
expect "abrt" 134 "" "" vk -- ./fault abrt
expect "alrm" 142 "" "" vk -- ./fault alrm
expect "xcpu" 152 "" "" vk -- ./fault xcpu

# The status is the command's, whatever its children do; who is left ends with it.
expect "child's end" 7 "" "" vk -- sh -c 'sh -c "kill -9 \$\$" 2>/dev/null; exit 7'
expect "exec" 9 "" "" vk -- sh -c 'exec sh -c "exec bash -c \"exit 9\""'
begun=$SECONDS
expect "child left" 6 "" "" vk -- sh -c 'sleep 100 & exit 6'
((SECONDS - begun < 20)) || fail "vksup waited for a child that the command left"
expect "stopped child left" 5 "" "" vk -- bash -c 'sleep 100 & kill -STOP $!; exit 5'
expect "threads" 8 "" "" vk -- python3 -c '
import os, threading, time
for i in range(20):
    threading.Thread(target=time.sleep, args=(100,), daemon=True).start()
os._exit(8)'
# The first thread ends, another says the status.
expect "exit of another thread" 11 "" "" vk -- python3 -c '
import os, threading, ctypes, time
def f():
    time.sleep(0.1)
    os._exit(11)
threading.Thread(target=f).start()
ctypes.CDLL(None).syscall(60, 3)'
