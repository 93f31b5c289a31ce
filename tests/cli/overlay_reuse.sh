#!/bin/bash
# --overlay DIR keeps what a run changed, with all that belongs to a file, for the next run; the host is not changed.
# timeout: 120
. "$ROOT/tests/cli/cli.bash"

mkdir -p t/a/b t/empty t/gone/x t/swap1 t/swap2
echo one > t/one
ln t/one t/hard
ln -s one t/sym
echo deep > t/a/b/deep
echo s1 > t/swap1/f
echo s2 > t/swap2/f
seq 1000 > t/gone/x/seq
seq 100000 > t/big
host() {
	find t -printf '%p %i %y %m %n %s %T@ %C@ %l\n' | sort
	find t -type f -exec sha256sum {} + | sort -k2
}
host > host.before

cat > change.py <<'PY'
import os, mmap, shutil
os.chdir("t")
open("new", "w").write("new\n")
open("one", "a").write("more\n")
os.rename("a", "z")
os.chmod("z/b/deep", 0o604)
shutil.rmtree("gone")
os.mkdir("gone", 0o711)
open("gone/other", "w").write("other\n")
os.link("new", "gone/link")
os.symlink("nowhere/at all", "gone/sym")
os.mkfifo("fifo", 0o620)
os.rename("swap1", "tmp"); os.rename("swap2", "swap1"); os.rename("tmp", "swap2")
with open("big", "r+b") as f, mmap.mmap(f.fileno(), 0) as m:
    m[1000:1004] = b"MMAP"
with open("sparse", "wb") as f:
    f.truncate(10 << 30)
    f.seek(5 << 30)
    f.write(b"middle")
os.utime("new", ns=(1000000000123456789, 1100000000987654321))
os.utime("empty", (5, 6))
os.unlink("sym")
os.setxattr("new", "user.test", b"value\0with nul")
os.setxattr("one", "user.gone", b"x")
os.removexattr("one", "user.gone")
fd = os.open(".", os.O_TMPFILE | os.O_RDWR, 0o600)
os.write(fd, b"tmpfile")
os.link(f"/proc/self/fd/{fd}", "tmplink", src_dir_fd=os.open("/", os.O_RDONLY))
f = open("held", "w"); f.write("held\n"); f.flush()
os.unlink("held")
f.write("more")
open(b"\xff\xfe not utf8", "w").write("bytes")
open("n" * 255, "w").write("long")
PY
cat > show.py <<'PY'
import os, hashlib
for d, dirs, files in sorted(os.walk(b"t")):
    dirs.sort()
    for n in sorted(dirs + files):
        p = os.path.join(d, n)
        s = os.lstat(p)
        x = {k: os.getxattr(p, k) for k in sorted(os.listxattr(p, follow_symlinks=False))} if not os.path.islink(p) else {}
        h = ""
        if os.path.isfile(p) and not os.path.islink(p):
            h = hashlib.sha256(open(p, "rb").read(1 << 20)).hexdigest()
        if p == b"t/sparse":
            with open(p, "rb") as f:
                f.seek(5 << 30)
                h += repr(f.read(6)) + str(s.st_blocks < 1000)
        print(p, oct(s.st_mode), s.st_nlink, s.st_uid, s.st_gid, s.st_ino if d != b"" else 0,
              s.st_size if not os.path.isdir(p) else 0,
              s.st_mtime_ns, os.readlink(p) if os.path.islink(p) else "", x, h)
PY
python=/usr/bin/python3
run vk --overlay ov -- sh -c "$python change.py && $python show.py"
is "the first run" "$status$err" "0"
first=$out
[[ $first == *tmplink* && $first == *fifo* ]] || fail "show.py shows nothing"
run vk --overlay ov -- $python show.py
is "the second run" "$status$err" "0"
[[ $out == "$first" ]] || fail "seen otherwise by the next run: $(diff <(echo "$first") <(echo "$out") | head -n 6)"
run vk --overlay ov -- sh -c 'rm -r t/z; mv t/swap1 t/gone/; echo again > t/new; : > t/one; chmod 777 t/gone'
is "a third" "$status$err" "0"
is "contents" "$(vk --overlay ov -- sh -c 'cat t/new t/gone/link t/gone/swap1/f; stat -c "%a" t/gone; stat -c %s t/one t/hard; ls t/z 2>&1 | grep -c "No such"')" $'again\nagain\ns2\n777\n0\n0\n1'
host > host.after
cmp -s host.before host.after || fail "the host was changed: $(diff host.before host.after | head -n 4)"

# Programs in the overlay are run and mapped.
run vk --overlay ov -- sh -c 'cp /bin/echo t/prog && t/prog fresh'
is "a new program" "$out$err" fresh
is "the same later" "$(vk --overlay ov -- t/prog kept)" kept

# What the host has more, later, is seen; what was changed inside is not.
echo later > t/later
echo host > t/new
is "the host's news" "$(vk --overlay ov -- cat t/later t/new)" $'later\nagain'

# Its own directory is not shown, and a second name for what is hidden gives nothing.
is "hidden" "$(vk --overlay ov -- sh -c 'ls -d ov; echo x > ov; cat ov' 2>/dev/null)" x
mkdir secrets; echo secret > secrets/s
vk --overlay ov2 -- mv secrets t/moved
is "a moved directory" "$(vk --overlay ov2 -- cat t/moved/s)" secret
is "hidden by the next run" "$(vk --hide "$PWD/secrets" --overlay ov2 -- cat t/moved/s 2>/dev/null)" ""
is "and not by one after" "$(vk --overlay ov2 -- cat t/moved/s)" secret
