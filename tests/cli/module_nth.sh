#!/usr/bin/env bash
# module_nth.sh - examples/mod_nth.c: the n-th call fails.
# needs: cc
. "$ROOT/tests/cli/cli.bash"
. "$ROOT/tests/cli/module.bash"
example mod_nth

run vk -L ./mod_nth.so,call=mkdir,n=2,errno=28 -- sh -c \
	'for i in a b c; do mkdir $i; done; ls -d ?'
is status "$status" 0
is output "$out" $'a\nc'
is errors "$err" "mkdir: cannot create directory ‘b’: No space left on device"
expect "no number" 125 "" "vksup: -L ./mod_nth.so: n=NUMBER is needed" \
	vk -L ./mod_nth.so,call=mkdir -- true
