#!/bin/bash
# --keep: what a run changed reaches the host, or not, in one go.
# needs: python3
. "$ROOT/tests/cli/cli.bash"

export TMPDIR=$PWD/tmp
mkdir tmp d
echo old > d/f
run vk --keep always -- sh -c 'echo 1 > d/a; rm d/f; exit 3'
is "always" "$status$out$err$(ls d)" 3a
run vk --keep success -- sh -c 'echo 2 > d/b; exit 1'
is "success, failed" "$status$err$(ls d)" 1a
run vk --keep success -- sh -c 'echo 2 > d/b'
is "success" "$status$err$(ls d | tr '\n' ' ')" '0a b '
run vk --keep never -- sh -c 'echo 3 > d/c; cat d/c'
is "never" "$status$out$err$(ls d | tr '\n' ' ')" '03a b '
run vk --keep sometimes -- true
is "another word" "$status$err" "125vksup: --keep sometimes: ask, always, success or never is needed"
run vk --keep ask -- true
is "nobody to ask" "$status$err" "125vksup: --keep ask: standard error is not a terminal"
run vk --keep always -- no-such-program
is "no program" "$status" 127
run vk --keep success --overlay kept -- sh -c 'echo 4 > d/e; exit 1'
is "with --overlay: not yet" "$status$err$(ls d | tr '\n' ' ')" '1a b '
run vk --keep success --overlay kept -- cat d/e
is "with --overlay" "$status$out$err$(ls d | tr '\n' ' ')" '04a b e '
# What other processes still did when the program ended is there, and they are gone.
run vk --keep always -- sh -c '(while :; do echo x >> d/loop; done) & sleep 0.5'
is "with others" "$status$err" 0
[[ -s d/loop ]] || fail "the others' file is not there"
size=$(stat -c %s d/loop); sleep 0.3
is "it does not grow" "$(stat -c %s d/loop)" "$size"
rm d/loop
is "temporary directories" "$(ls -A tmp)" ""

ask() {
	python3 - "$1" "$VKSUP" --keep ask -- sh -c 'echo q > d/q; rm -f d/b' <<'PY'
import os, pty, sys
pid, fd = pty.fork()
if pid == 0:
    os.execv(sys.argv[2], sys.argv[2:])
text = b""
try:
    while b"[y/N]" not in text:
        text += os.read(fd, 4096)
    os.write(fd, sys.argv[1].encode() + b"\n")
    while True:
        b = os.read(fd, 4096)
        if not b:
            break
        text += b
except OSError:
    pass
print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
print(text.decode().replace("\r", ""))
PY
}
like "asked, no" "$(ask n)" "^0
D            0 $PWD/d/b
A            2 $PWD/d/q
1 added, 0 modified, 1 deleted.*
Keep these changes\? \[y/N\]"
is "no" "$(ls d | tr '\n' ' ')" 'a b e '
ask y > asked
is "yes" "$(head -n 1 asked)$(ls d | tr '\n' ' ')" '0a e q '
is "temporary directories at the end" "$(ls -A tmp)" ""
