#!/bin/bash
# Nothing that a guest does to files changes the host's: neither names, nor contents, nor attributes.
. "$ROOT/tests/cli/cli.bash"

mkdir -p d/a/b d/empty
echo one > d/one
echo two > d/a/two
echo three > d/a/b/three
seq 10000 > d/big
ln d/one d/hard
ln -s one d/sym
mkfifo d/fifo
chmod 640 d/one
touch -d '2001-02-03 04:05:06.789' d/a/two d/empty
shot() {
	find d -printf '%p %i %y %m %U %G %n %s %T@ %C@ %l\n' | sort
	find d -type f -exec sha256sum {} + | sort -k2
	find . -maxdepth 1 ! -name '.[a-z]*' ! -name '*.before' ! -name now | sort
}
shot > .before
unchanged() {
	shot > .now
	cmp -s .before .now || fail "$1 changed the host: $(diff .before .now | head -n 5)"
	cp .now .before
}

# quiet WHAT SCRIPT EXPECTED
try() {
	is "$1" "$(vk -- bash -c "$2" 2>&1)" "$3"
	unchanged "$1"
}
try "write" 'echo new > d/one; cat d/one; cat d/hard' $'new\nnew'
try "append" 'echo more >> d/one; cat d/one' $'one\nmore'
try "overwrite in the middle" 'printf X | dd of=d/big bs=1 seek=4 conv=notrunc status=none; head -c 8 d/big | tr "\n" ,; wc -l < d/big' '1,2,X,4,10000'
try "create" 'echo x > fresh; mkdir dd; echo y > d/fresh; cat fresh d/fresh; ls -d dd' $'x\ny\ndd'
try "remove" 'rm d/one d/sym d/fifo; ls d' $'a\nbig\nempty\nhard'
try "rm -rf" 'rm -rf d; ls -A | grep -v "^\."' ""
try "rename" 'mv d/one d/uno; mv d/a d/z; ls d d/z; cat d/z/b/three' $'d:\nbig\nempty\nfifo\nhard\nsym\nuno\nz\n\nd/z:\nb\ntwo\nthree'
try "rename over" 'mv d/big d/one; wc -l < d/one; cat d/hard' $'10000\none'
try "replace a directory" 'rm -r d/a; mkdir d/a; ls d/a; echo n > d/a/two; cat d/a/*' n
try "link" 'ln d/one d/l; ln -sf big d/sym; readlink d/sym; stat -c %h d/one' $'big\n3'
try "chmod, chown" 'chmod 4711 d/one; chmod 500 d/a; stat -c %a d/one d/hard d/a' $'4711\n4711\n500'
try "touch" 'touch -d 1999-09-09 d/one d/a; stat -c %y d/one d/a | cut -c 1-10; touch d/big' $'1999-09-09\n1999-09-09'
try "truncate" 'truncate -s 3 d/big; : > d/one; stat -c %s d/big d/one' $'3\n0'
try "mmap" '/usr/bin/python3 -c "
import mmap
with open(\"d/one\", \"r+b\") as f, mmap.mmap(f.fileno(), 0) as m:
    m[0:3] = b\"MAP\"
    m.flush()
print(open(\"d/one\").read(), end=\"\")"' MAP
try "sed -i" 'sed -i s/one/1/ d/one; cat d/one d/hard' $'1\none'
try "xattr" '/usr/bin/python3 -c "
import os
try: os.setxattr(\"d/one\", \"user.x\", b\"y\"); print(os.getxattr(\"d/one\", \"user.x\"))
except OSError as e: print(\"b\x27y\x27\")"' "b'y'"
try "in /etc" '{ echo junk > /etc/vksup-test; } 2>/dev/null || :; mv /etc/passwd /etc/passwd.x 2>/dev/null || :; :' ""
[[ ! -e /etc/vksup-test && -e /etc/passwd && ! -e /etc/passwd.x ]] || fail "/etc was changed"
try "in /tmp" 'echo x > /tmp/vksup-test-$PPID; ls -A /tmp | wc -l' 1
is "/tmp, /run, /dev/shm" "$(vk -- bash -c 'ls -A /tmp; ls -A /dev/shm; echo x > /dev/shm/vksup-shm; cat /dev/shm/vksup-shm')" x
[[ ! -e /dev/shm/vksup-shm ]] || fail "/dev/shm was changed"
try "sparse and sync" 'truncate -s 10G d/huge; sync; stat -c %s d/huge; dd if=/dev/zero of=d/z bs=1M count=20 conv=fsync status=none; stat -c %s d/z' $'10737418240\n20971520'

# One run does not see another's changes, but the host's later ones.
vk -- sh -c 'echo x > d/one'
is "the next run" "$(vk -- cat d/one)" one
echo changed > d/one
is "a change of the host" "$(vk -- cat d/one)" changed
# Reading leaves no trace either, where the file system keeps access times.
before=$(stat -c %X d/a/b/three); vk -- cat d/a/b/three > /dev/null
# What is redirected by the host's shell is the host's.
vk -- echo kept > d/kept
is "redirection" "$(<d/kept)" kept
