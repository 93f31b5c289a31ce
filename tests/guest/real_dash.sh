#!/bin/bash
# dash, which is /bin/sh: the same things as a portable script does them.
# needs: dash
cat > script <<'END'
set -u
echo "-- basics"; x=1; (x=2; exit 3); echo "$x $?"
seq 20 | grep 1 | sort -rn | head -n 2; false | true; echo "$?"
cat <<A; cat <<'B'
$x $(echo sub) `echo tick`
A
$x
B
cat <<-T
	tab
	T
set -- a 'b c' d; echo "$# $2"; shift; for i; do echo "<$i>"; done; IFS=:; set -- x:y; v=1:2:3; for i in $v; do echo "$i"; done; unset IFS
s=a/b/c.d; echo "${s##*/} ${s%/*} ${#s} ${u-unset} ${u:=now} ${x:+y}"; echo $((7 % 4 + 010))
case $s in *.e) echo e ;; a*) echo a ;; esac
f() { local x=5; echo "f $x $1"; return 4; }; f arg; echo "$? $x"
i=0; while [ $i -lt 3 ]; do i=$((i + 1)); [ $i = 2 ] && continue; echo $i; done; until [ $i -eq 0 ]; do i=$((i - 1)); done; echo $i
echo "-- redirections"
exec 3>out; echo three >&3; exec 3>&-; cat out; { echo o; echo e >&2; } 2>&1 >/dev/null | cat; echo x >>out; wc -l <out
exec 4<out; read a <&4; read b <&4; echo "$a $b"; exec 4<&-; cat < nothing 2>/dev/null; echo "$?"
mkfifo p; echo fifo >p & cat p; wait; echo in | { read l; echo "$l"; }
set -C; (echo no > out) 2>/dev/null; echo "$?"; set +C
echo "-- jobs and signals"
sleep 5 & { kill $!; wait $!; } 2>/dev/null; echo "$?"; (exit 7) & wait $!; echo "$?"; wait; echo "$?"
for i in 1 2 3; do (exit $i) & eval p$i=$!; done; for i in 3 2 1; do eval wait \$p$i; echo "$?"; done
trap 'echo usr1' USR1; kill -USR1 $$; trap - USR1; trap '' INT; kill -INT $$; echo on; trap - INT
(trap 'echo bye' EXIT; exit 2); echo "$?"; sh -c 'kill -9 $$'; echo "$?"; sh -c 'trap "exit 6" TERM; kill $$; sleep 5'; echo "$?"
trap 'echo chld' CHLD; true & wait $!; trap - CHLD
set -m; sleep 5 & kill -STOP $!; sleep 0.1; kill -CONT $!; { kill $!; wait $!; } 2>/dev/null; echo "$?"; set +m
(ulimit -n 20; ulimit -n); (ulimit -f 1; head -c 2000 /dev/zero >big; echo "$?") 2>/dev/null; umask 077; >priv; ls -l priv | cut -c1-10
echo "-- commands"
command -v cd; type cd; eval echo evald; . ./sourced; env -i sh -c 'echo "${HOME-none}"'; (exec echo exec); test -d / -a ! -f /; echo "$?"
[ -p p ] && echo p; [ out -nt sourced ] && echo newer; read r <<R
read line
R
echo "$r"; printf '%s %d %x\n' a 1 255; nothere 2>/dev/null; echo "$?"; ./sourced 2>/dev/null; echo "$?"; getopts ab: o -b v && echo "$o$OPTARG"
(set -e; false; echo no); echo "$?"; (set -e; false || true; echo yes); cd / && pwd; times | wc -l; hash; exit 9
END
echo 'echo sourced' > sourced; touch -d 2000-01-01 sourced
dash script; echo "status $?"
dash -c 'echo $0 $1' name arg; echo 'echo from stdin; exit 5' | dash; echo "$?"; dash -n script; echo "$?"
dash -x -c 'a=1; echo $a' 2>&1; dash -e -c 'false; echo no'; echo "$?"; dash -c 'if' 2>/dev/null; echo "$?"
dash -c 'i=0; while [ $i -lt 300 ]; do i=$((i+1)); (exit 0); done; echo $i'
dash -c 'yes | head -n 50000 | wc -l'; dash -c 'cat /etc/hostname > /dev/null && echo read'
