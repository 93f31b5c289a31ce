#!/bin/bash
# timeout: 120
# --rw: changes are the host's, there at once, and nothing else is reached.
. "$ROOT/tests/cli/cli.bash"

mkdir -p w/sub out home/.ssh
echo one > w/f
echo out > out/secret
echo key > home/.ssh/id
ln -s ../out w/away
export HOME=$PWD/home

py() {
	vk "$@" -- /usr/bin/python3 -
}

# --- the same program natively and below --rw: same answers, same tree
cat > ops.py <<'END'
import ctypes, errno, fcntl, hashlib, mmap, os, stat, sys
def t(f, *a, **k):
    try: r = f(*a, **k); return r if isinstance(r, (int, str, bytes, bool, list)) else "done"
    except OSError as e: return errno.errorcode[e.errno]
os.umask(0o027)
print(t(os.mkdir, "d", 0o777), t(os.mkdir, "d"), oct(os.stat("d").st_mode), os.stat("d").st_nlink)
fd = os.open("d/f", os.O_CREAT | os.O_RDWR | os.O_EXCL, 0o444)
print(os.write(fd, b"hello world\n"), os.pread(fd, 5, 6), os.lseek(fd, 0, os.SEEK_END), oct(os.fstat(fd).st_mode))
print(t(os.open, "d/f", os.O_CREAT | os.O_EXCL), os.path.getsize("d/f"))
a = os.open("d/f", os.O_WRONLY | os.O_APPEND) if os.getuid() == 0 else os.dup(fd)
os.lseek(a, 0, os.SEEK_END)
print(os.write(a, b"more\n"), os.lseek(a, 0, os.SEEK_CUR), open("d/f").read())
print(t(os.ftruncate, fd, 5), open("d/f").read(), t(os.truncate, "d/f", 4096) if os.getuid() == 0 else "done")
os.ftruncate(fd, 8192)
m = mmap.mmap(fd, 8192); m[4096:4100] = b"MMAP"; m.flush(); print(os.pread(fd, 4, 4096)); m.close()
p = mmap.mmap(fd, 8192, flags=mmap.MAP_PRIVATE); p[0:4] = b"priv"; print(os.pread(fd, 4, 0), p[0:4]); p.close()
print(t(os.symlink, "f", "d/l"), os.readlink("d/l"), oct(os.lstat("d/l").st_mode), os.path.getsize("d/l"))
print(t(os.link, "d/f", "d/h"), os.stat("d/f").st_nlink, os.path.samefile("d/f", "d/h"), t(os.link, "d", "d2"))
print(t(os.link, "d/l", "d/l2"), os.readlink("d/l2"))
print(t(os.rename, "d/h", "d/h2"), sorted(os.listdir("d")), os.stat("d/h2").st_nlink)
print(t(os.rename, "d", "e"), t(os.listdir, "d"), open("e/f", "rb").read(5), os.fstat(fd).st_nlink)
os.mkdir("e/x"); os.mkdir("e/x/y"); open("e/x/y/z", "w").write("deep")
dd = os.open("e/x/y", os.O_RDONLY)
print(t(os.rename, "e/x", "X"), open("X/y/z").read(), open("z", opener=lambda p, f: os.open(p, f, dir_fd=dd)).read())
os.chdir("X/y"); print(os.path.basename(os.getcwd()), os.listdir(".")); os.rename("../y", "../yy"); print(os.path.basename(os.getcwd()), os.listdir(".")); os.chdir("../..")
print(t(os.rmdir, "X"), t(os.rename, "X", "X/yy/q"), t(os.rename, "f0", "f1"), t(os.unlink, "e"), t(os.rmdir, "e/f"))
print(t(os.unlink, "e/f"), os.fstat(fd).st_nlink, os.pread(fd, 5, 0), t(os.unlink, "e/h2"), os.fstat(fd).st_nlink, os.pread(fd, 5, 0))
os.close(fd)
print(t(os.mkfifo, "e/p", 0o600), stat.S_ISFIFO(os.stat("e/p").st_mode))
r = os.open("e/p", os.O_RDONLY | os.O_NONBLOCK); w = os.open("e/p", os.O_WRONLY); os.write(w, b"pipe"); print(os.read(r, 4))
open("e/g", "w").write("x" * 100)
print(t(os.chmod, "e/g", 0o640), oct(os.stat("e/g").st_mode), t(os.utime, "e/g", (1000, 2000)), os.stat("e/g").st_mtime, os.stat("e/g").st_atime)
print(t(os.utime, "e/g", ns=(5, 7)), os.stat("e/g").st_mtime_ns, t(os.chown, "e/g", -1, -1))
print(t(os.setxattr, "e/g", "user.a", b"v"), t(os.getxattr, "e/g", "user.a"), t(os.listxattr, "e/g"), t(os.removexattr, "e/g", "user.a"), t(os.getxattr, "e/g", "user.b"))
open("e/i", "w").write("other")
print(t(os.rename, "e/i", "e/g"), open("e/g").read(), sorted(os.listdir("e")))
fd = os.open("e", os.O_TMPFILE | os.O_RDWR, 0o600); os.write(fd, b"tmp"); print(os.fstat(fd).st_nlink)
linkat = ctypes.CDLL(None).linkat
print(linkat(-100, b"/proc/self/fd/%d" % fd, -100, b"e/named", 0x400), open("e/named").read(), os.fstat(fd).st_nlink)
print(t(open("e/named").read), t(os.open, "e/named/x", os.O_RDONLY), t(os.open, "e/none", os.O_RDONLY), t(os.stat, "e/" + "n" * 256))
fd = os.open("e/sparse", os.O_CREAT | os.O_RDWR); os.ftruncate(fd, 1 << 20); os.pwrite(fd, b"end", 1 << 19)
print(os.lseek(fd, 0, os.SEEK_DATA), os.lseek(fd, 0, os.SEEK_HOLE), os.fstat(fd).st_size, t(os.posix_fallocate, fd, 0, 4096), os.lseek(fd, 0, os.SEEK_DATA))
fcntl.flock(fd, fcntl.LOCK_EX); os.fsync(fd); os.close(fd)
open("big", "wb").write(os.urandom(0) + b"0123456789abcdef" * 65536)
print(hashlib.sha256(open("big", "rb").read()).hexdigest(), os.path.getsize("big"))
for i in range(300): open("e/n%d" % i, "w").close()
print(len(os.listdir("e"))); [os.unlink("e/n%d" % i) for i in range(300)]; print(len(os.listdir("e")))
open("prog", "w").write("#!/bin/sh\necho ran $0\n"); os.chmod("prog", 0o755); sys.stdout.flush(); os.system("./prog")
os.mkdir("sticky", 0o1770); print(oct(os.stat("sticky").st_mode), sorted(os.listdir(".")))
END
mkdir n v
(cd n && /usr/bin/python3 ../ops.py > ../n.out 2>&1)
(cd v && vk --rw . -- /usr/bin/python3 ../ops.py > ../v.out 2>&1)
is "as natively" "$(diff n.out v.out)" ""
tree() {
	(cd "$1" && find . -printf '%p %y %m %n %s %U %G %l\n' | grep -v '^./[a-zA-Z]* d\|^. d' | sort; find . -type f -print0 | sort -z | xargs -0 sha256sum)
}
is "the same tree" "$(diff <(tree n) <(tree v))" ""
[[ -s n.out ]] && ! grep -q Traceback n.out || fail "ops.py: $(tail -n 3 n.out)"

