#!/bin/bash
# Standard input, output and error are those that vksup was given: files, pipes, closed, /dev/null.
# timeout: 120
. "$ROOT/tests/cli/cli.bash"

seq 200000 > big
sum=$(sha256sum < big)

# --- pipes and files
is "pipe to pipe" "$(cat big | vk -- cat | sha256sum)" "$sum"
is "file to pipe" "$(vk -- cat < big | sha256sum)" "$sum"
cat big | vk -- cat > copy; is "pipe to file" "$(sha256sum < copy)" "$sum"
vk -- cat < big > copy; is "file to file" "$(sha256sum < copy)" "$sum"
is "through three" "$(vk -- cat < big | vk -- cat | vk -- cat | sha256sum)" "$sum"
is "nested pipelines" "$(vk -- sh -c 'cat | sort -n | (cat; echo last) | tail -n 1' < big)" last
is "socket pair" "$(/usr/bin/python3 - "$VKSUP" <<'END'
import socket, subprocess, sys
a, b = socket.socketpair()
p = subprocess.Popen([sys.argv[1], '--', 'cat'], stdin=b, stdout=b)
b.close()
a.sendall(b'over a socket')
a.shutdown(socket.SHUT_WR)
got = b''
while d := a.recv(100):
    got += d
print(got.decode(), p.wait())
END
)" "over a socket 0"

# --- offsets: what the program has read is read; the rest is for who comes next
printf 'one\ntwo\nthree\n' > lines
is "shared offset" "$({ vk -- sh -c 'read a; echo "<$a>"'; vk -- sh -c 'read a; echo "<$a>"'; cat; } < lines)" $'<one>\n<two>\nthree'
is "shared pipe" "$(cat lines | { vk -- sh -c 'read a; echo "<$a>"'; cat; })" $'<one>\ntwo\nthree'
{ echo before; vk -- sh -c 'echo inside; echo again'; echo after; } > out1
is "order in one file" "$(<out1)" $'before\ninside\nagain\nafter'
echo start > app
vk -- sh -c 'echo more; echo most' >> app; vk -- echo end >> app
is "append" "$(<app)" $'start\nmore\nmost\nend'
vk -- sh -c 'echo o; echo e >&2; echo o2' > both 2>&1
is "2>&1" "$(<both)" $'o\ne\no2'
printf '0123456789' > rw
vk -- sh -c 'printf AB >&0' 0<> rw
is "read and write" "$(<rw)" AB23456789
printf '0123456789' > rw
printf xy | vk -- dd bs=1 seek=4 conv=notrunc status=none 1<> rw
is "seek on its output" "$(<rw)" 0123xy6789
is "stderr" "$(vk -- sh -c 'echo text >&2' 2>&1 >/dev/null)" text
expect "/dev/null" 0 "" "" vk -- sh -c 'cat < /dev/null; cat' < /dev/null
run vk -- sh -c 'echo x' > /dev/full
run sh -c '"$VKSUP" -- echo x > /dev/full'
is "/dev/full" "$status" 1
like "/dev/full" "$err" 'No space left on device'
is "fstat of a file" "$(vk -- stat -L -c %s /dev/stdin < big)" "$(stat -c %s big)"
is "fstat of a pipe" "$(true | vk -- stat -L -c %F /dev/stdin)" fifo
is "truncate its own output" "$(vk -- sh -c 'echo a long line; truncate -s 3 /dev/stdout' > tr; cat tr)" "a l"

# --- closed
is "<&-" "$(vk -- sh -c 'read x; echo $?' <&- 2>/dev/null)" "$(sh -c 'read x; echo $?' <&- 2>/dev/null)"
run bash -c '"$VKSUP" -- sh -c "echo x" >&-'
is ">&-: status" "$status" "$(sh -c 'echo x' >&- 2>/dev/null; echo $?)"
is ">&-" "$err" "$(sh -c 'echo x' 2>&1 >&-)"
is "2>&-" "$(vk -- sh -c 'echo x >&2; echo $?' 2>&-)" "$(sh -c 'echo x >&2; echo $?' 2>&-)"
for closed in '<&-' '>&-' '2>&-' '<&- >&-' '>&- 2>&-' '<&- >&- 2>&-'; do
	for how in '' '"$VKSUP" --'; do
		# The status says which of the three are open.
		eval "$how sh -c '
			s=0
			{ true <&0; } 2>/dev/null && s=\$((s + 1))
			{ true >&1; } 2>/dev/null && s=\$((s + 2))
			{ true >&2; } && s=\$((s + 4))
			exit \$s' $closed"
		eval "open_${how:+v}=\$?"
	done 2>/dev/null
	is "$closed" "$open_v" "$open_"
