#!/bin/bash
# --timeout T[,KILL]: SIGTERM, SIGKILL, and 124.
. "$ROOT/tests/cli/cli.bash"

# took WHAT FROM TO COMMAND...: tenths of a second
took() {
	local what=$1 from=$2 to=$3 start=${EPOCHREALTIME/[.,]/} t
	shift 3
	run "$@"
	t=$(((${EPOCHREALTIME/[.,]/} - start) / 100000))
	((t >= from && t <= to)) || fail "$what: took $t tenths, not $from to $to"
}
took "in time" 0 80 vk --timeout 20 -- sh -c 'echo done; exit 3'
is "in time" "$status $out $err" "3 done "
took "sleep" 5 80 vk --timeout 0.5 -- sleep 30
is "sleep" "$status $out $err" "124  "
took "spin" 5 80 vk --timeout .5 -- sh -c 'while :; do :; done'
is "spin" "$status" 124
took "SIGTERM is caught" 5 80 vk --timeout 0.5s -- sh -c 'trap "echo caught; exit 5" TERM; while :; do sleep 0.1; done'
is "SIGTERM is caught" "$status $out" "124 caught"
took "SIGTERM is ignored" 10 80 vk --timeout 0.5,0.5 -- sh -c 'trap "" TERM; while :; do sleep 0.1; done'
is "SIGTERM is ignored" "$status" 124
took "stopped" 5 80 vk --timeout 0.5,1 -- sh -c 'kill -STOP $$; echo on'
is "stopped" "$status" 124
took "at once" 5 80 vk --timeout 0.5,0 -- sh -c 'trap "" TERM; while :; do sleep 0.1; done'
is "at once" "$status" 124
took "children end too" 5 80 vk --timeout 0.5 -- sh -c 'sleep 30 & sleep 30 & wait'
is "children end too" "$status" 124
took "minutes" 0 80 vk --timeout 1m,1h -- true
is "minutes" "$status" 0
for t in '' 0 x -1 5x 1,2,3 1, ,1 '1 ' nan inf 1e99; do
	run vk --timeout "$t" -- true
	is "--timeout '$t'" "$status $err" "125 vksup: --timeout ${t:-''}: seconds are needed, as in 10 or 1.5,2"
done