# --- at once, both ways
is "from the host" "$(vk --rw w -- sh -c 'echo ready; read x; cat w/f w/new; ls w; read x; cat w/new 2>&1' < <(sleep 0.5; echo two >> w/f; echo n > w/new; echo; sleep 0.5; rm w/new; echo) | paste -sd ' ')" \
	"ready one two n away f new sub cat: w/new: No such file or directory"
vk --rw w -- sh -c 'echo g > w/g; mkdir w/d; mv w/f w/d/; rm -r w/sub; echo tmp > elsewhere'
is "to the host" "$(cat w/g w/d/f; ls w; ls elsewhere 2>&1)" $'g\none\ntwo\naway\nd\ng\nls: cannot access \'elsewhere\': No such file or directory'
is "a file" "$(vk --rw w/g -- sh -c 'echo h >> w/g; echo x > w/i; cat w/g'; cat w/g; ls w)" $'g\nh\ng\nh\naway\nd\ng'
is "mounts" "$(vk --rw w -- grep -c " $PWD/w hostfs rw" /proc/mounts)" 1
is "ro inside" "$(vk --rw w --ro w/d -- sh -c 'echo x > w/d/f; echo y > w/g' 2>&1; cat w/g)" "sh: 1: cannot create w/d/f: Read-only file system"$'\n'y
is "rw inside ro" "$(vk --ro . --rw w/d -- sh -c 'echo x > w/g; echo y > w/d/f' 2>&1; cat w/g w/d/f)" "sh: 1: cannot create w/g: Read-only file system"$'\n'y$'\n'y
is "tmpfs inside" "$(vk --rw w --tmpfs w/d -- sh -c 'echo x > w/d/f; cat w/d/f'; cat w/d/f)" $'x\ny'
run vk --rw w --tmpfs w/none -- true
is "no mount point is made" "$status $err" "125 vksup: --tmpfs w/none: No such file or directory"
[[ ! -e w/none ]] || fail "w/none was made on the host"
for p in / /proc /no/such; do
	run vk --rw "$p" -- true
	is "--rw $p" "$status $(wc -l < .err)" "125 1"
