#!/bin/bash
# find, xargs -P, grep -r, sed -i, awk, job control of bash in the background: many small processes.
export LC_ALL=C PATH=/usr/bin:/bin
mkdir w; cd w
for i in $(seq 200); do echo "line $i" > "f$i"; done
find . -type f | wc -l
find . -type f -print0 | xargs -0 -n 10 -P 4 cat | sort | sha256sum
find . -name 'f1*' -exec sh -c 'echo "$#"' sh {} +
seq 50 | xargs -P 8 -I{} sh -c 'echo {} > out{}; exit 0'; cat out* | sort -n | sha256sum
seq 5 | xargs -n 1 sh -c 'exit $(($0 == 3))'; echo "xargs $?"
seq 5 | xargs -n 1 sh -c 'kill -TERM $$'; echo "xargs $?"
xargs no-such-program < /dev/null 2>/dev/null; echo "xargs $?"
grep -rl 'line 1' . | wc -l; grep -c line f1; grep -q absent f1; echo "grep $?"
sed -i 's/line/LINE/' f1 f2 f3; cat f1 f2 f3
awk '{s += $2} END {print s}' f*
find . -name 'out*' -delete; ls | wc -l
find . -size -1k | wc -l; find . -type f -mmin -5 | wc -l
for i in 1 2 3 4 5; do (sleep 0.0$i; exit $i) & done; for p in $(jobs -p); do wait "$p"; echo -n "$? "; done; echo
(exit 3) & (sleep 0.1) & wait -n; echo "wait -n $?"; wait
trap 'echo "trap TERM"' TERM; kill -TERM $$; trap - TERM
trap 'echo "trap EXIT"' EXIT
{ sh -c 'kill -KILL $$'; echo "killed $?"; } 2>/dev/null
sh -c 'trap "exit 5" INT; kill -INT $$; sleep 1'; echo "trapped $?"
(ulimit -f 1; trap '' XFSZ; head -c 100000 /dev/zero > limited 2>/dev/null; stat -c %s limited)
(ulimit -n 10; exec 9< /dev/null; true 10< /dev/null) 2>/dev/null; echo "ulimit $?"
x=$(for i in 1 2 3; do echo $i & done; wait); echo $x | wc -w
cd ..; rm -r w; ls
