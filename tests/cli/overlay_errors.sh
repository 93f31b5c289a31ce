#!/bin/bash
# An overlay that is in use, damaged or no overlay at all: one clear line and 125, whatever was done to it.
# timeout: 180
. "$ROOT/tests/cli/cli.bash"

bad() {
	local what=$1 line=$2
	shift 2
	run "$@"
	is "$what: status" "$status" 125
	is "$what: output" "$out" ""
	like "$what" "$err" "^$line\$"
}
mkdir full plain; echo x > full/x; echo x > file
bad "not empty" "vksup: full: not an overlay, and not empty" vk --overlay full -- true
bad "a file" "vksup: file: Not a directory" vk --overlay file -- true
bad "no name" "vksup: --overlay '': a directory is needed" vk --overlay '' -- true
bad "no parent" "vksup: none/ov: No such file or directory" vk --overlay none/ov -- true
for c in diff commit discard; do
	bad "$c of nothing" "vksup: none: No such file or directory" vk $c none
	bad "$c of no overlay" "vksup: plain: not an overlay" vk $c plain
	run vk $c
	is "$c without a directory" "$status" 125
	like "$c without a directory" "$err" "usage: vksup $c DIR"
done
bad "export of no overlay" "vksup: plain: not an overlay" vk export plain x.tar
bad "an unknown suffix" "vksup: x.rar: no format has this suffix .*" vk export plain x.rar
[[ -z $(ls plain) && ! -e x.tar ]] || fail "something was left behind"

run vk --overlay ov -- sh -c 'echo x > f; mkdir d; echo y > d/y'
is "a good one" "$status$err" 0
"$VKSUP" --overlay ov -- sleep 60 & pid=$!
# The lock is taken before anything runs.
within 20 sh -c '! flock -n ov/lock true' || fail "no lock"
bad "in use" "vksup: ov: in use by another vksup" vk --overlay ov -- true
bad "in use: diff" "vksup: ov: in use by another vksup" vk diff ov
bad "in use: discard" "vksup: ov: in use by another vksup" vk discard ov
kill -KILL $pid; wait $pid 2>/dev/null
is "after a kill" "$(vk --overlay ov -- cat f d/y)" $'x\ny'

# Damage: links, other files, missing contents, changed bytes.
cp -a ov good
again() {
	rm -rf ov
	cp -a good ov
}
mv ov/journal elsewhere; ln -s ../elsewhere ov/journal
bad "a link as journal" "vksup: ov/journal: .*" vk --overlay ov -- true
again; rm ov/journal; mkfifo ov/journal
bad "a fifo as journal" "vksup: ov/journal: not a regular file" vk --overlay ov -- true
again; echo hello, this is no journal > ov/journal
bad "another file" "vksup: ov/journal: not the journal of an overlay at byte 0" vk --overlay ov -- true
again; printf 'VKOVERLY\x09\0\0\0\0\0\0\0' > ov/journal
bad "a version to come" "vksup: ov/journal: version 9, not 1 at byte 0" vk diff ov
again; printf '\xff' | dd of=ov/journal bs=1 seek=60 conv=notrunc status=none
bad "a changed byte" "vksup: ov/journal: damaged at byte [0-9]*" vk --overlay ov -- true
again
for f in ov/data/*; do
	rm "$f"; ln -s /etc/passwd "$f"
done
bad "links as data" "vksup: ov: data/[0-9a-f]*: not a regular file" vk --overlay ov -- cat f
again; rm ov/data/*
bad "no data" "vksup: ov: data/[0-9a-f]*: missing" vk --overlay ov -- true
again; rm -r ov/data; ln -s /etc ov/data
bad "a link as data directory" "vksup: ov/data: .*" vk --overlay ov -- true
[[ -s /etc/passwd ]] || fail "/etc was tidied"
# Any bytes at all: never a crash, never a wait.
again
size=$(stat -c %s good/journal)
for ((i = 0; i < 60; i++)); do
	cp good/journal ov/journal
	dd if=/dev/urandom of=ov/journal bs=1 count=$((RANDOM % 8 + 1)) seek=$((RANDOM % size)) conv=notrunc status=none
	run vk diff ov
	[[ $status == 0 || ($status == 125 && $err == "vksup: ov/journal: "*) ]] || fail "random bytes: $status $err"
done
bad_discard=$(vk discard ov 2>&1)
is "a damaged one can be discarded" "$?$bad_discard$(ls -d ov 2>&1 | grep -c 'No such')" 01
