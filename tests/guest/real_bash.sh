#!/bin/bash
# bash, over much of what it can do.
# timeout: 120
export LC_ALL=C PATH=/usr/bin:/bin
say() { printf -- '-- %s\n' "$*"; }

say "pipelines"
seq 100 | grep 7 | sort -rn | head -n 3 | tr '\n' ' '; echo "${PIPESTATUS[*]}"
false | true | false; echo "${PIPESTATUS[@]} $?"
set -o pipefail; false | true; echo "pipefail $?"; set +o pipefail
true | while read -r x; do :; done; echo "$?"
! true; echo "not $?"
yes | head -n 1000 | wc -l; echo "${PIPESTATUS[@]}"
shopt -s lastpipe; echo last | read -r v; echo "lastpipe $v"; shopt -u lastpipe
{ echo out; echo err >&2; } |& sort
time_out=$( { TIMEFORMAT=%R; time true; } 2>&1); [[ $time_out =~ ^0\.0 ]] && echo "time"

say "subshells and substitution"
x=1; (x=2; echo "in $x $BASH_SUBSHELL"; exit 3); echo "out $x $?"
echo "$(echo nested "$(echo deep "$(echo deeper)")")"
echo "$(< /dev/null)$(printf 'a\n\n\n')b"
y=$(exit 7); echo "$?"; echo `echo back \`echo ticks\``
diff <(seq 3) <(seq 2 4); echo "$?"
cat <(echo one) <(echo two) <(cat <(echo three))
seq 5 | tee >(wc -l > count) > /dev/null; for i in {1..50}; do [[ -s count ]] && break; sleep 0.02; done; cat count
paste <(printf '%s\n' a b c) <(printf '%s\n' 1 2 3)
while read -r a b; do echo "$b$a"; done < <(printf '1 x\n2 y\n')

say "here-documents"
cat <<END
plain $x $(echo sub) \$x
END
cat <<'END'
quoted $x $(echo sub)
END
cat <<-END
	tabs
		gone
	END
cat <<< "here string $x"; read -r a b c <<< "1 2 3 4"; echo "$a|$b|$c"
cat <<A <<B
first
A
second
B
big=$(printf 'line %d\n' {1..20000}); wc -c <<< "$big"; wc -l <<END
$big
END

say "traps"
trap 'echo "got USR1"' USR1; kill -USR1 $$; trap - USR1
trap 'echo "exit trap $?"' EXIT; (trap 'echo "subshell exit"' EXIT; exit 4); echo "$?"; trap - EXIT
trap '' TERM; kill -TERM $$; echo "ignored"; (kill -TERM $BASHPID; echo "ignored in a child"); trap - TERM
f() { trap 'echo "return"' RETURN; return 5; }; f; echo "$?"; trap - RETURN
trap 'echo "err at $BASH_COMMAND"' ERR; false; true; trap - ERR
trap 'echo "INT"; exit 9' INT; (trap 'echo inner; exit 8' INT; kill -INT $BASHPID; sleep 5); echo "$?"; trap - INT
trap 'n=$((n + 1))' USR2; n=0; for i in 1 2 3 4 5; do kill -USR2 $$; done; echo "USR2 $n"; trap - USR2
trap 'echo child' CHLD; sleep 0.01 & wait; trap - CHLD
bash -c 'trap "echo hup; exit" HUP; kill -HUP $$; sleep 5'; echo "$?"
(trap 'echo pipe >&2' PIPE; trap -p PIPE) 2>&1
trap -l | tail -n 1

