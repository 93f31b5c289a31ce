#!/bin/bash
# gdb on vksup, without a rule for signals or forks: breakpoints in handlers, the vk- commands, --gdb, --break-syscall, ^C.
# needs: gdb
# timeout: 240
. "$ROOT/tests/cli/cli.bash"

real=$(realpath "$VKSUP")
safe="add-auto-load-safe-path $real-gdb.py"
# A debugger that cannot start anything is nothing to test.
timeout -s KILL 60 gdb -nx -q -batch -ex run -ex 'info program' --args /bin/true > .out 2>&1
grep -q 'exited normally' .out || skip "gdb cannot run programs here"

debug() {
	timeout -s KILL 100 gdb -nx -q -batch "$@" > .gdb 2>&1 < /dev/null
	out=$(<.gdb)
}

# Nothing but a breakpoint.
debug -ex 'break sys_openat' -ex run -ex bt --args "$real" -- cat /etc/hostname
like "stops in the handler" "$out" 'hit Breakpoint 1, sys_openat \(t='
like "on a thread of the kernel" "$out" 'guest_loop \(t='
[[ $out != *'received signal'* ]] || fail "a signal of ours stops gdb: $out"

# To the end, over threads, faults, signals and forks: nothing stops.
debug -ex run --args "$real" -- bash -c 'trap : USR1; sleep 0.1 & kill -USR1 $$; ls / | cat > /dev/null; wait; exit 7'
[[ $out != *'received signal'* ]] || fail "a signal of ours stops gdb: $out"
like "the status" "$out" 'exited with code 07'

# The commands come by themselves.
echo hello > file
debug -iex "$safe" -ex 'break sys_read if t->args[0] == 9' -ex run -ex vk-ps -ex vk-current -ex vk-args -ex vk-bt -ex vk-fds \
	-ex 'vk-fds 2' -ex vk-maps -ex 'vk-fds 77' --args "$real" -- bash -c 'exec 9< file; read -u 9 x; :'
like "vk-ps: init" "$out" $'\n +1 +0 +- +- +init'
like "vk-ps: the program" "$out" $'\n +2 +1 +2 +[0-9]+  bash +read'
like "vk-current" "$out" 'guest process 2, thread 2 \(bash\): read'
like "vk-args" "$out" $'\nread\(9, 0x[0-9a-f]+, [0-9]+\)'
like "vk-bt: the kernel's" "$out" '#0 +sys_read '
like "vk-bt: the guest's" "$out" $'guest, in read\\(9.*\n#0 +0x[0-9a-f]+ .*\\(libc.so.6\\)'
like "vk-bt: down to the program" "$out" $'\n#[0-9]+ +0x[0-9a-f]+ [^\n]*\\(bash\\)'
like "vk-fds" "$out" $'\n +9 [^\n]* '"$PWD/file"$'\n'
like "vk-maps" "$out" $'\n[0-9a-f]+-[0-9a-f]+ r-xp [0-9a-f]+ (/usr)?/bin/bash\n'
like "vk-maps: stack" "$out" $'rw-p [0-9a-f]+ \\[stack\\]\n'
like "vk-fds of nobody" "$out" 'no guest process 77'

# --break-syscall, with any gdb.
debug -iex "$safe" -ex run -ex vk-args -ex 'info symbol $pc' -ex bt --args "$real" --break-syscall uname -- uname
like "--break-syscall: stops" "$out" 'received signal SIGTRAP'
like "--break-syscall: at the call" "$out" $'\nuname\(0x'
like "--break-syscall: says where" "$out" 'debug_break_syscall \(t='
# ... and without one it does nothing.
expect "--break-syscall alone" 0 Linux "" timeout -s KILL 60 "$VKSUP" --break-syscall uname -- uname
expect "--break-syscall of nothing" 125 "" "vksup: --break-syscall nosuch: no such system call" \
	timeout -s KILL 60 "$VKSUP" --break-syscall nosuch -- uname

# --gdb does all that.
printf 'vk-args\nkill\nquit\n' | timeout -s KILL 100 "$VKSUP" --gdb --break-syscall uname -- uname > .gdb 2>&1
like "--gdb" "$(<.gdb)" 'uname\(0x'

# A kernel that fails stops there.
debug -ex run -ex bt --args "$real" --panic-on uname --crash-report "$PWD/report" -- uname
like "a panic stops" "$out" 'received signal SIGTRAP'
like "a panic says where" "$out" 'in host_panic '

# ^C stops the kernel, not the program.
mkfifo fifo
timeout -s KILL 100 gdb -nx -q -iex "set pagination off" -iex "set confirm off" -ex run --args "$real" -- sleep 1000 \
	< fifo > .gdb 2>&1 &
g=$!
exec 8> fifo
within 60 nonempty .gdb || fail "gdb does not start"
host=
up() { host=$(family $g | xargs ps -o pid=,comm= -p | awk '$2 == "vksup" { print $1; exit }'); [[ -n $host ]] && grep -qs 'New Thread' .gdb; }
within 60 up || fail "vksup does not start under gdb: $(<.gdb)"
sleep 1
kill -INT $host
within 30 grep -q 'received signal SIGINT' .gdb || fail "SIGINT does not stop it: $(<.gdb)"
printf 'kill\nquit\n' >&8
exec 8>&-
wait $g
