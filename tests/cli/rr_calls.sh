#!/bin/bash
# What rr(1) needs of vksup, without rr: the host calls of vkernel and carriers are those it can record, nobody spins when it
# is there, nothing depends on more than one CPU, and no instruction gives what it cannot see.
# needs: strace gdb objdump taskset
# timeout: 240
. "$ROOT/tests/cli/cli.bash"

real=$(realpath "$VKSUP")
program='sleep 0.1 & ls / | cat > /dev/null; wait; (kill -SEGV $BASHPID) 2> /dev/null; python3 -c "
import threading, mmap, os
t = threading.Thread(target=print, args=(1,)); t.start(); t.join()
m = mmap.mmap(-1, 4096); p = os.fork()
if p == 0: m[0] = 7; os._exit(0)
os.waitpid(p, 0); print(m[0])"'

# --- calls.  Guests' own show up as well; they never reach the host (SIGSYS), so as many are left out as there are such signals.
timeout -s KILL 100 strace -f -qq -o log "$real" -- bash -c "$program" > out 2> err
status=$?
if grep -q 'ptrace.*Operation not permitted\|PTRACE_TRACEME' err; then
	skip "strace cannot trace here"
fi
is "under strace: status" $status 0
is "under strace: output" "$(<out)" $'1\n7'
cat > calls.py <<'END'
import re, sys
done, open_ = {}, {}
for line in open('log', errors='replace'):
    m = re.match(r'(\d+) +(.*)', line)
    if not m:
        continue
    pid, text = m.groups()
    if text.startswith('<... '):
        name, start = text.split()[1], open_.pop(pid, '')
        text = start + text
    else:
        m = re.match(r'([a-z_0-9]+)\(', text)
        if not m:
            continue
        name = m.group(1)
        if text.rstrip().endswith('<unfinished ...>'):
            open_[pid] = text
            continue
    done.setdefault(name, []).append((pid, text))
# Those that the filter turned into a signal were not made.
host, trapped = {}, {}
for line in open('log', errors='replace'):
    m = re.match(r'\d+ +--- SIGSYS .*si_syscall=__NR_([a-z_0-9]+)', line)
    if m:
        trapped[m.group(1)] = trapped.get(m.group(1), 0) + 1
for name, calls in done.items():
    n = len(calls) - trapped.get(name, 0)
    if n > 0:
        host[name] = n
print(len(host), 'host calls:', ' '.join(sorted(host)))
# rr 5.6 does not record these, or only to fail them.
never = {'io_uring_setup', 'io_uring_enter', 'io_uring_register', 'userfaultfd', 'process_madvise', 'pidfd_getfd',
         'kcmp', 'bpf', 'perf_event_open', 'fanotify_init', 'remap_file_pages', 'modify_ldt', 'ptrace',
         'name_to_handle_at', 'process_mrelease', 'map_shadow_stack', 'futex_waitv'}
bad = never & set(host)
assert not bad, bad
# (libseccomp asks what there is by calls that must fail: those make no listener.)
for name in ('seccomp', 'ioctl'):
    for pid, text in done.get(name, ()):
        if ' = -1 ' not in text:
            assert 'NEW_LISTENER' not in text and 'SECCOMP_IOCTL_NOTIF' not in text, text
assert 'futex' in host and 'process_vm_readv' in host and len(host) > 20, host
END
python3 calls.py > calls || fail "calls: $(tail -n 3 calls)"

# --- nobody spins: the kernel has been told, and the carriers are by it
RUNNING_UNDER_RR=1 timeout -s KILL 100 gdb -nx -q -batch -ex 'break sys_uname' -ex run -ex 'p debug_kernel->cfg.slow & 16' \
	-ex 'p host_under_rr()' --args "$real" -- uname > gdb.rr 2>&1 < /dev/null
like "under rr nobody spins" "$(<gdb.rr)" '[$]1 = 16'
like "rr is noticed" "$(<gdb.rr)" '[$]2 = true'
timeout -s KILL 100 env -u RUNNING_UNDER_RR gdb -nx -q -batch -ex 'break sys_uname' -ex run -ex 'p debug_kernel->cfg.slow & 16' \
	-ex 'p host_under_rr()' --args "$real" -- uname > gdb.no 2>&1 < /dev/null
like "else the kernel may" "$(<gdb.no)" '[$]1 = 0'
like "no rr is noticed" "$(<gdb.no)" '[$]2 = false'

# --- one CPU at a time, as rr runs threads
for i in 1 2 3; do
	RUNNING_UNDER_RR=1 timeout -s KILL 60 taskset -c 0 "$VKSUP" -- bash -c "$program" > out 2> err
	is "on one CPU: status" $? 0
	is "on one CPU: output" "$(<out)" $'1\n7'
done

# --- instructions whose results rr cannot replay (rdtsc and cpuid it can)
is "instructions" "$(objdump -d --no-show-raw-insn "$real" "$(dirname "$real")/trampoline.elf" |
	grep -cE '[[:space:]](rdrand|rdseed|xbegin|rdpid|rdtscp|umwait|tpause)[[:space:]]')" 0
