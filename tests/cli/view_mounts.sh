#!/bin/bash
# --ro, --bind, --tmpfs: what is mounted, and what may be done there.
. "$ROOT/tests/cli/cli.bash"
# What is refused is told in audit.sh.
vk() { "$VKSUP" --quiet "$@"; }

mkdir -p src/a other deep/er
echo one > src/a/f
echo two > other/g
echo three > file
ln -s src/a link

# try WHAT STATUS OUT OPTIONS... -- SCRIPT: errors of the script are part of the output
try() {
	local what=$1 s=$2 o=$3 opts=()
	shift 3
	while [[ $1 != -- ]]; do
		opts+=("$1")
		shift
	done
	run vk "${opts[@]}" -- sh -c "exec 2>&1; $2"
	is "$what: status" "$status" "$s"
	is "$what: output" "$out" "$o"
	is "$what: errors" "$err" ""
}
# refused WHAT REGEX OPTIONS...: one line, 125
refused() {
	local what=$1 re=$2
	shift 2
	run vk "$@" -- echo ran
	is "$what: status" "$status" 125
	is "$what: output" "$out" ""
	is "$what: lines" "$(wc -l < .err)" 1
	like "$what" "$err" "^vksup: $re\$"
}

# --- --ro
ro='Read-only file system'
try "ro: read" 0 $'one\nf' --ro src -- 'cat src/a/f; ls src/a'
try "ro: write" 2 "sh: 1: cannot create src/a/f: $ro" --ro src -- 'echo x > src/a/f'
try "ro: every change" 0 'EROFS EROFS EROFS EROFS EROFS EROFS EROFS EROFS EROFS EROFS EROFS EROFS EROFS' --ro src -- \
'/usr/bin/python3 -c "
import errno, os
def t(f, *a):
    try: f(*a); return \"done\"
    except OSError as e: return errno.errorcode[e.errno]
