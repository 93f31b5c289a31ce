#!/usr/bin/env bash
# module_latency.sh - examples/mod_latency.c: calls that take their time.
# needs: cc
. "$ROOT/tests/cli/cli.bash"
. "$ROOT/tests/cli/module.bash"
example mod_latency

echo data >file
start=${EPOCHREALTIME/./}
run vk -L ./mod_latency.so,call=read,ms=150 -- sh -c 'read a <file; echo $a'
took=$((${EPOCHREALTIME/./} - start))
is status "$status" 0
is output "$out" data
like "what it says" "$err" '^vksup: latency: [1-9][0-9]* calls were slowed down$'
# sh reads a byte at a time: "data\n" is five.
((took >= 750000)) || fail "five reads of 150 ms took $took us"

# A guest that sleeps in a module can be killed.
run vk -L ./mod_latency.so,call=rmdir,ms=600000 -- \
	sh -c 'rmdir nothing 2>/dev/null & sleep 0.3; kill -9 $!; wait $!; echo "killed: $?"'
is "a signal gets through" "${out##*$'\n'}" "killed: 137"
expect "no such call" 125 "" "vksup: -L ./mod_latency.so: call=nope: there is no such call" \
	vk -L ./mod_latency.so,call=nope,ms=1 -- true
