#!/bin/bash
# needs: busybox
# --root: a directory of the host is the guest's root.
. "$ROOT/tests/cli/cli.bash"
# What is refused is told in audit.sh.
vk() { "$VKSUP" --quiet "$@"; }
file -L "$(command -v busybox)" 2>/dev/null | grep -q dynamically && { echo "busybox is not static"; exit 77; }

mkdir -p r/bin r/etc r/home/u r2
cp "$(command -v busybox)" r/bin/busybox
for n in sh ls cat pwd mkdir rm echo grep ln id touch readlink; do ln -s busybox "r/bin/$n"; done
echo inside > r/etc/name
ln -s /etc/name r/link
ln -s "$PWD/r" rlink
export PATH=/bin:/usr/bin

is "the root" "$(vk --root r -- sh -c 'pwd; ls /; cat /etc/name /link /../../etc/name; ls /bin | grep -c sh')" $'/\nbin\ndev\netc\nhome\nlink\nproc\nrun\ntmp\ninside\ninside\ninside\n1'
is "by a link" "$(vk --root rlink -- cat /etc/name)" inside
is "nothing of the host" "$(vk --root r -- sh -c "ls $PWD; ls /usr; ls /proc/1/root/usr" 2>&1 | grep -c 'No such file')" 3
is "changes stay inside" "$(vk --root r -- sh -c 'echo x > /etc/name; mkdir /new; rm /link; cat /etc/name; ls /'; cat r/etc/name; ls r)" \
	$'x\nbin\ndev\netc\nhome\nnew\nproc\nrun\ntmp\ninside\nbin\netc\nhome\nlink'
is "mounts" "$(vk --root r -- sh -c 'grep -c "^overlay / " /proc/mounts; cat /proc/self/status >/dev/null && echo proc; echo x > /dev/null && echo dev; echo y > /tmp/t && cat /tmp/t')" $'1\nproc\ndev\ny'
is "chdir" "$(vk --root r --chdir /home/u -- pwd)" /home/u
is "bind" "$(vk --root r --bind r/etc:/e --bind "$PWD/r2:/work" -- sh -c 'cat /e/name; touch /work/f; ls /work'; ls r2)" $'inside\nf'
is "rw" "$(vk --root r --rw r2 -- sh -c "echo x > $PWD/r2/f; cat $PWD/r2/f"; cat r2/f; ls r)" $'x\nx\nbin\netc\nhome\nlink'
is "ro" "$(vk --root r --ro / -- sh -c 'echo x > /etc/name' 2>&1)" "sh: can't create /etc/name: Read-only file system"
is "hide" "$(vk --root r --hide /etc/name -- cat /link 2>&1)" "cat: can't open '/link': No such file or directory"
is "ids" "$(vk --root r --fakeroot -- id -u)" 0
is "getting out" "$(vk --root r --fakeroot -- sh -c 'cd /../..; pwd; cat ../../../etc/name; readlink /proc/self/root; readlink /proc/self/cwd')" $'/\ninside\n/\n/'
run vk --root none -- sh
is "missing" "$status $(wc -l < .err)" "125 1"
run vk --root r/etc/name -- sh
is "a file" "$status $err" "125 vksup: --root r/etc/name: Not a directory"
run vk --root r --root r2 -- sh
is "two" "$status $err" "125 vksup: --root r2: there is one root already"
