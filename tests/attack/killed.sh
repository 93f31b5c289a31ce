#!/bin/bash
# timeout: 240
# needs: make
# kill -9 of the kernel, of a carrier, of the warden, at random moments of a build: nothing is left, the host is unchanged.
. "$ROOT/tests/cli/cli.bash"

rounds=${ATTACK_ROUNDS:-20}
RANDOM=${ATTACK_SEED:-1}
mkdir src
cat > src/Makefile <<'END'
all: $(patsubst %,o%,1 2 3 4 5 6 7 8 9 10 11 12)
o%: ; sh -c 'echo $@ > $@; cat $@ > $@.2; ls | wc -l > $@.3; sort $@* > sum'
END
before=$(find src -printf '%p %m %s %T@\n' | sort)
killed=0
for ((i = 0; i < rounds; i++)); do
	"$VKSUP" -- sh -c 'cd src && while :; do make -s -j2 && rm -f o*; done' >/dev/null 2>said &
	pid=$!
	sleep "0.$((RANDOM % 90 + 10))"
	mapfile -t all < <(family $pid)
	case $((i % 3)) in
	0) victim=$pid ;;
	1) victim=${all[RANDOM % ${#all[@]}]} ;;
	2) victim=$(pgrep -P $pid vksup-warden) ;;
	esac
	kill -KILL "$victim" 2>/dev/null && killed=$((killed + 1))
	# A carrier is one process of the build: the run goes on, and then ends by our hand.
	if ((i % 3 == 1)); then
		kill -0 $pid 2>/dev/null && kill -KILL $pid 2>/dev/null
	fi
	wait $pid 2>/dev/null
	gone 20 "${all[@]}" || fail "round $i: processes are left after the death of $victim"
done
((killed * 4 >= rounds * 3)) || fail "only $killed of $rounds were killed: the test tests nothing"
is "the host" "$(find src -printf '%p %m %s %T@\n' | sort)" "$before"
