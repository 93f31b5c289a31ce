#!/bin/bash
# --json-status-fd: a line when the program runs and one when it has ended.
. "$ROOT/tests/cli/cli.bash"

json() {
	run "$VKSUP" --json-status-fd 9 "$@" 9>.json
	json=$(<.json)
}
start='{"event":"start","pid":2}'
json -- sh -c 'exit 5'
is "exit" "$json" "$start"$'\n''{"event":"end","pid":2,"exit":5,"signal":null,"reason":"exit","status":5,"limits":[]}'
json -- sh -c 'kill -SEGV $$'
is "signal" "$json" "$start"$'\n''{"event":"end","pid":2,"exit":null,"signal":"SIGSEGV","reason":"signal","status":139,"limits":[]}'
json --timeout 0.2 -- sleep 60
is "timeout" "$json" "$start"$'\n''{"event":"end","pid":2,"exit":null,"signal":"SIGTERM","reason":"timeout","status":124,"limits":[]}'
json --timeout 0.2 -- sh -c 'trap "exit 7" TERM; while :; do sleep 0.1; done'
is "timeout, caught" "$json" "$start"$'\n''{"event":"end","pid":2,"exit":7,"signal":null,"reason":"timeout","status":124,"limits":[]}'
json -- /nonexistent
is "not found" "$status $json" '127 {"event":"end","pid":null,"exit":null,"signal":null,"reason":"start","errno":"ENOENT","status":127}'
json -- /etc/passwd
is "cannot be run" "$status $json" '126 {"event":"end","pid":null,"exit":null,"signal":null,"reason":"start","errno":"EACCES","status":126}'
# The program does not have the descriptor.
json -- sh -c 'echo x 2>/dev/null >&9'
[[ $status != 0 ]] || fail "the program can write to it"
for v in x -1 '' 9 99999999999 0x1; do
	run vk --json-status-fd "$v" -- true
	is "--json-status-fd $v" "$status" 125
	like "--json-status-fd $v" "$err" "^vksup: --json-status-fd ${v:-''}: "
done
run "$VKSUP" --json-status-fd 9 -- true 9</dev/null
is "read-only" "$status" 125
