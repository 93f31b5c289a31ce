#!/bin/bash
# The run ends with whoever started it, unless --outlive-parent.
. "$ROOT/tests/cli/cli.bash"

# start OPTIONS...: a shell that starts vksup, which starts a few things
start() {
	rm -f ready vpid
	bash -c '"$VKSUP" "$@" -- sh -c "trap \"\" TERM HUP; sleep 1000 & (sleep 1000 & sleep 1000) & echo > /dev/null; echo up; sleep 1000" > ready & echo $! > vpid; wait' start "$@" &
	shell=$!
	within 20 nonempty ready || fail "it does not start"
	vpid=$(<vpid)
	all=$(family "$vpid")
}

start
like "many processes" "$(wc -w <<< "$all")" '^([4-9]|[1-9][0-9]+)$'
kill -9 $shell
wait $shell 2>/dev/null
gone 10 $vpid $all || fail "still there: $(ps -o pid,args -p "$(paste -sd , <<< "$all")")"

start --outlive-parent
kill -9 $shell
wait $shell 2>/dev/null
sleep 1.5
[[ -d /proc/$vpid ]] || fail "it has ended with its parent"
kill -9 $vpid
gone 10 $vpid $all || fail "still there after a kill"

# A thread of the parent that ends is not the parent.
/usr/bin/python3 - <<'END'
import os, subprocess, threading, time
p = []
t = threading.Thread(target=lambda: p.append(subprocess.Popen([os.environ["VKSUP"], "--", "sleep", "1000"])))
t.start(); t.join(); time.sleep(1.5)
assert p[0].poll() is None, "ended with a thread"
p[0].kill(); p[0].wait()
END
is "a thread" $? 0
