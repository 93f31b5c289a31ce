#!/bin/bash
# timeout: 120
# Bombs of processes, threads, memory, disk, descriptors and signals: each limit
# holds, the call fails with Linux's errno, and the run goes on or ends.
. "$ROOT/tests/cli/cli.bash"
bomb=$BUILD/tests/attack/bomb

expect "processes" 0 "fork: EAGAIN after 9" "vksup: limit processes=10 is reached" \
	vk --limit processes=10 -- "$bomb" processes
expect "zombies count" 0 "fork: EAGAIN after 9" "vksup: limit processes=10 is reached" \
	vk --limit processes=10 -- "$bomb" zombies
expect "threads" 0 "clone: EAGAIN after 11" "vksup: limit threads=12 is reached" \
	vk --limit threads=12 -- "$bomb" threads
# The classic: every process makes two.  It must end, and the host must not notice.
run vk --timeout 3,0 --limit processes=50 -- "$bomb" fork
is "fork bomb" "$status" 124
like "fork bomb" "$err" "limit processes=50 is reached"

run vk --limit memory=64M -- "$bomb" mmap
like "mmap" "$status $out" "^0 mmap: ENOMEM after (5[0-9]|6[0-3]) MiB$"
run vk --limit memory=64M -- "$bomb" brk
like "brk" "$status $out" "^0 brk: ENOMEM after (5[0-9]|6[0-3]) MiB$"
run vk --limit memory=64M -- "$bomb" mprotect
like "mprotect" "$status $out" "^0 mprotect: ENOMEM after (5[0-9]|6[0-3]) MiB$"
# All processes together: each takes 20 MiB and says how that went.
run vk --limit memory=64M -- "$bomb" shares
is "shares" "$status" 0
like "shares" "$out" "ENOMEM"
# Half of it is there twice after a fork.
run vk --limit memory=64M -- "$bomb" forked
is "forked" "$status $out" "0 fork: ENOMEM"
# Nobody promised a stack or shared memory: the run ends.
run vk --limit memory=32M -- "$bomb" stacks
is "stacks" "$status" 137
like "stacks" "$err" "limit memory=33554432 is reached"
run vk --limit memory=32M -- "$bomb" shared
is "shared memory" "$status" 137

run vk --limit memory=32M -- "$bomb" disk
like "disk" "$status $out" "^0 write: ENOSPC after (2[0-9]|3[01]) MiB$"
run vk --limit written=16M -- "$bomb" disk
is "written" "$status $out" "0 write: EDQUOT after 16 MiB"
run vk --limit memory=16M -- "$bomb" names
like "names" "$status $out" "^0 (mkdir|open): ENOSPC$"

expect "descriptors" 0 "dup: EMFILE at 32" "vksup: limit files=32 is reached" \
	vk --limit files=32 -- "$bomb" files
expect "signals" 0 "sigqueue: EAGAIN after 40" "vksup: limit signals=40 is reached" \
	vk --limit signals=40 -- "$bomb" signals
# Without any limit the user's own is there (RLIMIT_SIGPENDING).
run bash -c 'ulimit -i 100; exec "$0" -- "$1" signals' "$VKSUP" "$bomb"
is "signals, inherited" "$status $out" "0 sigqueue: EAGAIN after 100"