say "arrays and expansion"
a=(zero one 'two words' three); a[10]=ten; echo "${#a[@]} ${!a[*]} ${a[-1]} ${a[@]:1:2}"
declare -A m=([k]=v [q]=w); for k in k q; do echo "$k=${m[$k]}"; done; unset 'm[k]'; echo "${#m[@]}"
mapfile -t lines < <(seq 4); echo "${lines[*]}"; printf '%s,' "${a[@]/o/0}"; echo
s=path/to/file.tar.gz; echo "${s##*/} ${s%%.*} ${s#*/} ${s%.gz} ${s/to/from} ${s^^} ${#s} ${s:5:2}"
echo "${unset-default} ${unset:=set} $unset ${x:+plus}"; (: "${nothing:?is missing}") 2>&1 | sed 's/.*: //'
echo {a,b}{1..3} {10..1..3}; set -- a b c; echo "$# ${*:2} ${@: -1}"; shift 2; echo "$1"
declare -n ref=x; ref=5; echo "$x"; declare -i n=2*3; echo "$n"; readonly r=1; (r=2) 2>/dev/null; echo "$?"
printf '%05d|%-5s|%x|%q|%(%Y)T\n' 42 ab 255 'a b' 0; echo $((2**40 % 1000)) $((16#ff)) $((1 ? 2 : 3))
[[ abc =~ ^(a)(.*)$ ]] && echo "${BASH_REMATCH[@]}"; [[ abc == a* && ! -e nothing ]]; echo "$?"
case abc in x*) echo x ;; a*) echo a ;;& *c) echo c ;; esac
mkdir -p g/h; touch g/{1,2}.txt g/h/3.txt; shopt -s globstar nullglob; echo g/**/*.txt g/*.none; shopt -u globstar nullglob
select v in red green; do echo "chose $v"; break; done <<< 2 2>/dev/null
getopts_test() { local OPTIND=1; while getopts 'ab:' o "$@"; do echo "$o${OPTARG:-}"; done; }; getopts_test -a -b val

say "jobs"
# A signal before exec could still meet the shell's own handlers.
asleep() { local c; until read -r c < "/proc/$1/comm" && [[ $c == sleep ]]; do :; done 2>/dev/null; }
sleep 5 & p=$!; asleep $p; kill $p; wait $p; echo "killed $?"
for i in 3 1 2; do (until [[ -e go$i ]]; do sleep 0.02; done; exit $i) & done; for i in 1 2 3; do touch go$i; wait -n; echo "wait -n $?"; done; wait -n; echo "none $?"
(exit 6) & p=$!; wait -p who $p 2>/dev/null; echo "$? $([[ ${who:-$p} == "$p" ]] && echo same)"
for i in {1..30}; do (exit "$i") & ps[i]=$!; done; t=0; for i in {1..30}; do wait "${ps[i]}"; t=$((t + $?)); done; echo "sum $t"
wait 1 2>/dev/null; echo "not a child $?"
set -m
sleep 5 & asleep $!; kill -STOP %1; for i in {1..100}; do jobs %1 | grep -q Stopped && break; sleep 0.02; done; jobs %1 | sed 's/  */ /g'
kill -CONT %1; bg %1 2>/dev/null; kill %1; wait %1 2>/dev/null; echo "job $?"
(sleep 0.1; exit 4) & fg %- > /dev/null 2>&1; echo "fg $?"
sleep 3 | sleep 3 & asleep $!; [[ $(ps -o pgid= -p $!) -ne $(ps -o pgid= -p $$) ]] && echo "own group"; { kill -- -"$(jobs -p %%)"; wait; } 2>/dev/null; echo "group gone"
disown -a; set +m
coproc C { while read -r l; do echo "<$l>"; done; }; echo hi >&"${C[1]}"; read -r reply <&"${C[0]}"; echo "$reply"
exec {C[1]}>&-; wait "$C_PID"; echo "coproc $?"
sleep 0.3 & timeout 5 tail --pid=$! -f /dev/null; echo "tail $?"

say "redirections"
exec 3> three; echo to3 >&3; exec 3>&-; cat three; exec 4< three; read -r l <&4; echo "$l"; exec 4<&-
exec {fd}<> three; read -r -u "$fd" l; echo more >&"$fd"; exec {fd}>&-; cat three
{ echo a; echo b >&2; } > both 2>&1; cat both; echo c &>> both; wc -l < both; echo x >| both
cat /dev/fd/0 <<< "dev fd"; cat /dev/stdin <<< "dev stdin"; echo err > /dev/stderr 2>&1
ls /proc/self/fd | wc -l; [[ -e /dev/fd/1 ]] && echo "fd 1"; (exec 1>&-; echo x 2>/dev/null; echo "closed $?" >&2) 2>&1
set -o noclobber; (echo x > both) 2>&1 | sed 's/.*: //'; set +o noclobber
mkfifo p; (echo through > p) & cat p; wait; exec 5<>p; echo buffered >&5; read -r -u 5 v; echo "$v"; exec 5>&-
read -t 0.1 -r v < <(sleep 0.5); echo "timeout $(($? > 128))"; read -n 3 -r v <<< abcdef; echo "$v"; read -d : -r v <<< a:b; echo "$v"
read -t 0 -r < /dev/null; echo "ready $?"; IFS=, read -ra v <<< 1,2,3; echo "${#v[@]}"
2>&1 > /dev/null cat nothing | sed 's/.*: //'

say "limits, functions, recursion"
(ulimit -n 12; ulimit -n; exec 11< /dev/null && echo 11; exec {z}< /dev/null || echo "no more") 2>/dev/null
(ulimit -f 2; head -c 5000 /dev/zero > limited; echo "$?") 2>/dev/null; stat -c %s limited
(ulimit -v 200000; ulimit -v; ulimit -c 0; ulimit -c); { (ulimit -t 1; while :; do :; done); } 2>/dev/null; echo "cpu $?"
umask 027; touch u; stat -c %a u; umask -S
fact() { (($1 < 2)) && echo 1 || echo $(($1 * $(fact $(($1 - 1))))); }; fact 12
deep() { (($1 == 0)) || deep $(($1 - 1)); }; deep 500; echo "deep $?"
fib() { local a=0 b=1 i; for ((i = 0; i < $1; i++)); do ((b += a, a = b - a)); done; echo "$a"; }; fib 80
(cd / && pwd); pushd g > /dev/null; pwd | sed 's|.*/||'; popd > /dev/null; cd g/h && cd - > /dev/null; dirs | wc -l
eval 'echo evaluated'; source /dev/stdin <<< 'sourced() { echo sourced; }'; sourced; command -v cd; type -t if
env -i A=1 bash -c 'echo "$A ${HOME-none} $PPID" | sed "s/ [0-9]*$/ pid/"'; exec 6>&1; (exec bash -c 'echo replaced')
[[ $RANDOM != "$RANDOM$RANDOM" ]] && echo random; ((SECONDS < 30)) && echo seconds; [[ $EPOCHSECONDS -gt 1600000000 ]] && echo epoch
no-such-command 2>/dev/null; echo "$?"; ./u 2>/dev/null; echo "$?"; . ./nothing 2>/dev/null; echo "$?"
{ bash -c 'kill -SEGV $$'; } 2>/dev/null; echo "$?"; bash -c 'exit 300'; echo "$?"
hash -r; printf '%s\n' "$BASH_VERSINFO"; exit 42