fd = os.open(\"src/a/f\", os.O_RDONLY)
print(t(os.open, \"src/n\", os.O_CREAT | os.O_RDWR), t(os.mkdir, \"src/d\"), t(os.unlink, \"src/a/f\"), t(os.rmdir, \"src/a\"),
    t(os.rename, \"src/a/f\", \"src/a/h\"), t(os.symlink, \"x\", \"src/s\"), t(os.link, \"src/a/f\", \"src/l\"),
    t(os.chmod, \"src/a/f\", 0o777), t(os.fchmod, fd, 0o777), t(os.utime, \"src/a/f\"), t(os.truncate, \"src/a/f\", 0),
    t(os.setxattr, \"src/a/f\", \"user.x\", b\"y\"), t(os.open, \"src/a\", os.O_TMPFILE | os.O_RDWR))"'
try "ro: moved in or out" 0 'Invalid cross-device link Invalid cross-device link' --ro src -- \
'/usr/bin/python3 -c "
import os
def t(f, *a):
    try: f(*a); return \"done\"
    except OSError as e: return e.strerror
print(t(os.rename, \"src/a/f\", \"f\"), t(os.link, \"src/a/f\", \"f\"))"'
try "ro: the directory itself stays" 0 'EBUSY EBUSY' --ro src -- '/usr/bin/python3 -c "
import errno, os
def t(f, *a):
    try: f(*a); return \"done\"
    except OSError as e: return errno.errorcode[e.errno]
print(t(os.rename, \"src\", \"moved\"), t(os.rmdir, \"src\"))"'
try "ro: other ways there" 2 "sh: 1: cannot create /proc/self/root$PWD/src/a/f: $ro" --ro src -- "echo x > /proc/self/root$PWD/src/a/f"
try "ro: by a link" 2 "sh: 1: cannot create link/f: $ro" --ro link -- 'cat link/f >/dev/null; echo x > link/f'
try "ro: a file" 2 "sh: 1: cannot create file: $ro" --ro file -- 'echo x > other/g; echo x > file'
try "ro: writable in it" 0 'new' --ro src --tmpfs src/a -- 'ls -A src/a; echo new > src/a/f; cat src/a/f'
run vk --ro / -- sh -c 'echo x > file; echo t > /tmp/t; cat /tmp/t; echo x > /dev/null'
is "ro /: output" "$out" t
is "ro /: errors" "$err" "sh: 1: cannot create file: $ro"
try "ro: in /proc/mounts" 0 "$PWD/src ro,relatime" --ro src -- "grep $PWD /proc/mounts | cut -d' ' -f 2,4"
refused "ro: missing" "--ro nothing: No such file or directory" --ro nothing
refused "ro: not a directory" "--ro file/x: Not a directory" --ro file/x
refused "ro: empty" "--ro '': a path is needed" --ro ''
is "the host" "$(cat src/a/f file other/g)" $'one\nthree\ntwo'

# --- --bind
try "bind" 0 $'one\ntwo' --bind src:/bound/here --bind other/g:/g -- 'cat /bound/here/a/f /g'
try "bind: one tree" 0 $'new\nnew' --bind src:/b -- 'echo new > /b/a/f; cat src/a/f; rm /b/a/f; ls src/a; echo new > src/a/f; cat /b/a/f'
try "bind: over something" 0 $'g\ntwo' --bind other:src -- 'ls src; cat src/g'
try "bind: the name of things" 0 $'/b/a\n/b\n/' --bind src:/b -- 'cd /b/a; pwd -P; cd ..; pwd -P; cd ..; pwd -P'
try "bind: no way up" 0 $'bin boot' --bind src:/b -- 'cd /b; ls -d ../bin ../boot | tr -d ./ | paste -sd " "'
try "bind: read-only" 2 "sh: 1: cannot create /b/a/f: $ro" --bind src:/b:ro -- 'echo x > src/a/f; echo x > /b/a/f'
try "bind: between mounts" 1 "ln: failed to create hard link '/b/l' => 'src/a/f': Invalid cross-device link" --bind src:/b -- 'ln src/a/f /b/l'
try "bind: from under /tmp" 0 host --bind "$(d=$(mktemp -d /tmp/vksup-view.XXXXXX); echo host > "$d/x"; echo "$d")":/b -- 'cat /b/x; ls -A /tmp'
rm -rf /tmp/vksup-view.*
try "bind: order" 0 'g' --bind src:/b --bind other:/b -- 'ls /b'
try "bind: what covers it" 0 "yes" --bind /:/all -- '[ /all/proc/self/exe -ef /proc/self/exe ] && ls -A /all/tmp && echo yes'
refused "bind: /proc" "--bind /proc/1:/b: No such file or directory" --bind /proc/1:/b
refused "bind: missing" "--bind none:/b: No such file or directory" --bind none:/b
refused "bind: a file on a directory" "--bind file:other: Is a directory" --bind file:other
refused "bind: a directory on a file" "--bind src:file: Not a directory" --bind src:file
refused "bind: on the root" "--bind src:/: Device or resource busy" --bind src:/
for b in src src: :/b '' src::ro src:/b:rw src:/b:ro:x; do
	refused "bind: '$b'" "--bind $b: SRC:DST or SRC:DST:ro is needed" --bind "$b"
done

# --- --tmpfs
try "tmpfs" 0 $'0\nin' --tmpfs deep -- 'ls -A deep | wc -l; mkdir deep/x; echo in > deep/x/y; cat deep/x/y'
try "tmpfs: made" 0 'tmpfs 1777' --tmpfs /new/place -- 'stat -f -c %T /new/place | tr "\n" " "; stat -c %a /new/place'
for how in 'head -c 3M /dev/zero > /t/f' 'for i in $(seq 60); do head -c 50k /dev/zero; done > /t/f' \
    'for i in $(seq 60); do head -c 50k /dev/zero > /t/$i || break; done'; do
	run vk --tmpfs /t:2M -- sh -c "$how; cat /t/* | wc -c; df -k --output=size /t | tail -n 1"
	like "tmpfs: full" "$err" "No space left on device"
	is "tmpfs: full, size" "$(( ${out%%$'\n'*} <= 2097152 && ${out%%$'\n'*} > 1500000 ))" 1
	is "tmpfs: df" "$(tail -n 1 <<< "$out" | tr -d ' ')" 2048
done
try "tmpfs: room again" 0 "1000000 1000000" --tmpfs /t:1500k -- \
	'for i in 1 2; do head -c 1000000 /dev/zero > /t/f; stat -c %s /t/f; rm /t/f; done | paste -sd " "'
try "tmpfs: only there" 0 5000000 --tmpfs /t:1M -- 'head -c 5000000 /dev/zero > /tmp/f; stat -c %s /tmp/f'
refused "tmpfs: on a file" "--tmpfs file: Not a directory" --tmpfs file
refused "tmpfs: on the root" "--tmpfs /: Device or resource busy" --tmpfs /
for b in '' :1M /t: /t:x /t:0 /t:1Q /t:-1 /t:1M:2; do
	refused "tmpfs: '$b'" "--tmpfs $b: DST or DST:SIZE is needed" --tmpfs "$b"
done
[[ ! -e deep/x && ! -e /new && ! -e /bound && ! -e /t ]] || fail "the host was changed"

# --- what statfs and mountinfo say of them
try "statfs: ro" 0 '1 0' --ro src --bind other:bound -- \
'/usr/bin/python3 -c "import os; print(os.statvfs(\"src/a\").f_flag & os.ST_RDONLY, os.statvfs(\"bound\").f_flag & os.ST_RDONLY)"'
try "mountinfo: root" 0 "$PWD/src $PWD/src ro
$PWD/other $PWD/bound rw" --ro src --bind other:bound -- \
"grep -E '/(src|bound) ' /proc/self/mountinfo | cut -d' ' -f 4-6 | sed 's/,.*//'"
