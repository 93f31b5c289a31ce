#!/bin/bash
# Redirections as bash makes them: descriptors, here-documents, process substitution, noclobber, pipes, append, swapping.
export LC_ALL=C PATH=/usr/bin:/bin
say() { printf '%s\n' "-- $*"; }

say "files"
echo one > a; echo two >> a; cat < a
cat a > b 2>&1; cmp a b && echo same
echo over > a; wc -c < a
: > empty; test -s empty; echo "test -s: $?"
cat missing 2> err; echo "status $?"; sed 's/^[^:]*: //' err
cat a missing > both 2>&1; wc -l < both

say "descriptors"
exec 3> three; echo to three >&3; exec 3>&-; cat three
exec 4< a; read -r x <&4; echo "read $x"; read -r x <&4; echo "end $?"; exec 4<&-
echo lost >&4; echo "status $?"
exec 5<> rw; echo hello >&5; exec 5<&-; cat rw
{ echo out; echo err >&2; } 2>&1 >/dev/null | sed 's/^/piped: /'
( { echo out; echo err >&2; } 3>&1 1>&2 2>&3 3>&- | sed 's/^/swapped: /' ) 2> swapped; cat swapped
(exec 0</dev/null 1>inner; ls -d .; cat); cat inner

say "here-documents"
name=value
cat <<END
$name $(echo command) \$escaped
END
cat <<'END'
$name $(echo command)
END
cat <<-END
	tabs gone
	END
cat <<< "here-string $name"
f() { cat; }; f <<END
into a function
END
for i in 1 2 3; do cat <<END
document $i
END
done
big=$(head -c 200000 /dev/zero | tr '\0' x); wc -c <<< "$big"

say "process substitution"
diff <(printf 'a\nb\n') <(printf 'a\nc\n')
cat <(echo first) <(echo second)
paste <(seq 3) <(seq 4 6)
tee >(sed 's/^/tee: /' > teed) <<< "data" > /dev/null; until [ -s teed ]; do sleep 0.05; done; cat teed
while read -r l; do n=$((n + l)); done < <(seq 10); echo "sum $n"

say "noclobber"
set -C
echo x > a 2>/dev/null; echo "status $?"
echo x >| a; cat a
echo y > fresh; cat fresh
echo z > /dev/null && echo "devices are fine"
set +C

say "pipes"
seq 100000 | tail -1
yes | head -3
seq 10 | while read -r i; do [ "$i" = 5 ] && break; done; echo "status ${PIPESTATUS[*]}"
false | true; echo "${PIPESTATUS[@]}"
true | false | exit 3; echo "${PIPESTATUS[@]}"
set -o pipefail; false | true; echo "$?"; set +o pipefail
(seq 1000000; echo "seq ended $?" >&2) 2>&1 >/dev/null | cat
mkfifo p; (echo through the fifo > p) & cat p; wait
mapfile -t lines < <(printf 'x\ny\nz\n'); echo "${#lines[@]} ${lines[2]}"
coproc C { sed -u 's/^/co: /'; }; echo hi >&"${C[1]}"; read -r l <&"${C[0]}"; echo "$l"
exec {C[1]}>&-; wait "$C_PID" 2>/dev/null
exec {fd}> auto; echo auto >&"$fd"; exec {fd}>&-; cat auto
cat a - b <<< middle
cat /dev/fd/3 3<<< "by name"
cat /dev/stdin <<< "stdin"
echo to stderr > /dev/stderr 2>&1
umask 027; > masked; stat -c %a masked
ls
