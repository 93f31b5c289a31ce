#!/usr/bin/env bash
# module_counter.sh - examples/mod_counter.c: a device of one's own.
# needs: cc
. "$ROOT/tests/cli/cli.bash"
. "$ROOT/tests/cli/module.bash"
example mod_counter

expect "it counts" 0 $'1\n2\n41' "" vk -L ./mod_counter.so -- sh -c \
	'head -n1 /dev/counter; head -n1 /dev/counter; echo 40 >/dev/counter; head -n1 /dev/counter'
expect "no number twice" 0 "1 2 3 4 5 6 7 8 9 10 11 12" "" vk -L ./mod_counter.so -- sh -c \
	'for i in 1 2 3; do (for j in 1 2 3 4; do head -n1 /dev/counter; done >>all) & done
	 wait; sort -n all | xargs'
like "it looks like a device" "$(vk -L ./mod_counter.so -- ls -l /dev/counter)" '^crw-rw-rw- .* 240, *0 '