done

# --- nothing else
is "a link out of it" "$(vk --rw w -- sh -c 'cat w/away/secret; echo x > w/away/secret; cat w/away/secret'; cat out/secret)" $'out\nx\nout'
is "dotdot" "$(vk --rw w -- sh -c 'echo x > w/../escaped; echo x > w/d/../../escaped2; cat escaped'; ls -d escaped escaped2 2>&1 | wc -l)" $'x\n2'
is "hidden" "$(vk --rw home -- sh -c 'ls -A home; cat home/.ssh/id; echo x > home/.ssh; mkdir home/.ssh; ln -s x home/.ssh; ln home/.ssh/id home/k; mv home/.ssh home/s; mv /etc/hostname home/; touch home/t; mv home/t home/.ssh; rmdir home/.ssh' 2>&1 | sed 's/.*: //' | sort | uniq -c | sed 's/^ *//'; cat home/.ssh/id; rm -f home/t home/hostname; ls -A home)" \
	$'4 No such file or directory\n4 Permission denied\nkey\n.ssh'
echo netrc > home/.netrc
ln home/.netrc w/hard
is "a hard link to what is hidden" "$(vk --rw w -- sh -c 'ls w; cat w/hard; ln w/hard w/hard2; echo x > w/hard; mv w/hard w/soft' 2>&1 | sed 's/.*: //' | paste -sd '|')" \
	'away|d|g|No such file or directory|No such file or directory|Permission denied|No such file or directory'
is "the host's" "$(cat home/.netrc w/hard)" $'netrc\nnetrc'
rm w/hard home/.netrc
is "--hide in it" "$(vk --rw w --hide w/g -- sh -c 'ls w; cat w/g; echo x > w/g' 2>&1 | sed 's/.*: //' | paste -sd '|'; cat w/g)" 'away|d|No such file or directory|Permission denied'$'\n'y
is "moved away with its directory" "$(vk --rw home --hide home/.ssh/id -- sh -c 'ls home; mkdir home/a; echo 1' 2>&1; rmdir home/a)" $'1'
mkdir -p home/.config/gh; echo tok > home/.config/gh/hosts
is "hidden in what is moved" "$(vk --rw home -- sh -c 'mv home/.config home/c; ls -A home/c; cat home/c/gh/hosts; rm -r home/c' 2>&1 | sed 's/.*: //')" $'No such file or directory\nDirectory not empty'
is "is still there" "$(cat home/c/gh/hosts)" tok

