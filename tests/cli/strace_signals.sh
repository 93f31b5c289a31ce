#!/bin/bash
# --strace: the execve that started the program, and signals as they arrive.
# Not yet true: --strace leaves both out.  Remove these three lines then.
echo "--strace does not show the first execve and signals yet"
exit 77

. "$ROOT/tests/cli/cli.bash"

run vk --strace -- true
like "first execve" "$err" 'execve\("[^"]*true", \["true"\], 0x[0-9a-f]+ /\* [0-9]+ vars \*/\) += 0'
run vk --strace -e trace=kill,tgkill -- sh -c 'kill -TERM $$'
like "the signal" "$err" '--- SIGTERM \{si_signo=SIGTERM, si_code=SI_USER'