done
# Descriptors from 3 on are not the program's affair: none must leak in from vksup itself.
is "no others" "$(vk -- sh -c 'for n in 3 4 5 6 7 8 9; do { true <&$n; } 2>/dev/null && echo $n; done')" ""

# --- much output through a slow pipe; a reader that goes away
is "slow reader" "$(vk -- head -c 2000000 /dev/zero | { sleep 0.5; wc -c; })" 2000000
is "reader in steps" "$(vk -- seq 20000 | while IFS= read -r l; do last=$l; done; echo "${last:-}"; true | vk -- true)" ""
is "end is not lost" "$(vk -- sh -c 'seq 100000; echo the end' | { sleep 0.3; tail -n 1; })" "the end"
is "killed, not lost" "$(vk -- bash -c 'seq 10000; kill -KILL $$' | tail -n 1)" 10000
mkfifo fifo
( sleep 0.3; cat fifo > fifo.out ) &
vk -- seq 30000 > fifo
wait
is "fifo" "$(sha256sum < fifo.out)" "$(seq 30000 | sha256sum)"

begun=$SECONDS
vk -- yes | head -n 1 > y
is "yes | head -1" "$(<y)" y
is "status of yes" "$(set -o pipefail; vk -- yes | head -n 1 > /dev/null; echo "${PIPESTATUS[0]}")" 141
is "a pipeline inside" "$(vk -- sh -c 'yes | head -n 1')" y
for how in '' '"$VKSUP" --'; do
	(trap '' PIPE; eval "$how sh -c 'yes 2>/dev/null; echo \$? >&2'" 2>"epipe${how:+.v}" | head -n 1) > /dev/null
done
is "EPIPE with SIGPIPE ignored" "$(<epipe.v)" "$(<epipe)"
((SECONDS - begun < 30)) || fail "output to a closed pipe did not end"

# --- non-blocking and other modes of a shared description stay as they are
is "nonblock untouched" "$(/usr/bin/python3 - "$VKSUP" <<'END'
import fcntl, os, subprocess, sys
r, w = os.pipe()
before = fcntl.fcntl(w, fcntl.F_GETFL), fcntl.fcntl(r, fcntl.F_GETFL)
subprocess.run([sys.argv[1], '--', 'sh', '-c', 'echo hi; cat /dev/null'], stdout=w, stdin=r)
print((fcntl.fcntl(w, fcntl.F_GETFL), fcntl.fcntl(r, fcntl.F_GETFL)) == before, os.read(r, 9))
END
)" "True b'hi\n'"
# A pipe that is already non-blocking works as a blocking one would for cat natively.
is "nonblocking stdin" "$(/usr/bin/python3 - "$VKSUP" <<'END'
import os, subprocess, sys
def go(pre):
    r, w = os.pipe()
    os.set_blocking(r, False)
    p = subprocess.Popen(pre + ['cat'], stdin=r, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    o, e = p.communicate()
    return p.returncode, o, e
print(go([]) == go([sys.argv[1], '--']))
END
)" "True"
# input comes late
is "late input" "$( { sleep 0.3; echo late; } | vk -- cat)" late
is "read -t" "$(sleep 1 | vk -- bash -c 'read -t 0.2 x; echo $?')" "$(sleep 1 | bash -c 'read -t 0.2 x; echo $?')"
is "select" "$(sleep 1 | vk -- /usr/bin/python3 -c 'import select, sys; print(select.select([0], [1], [], 0.1)[:2])')" "([], [1])"
# Who does not read leaves the input alone, and ends at once.
begun=$SECONDS
sleep 10 | { vk -- true; kill "$(pgrep -P $$ -x sleep)" 2>/dev/null; }
((SECONDS - begun < 8)) || fail "vksup -- true waits for input"