is "rights" "$(py --rw w <<< '
import errno, os
def t(f, *a):
    try: f(*a); return "done"
    except OSError as e: return errno.errorcode[e.errno]
open("w/s", "w").close()
print(t(os.chmod, "w/s", 0o4755), t(os.chmod, "w/s", 0o2755), t(os.mknod, "w/n", 0o20666, os.makedev(1, 3)),
    t(os.setxattr, "w/s", "security.capability", b"x"), t(os.setxattr, "w/s", "trusted.x", b"x"))
fd = os.open("w/u", os.O_CREAT | os.O_WRONLY, 0o4755); print(oct(os.fstat(fd).st_mode))')" \
	$'EPERM EPERM EPERM ENOTSUP ENOTSUP\n0o100755'
like "rights of root" "$(vk --fakeroot --rw w -- sh -c 'mknod w/n c 1 3; chmod u+s w/s' 2>&1 | sed 's/.*: //' | sort -u)" '^Operation not permitted$'
is "made" "$(stat -c %A w/s w/u; ls w/n 2>&1)" $'-rw-r--r--\n-rwxr-xr-x\nls: cannot access \'w/n\': No such file or directory'
is "fakeroot owns it" "$(vk --fakeroot --rw w -- sh -c 'touch w/new; stat -c %u w/new; id -u; chown 0:0 w/new && echo ok'; stat -c %u w/new)" $'0\n0\nok\n'"$EUID"
if ((EUID == 0)); then
	chmod 777 w
	is "given to who makes it" "$(vk --uid 4321 --gid 4322 --rw w -- sh -c 'touch w/mine; mkdir w/dir; ln -s x w/sl; stat -c "%u %g" w/mine w/dir w/sl; chmod 600 w/mine; chown 1 w/mine' 2>/dev/null; stat -c "%u %g %a" w/mine w/dir w/sl)" \
		$'4321 4322\n4321 4322\n4321 4322\n4321 4322 600\n4321 4322 755\n4321 4322 777'
fi

# --- two sides that race: a directory that becomes a link, and back
mkdir -p race/d race/e out2
echo inside > race/d/f
echo outside > out2/f
cat > swap.py <<'END'
import os, sys, time
end = time.time() + 4
while time.time() < end:
    os.rename("race/d", "race/x"); os.symlink("../out2", "race/d"); os.unlink("race/d"); os.rename("race/x", "race/d")
END
/usr/bin/python3 swap.py &
swapper=$!
got=$(vk --rw race -- /usr/bin/python3 -c '
import os, time
seen, end = set(), time.time() + 3
while time.time() < end:
    for f in "race/d/f", "race/e/../d/f":
        try:
            fd = os.open(f, os.O_RDWR | os.O_NOFOLLOW)
            seen.add(os.read(fd, 100)); os.write(fd, b""); os.close(fd)
        except OSError: pass
    for i in range(5):
        try: os.mkdir("race/d/m%d" % i); open("race/d/new", "w").close(); os.rename("race/d/new", "race/d/m"); os.unlink("race/d/m"); os.rmdir("race/d/m%d" % i)
        except OSError: pass
print(sorted(seen))')
wait $swapper
# The link is a link for the guest as well: out2 is seen, but as the overlay has it.
like "swapped: read" "$got" "^\[b'inside\\\\n'(, b'outside\\\\n')?\]$"
is "swapped: outside" "$(ls out2; cat out2/f)" $'f\noutside'

# --- killed
"$VKSUP" --rw w -- sh -c 'echo before > w/k; sleep 100' &
pid=$!
within 5 nonempty w/k || fail "w/k is not there"
kill -9 $pid
wait $pid 2>/dev/null
is "after a kill" "$(cat w/k)" before
