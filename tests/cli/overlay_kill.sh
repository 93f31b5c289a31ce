#!/bin/bash
# kill -9 at any moment of a run or of a commit: the overlay can be used again, with what was there, and the host is
# not half changed.  KILLS=N: how often (tests/long/overlay_kill.sh: 200).
# timeout: 170
. "$ROOT/tests/cli/cli.bash"
kills=${KILLS:-20}

mkdir t
for i in {1..20}; do
	seq "$i" 2000 > t/$i.c
done
# Every .o is whole when it has its name, and its .c was moved away before.
cat > build.sh <<'EOS'
cd t || exit 9
mkdir -p obj done
for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
	[ -e obj/$i.o ] && continue
	[ -e $i.c ] && mv $i.c done/$i.c
	{ sort done/$i.c; echo end; } > obj/$i.tmp
	chmod 640 obj/$i.tmp
	mv obj/$i.tmp obj/$i.o
	ln -f obj/$i.o obj/last
done
rm -rf obj/last
echo built
EOS
cat > check.sh <<'EOS'
cd t || exit 9
for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
	[ -e $i.c ] || [ -e done/$i.c ] || { echo "$i.c is lost"; exit 1; }
	[ ! -e obj/$i.o ] && continue
	[ "$(tail -n 1 obj/$i.o)" = end ] && [ "$(stat -c %a obj/$i.o)" = 640 ] || { echo "$i.o is not whole"; exit 1; }
	n=$((n + 1))
done
echo "fine ${n:-0}"
EOS
host() {
	find t -printf '%p %i %y %m %n %s %T@ %l\n' | sort
	find t -type f -exec sha256sum {} + | sort -k2
}
host > host.before
again=0 last=0
for ((k = 0; k < kills; k++)); do
	"$VKSUP" --overlay ov -- sh build.sh > .build 2>&1 & pid=$!
	sleep "0.$(printf %03d $((RANDOM % 600)))"
	kill -KILL $pid 2>/dev/null
	wait $pid 2>/dev/null
	run vk --overlay ov -- sh check.sh
	like "after kill $k" "$status $out$err" '^0 fine [0-9]+$'
	n=${out#fine }
	((n >= last)) || fail "kill $k: $n of the $last there were"
	last=$n
	[[ $(<.build) == built ]] && again=$((again + 1)) && rm -rf ov && last=0
	((failures == 0)) || break
done
host > host.after
cmp -s host.before host.after || fail "the host was changed"
rm -rf ov
run vk --overlay ov -- sh build.sh
is "the build" "$status$out" 0built
want=$(vk --overlay ov -- sh -c "$(declare -f host); host" | sed 's/^\([^ ]* \)[0-9]* /\1/')
# Killed in the middle, a commit is done again.
for ((k = 0; k < kills / 2; k++)); do
	"$VKSUP" commit ov 2> .err & pid=$!
	sleep "0.$(printf %03d $((RANDOM % (k * 10 + 20))))"
	kill -KILL $pid 2>/dev/null
	wait $pid 2>/dev/null
	for f in t/obj/*.o; do
		[[ ! -e $f || $(tail -n 1 "$f") == end ]] || fail "$f is not whole on the host"
	done
done
run vk commit ov
is "the last commit" "$status$out$err" 0
got=$(host | sed 's/^\([^ ]* \)[0-9]* /\1/')
times() {
	sed '/ d /s/ [0-9.]*  *$//' | sed 's/ [0-9.-]*  *$//;/ d /d'
}
[[ $(times <<< "$got") == $(times <<< "$want") ]] ||
	fail "the host is not what the guest saw: $(diff <(times <<< "$want") <(times <<< "$got") | head -n 5)"
is "temporary files" "$(find t -name '.vksup*')" ""
echo "$kills kills, $again whole builds"
