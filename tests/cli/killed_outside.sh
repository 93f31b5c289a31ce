#!/bin/bash
# A process of a guest is killed from outside (as when the host has no memory left): the program sees a death by SIGKILL.
. "$ROOT/tests/cli/cli.bash"

for wait in 'exec sleep 1000' 'while :; do :; done' 'read x < fifo' 'cat fifo & wait' 'exec python3 -c "import threading; threading.Event().wait()"'; do
	rm -f ready fifo
	mkfifo fifo
	"$VKSUP" -- bash -c "( $wait ) & echo ready; wait \$!; echo status \$?; exit 3" > ready 2>&1 &
	pid=$!
	within 20 nonempty ready || fail "did not start"
	sleep 0.5
	# The guest is the youngest of the processes that were there for it.
	victim=$(family $pid | sort -n | tail -n 1)
	kill -KILL "$victim"
	end=$((SECONDS + 10))
	while kill -0 $pid 2>/dev/null && ((SECONDS < end)); do sleep 0.05; done
	if kill -KILL $pid 2>/dev/null; then
		fail "$wait: the death of process $victim is not noticed"
	fi
	wait $pid 2>/dev/null
done
