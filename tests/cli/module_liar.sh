#!/usr/bin/env bash
# module_liar.sh - examples/mod_liar.c: a getpid that lies.
# needs: cc
. "$ROOT/tests/cli/cli.bash"
. "$ROOT/tests/cli/module.bash"
example mod_liar

expect "the lie" 0 4711 "" vk -L ./mod_liar.so -- sh -c 'echo $$'
expect "as asked for" 0 7 "" vk -L ./mod_liar.so,pid=7 -- sh -c 'echo $$'
expect "the truth is elsewhere" 0 "7 2" "" vk -L ./mod_liar.so,pid=7 -- \
	sh -c 'read pid rest </proc/self/stat; echo $$ $((pid - 0))'
expect "a wrong pid" 125 "" "vksup: -L ./mod_liar.so: pid=x: a number above 0 is needed" \
	vk -L ./mod_liar.so,pid=x -- true
