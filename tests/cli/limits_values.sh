#!/bin/bash
# --limit NAME=VALUE,...: what is understood, and what each limit does.
. "$ROOT/tests/cli/cli.bash"

for v in '' memory memory= memory=0 memory=x memory=1X memory=-1 nonsense=1 processes=1,, cpu=x cpu=0 ,; do
	run vk --limit "$v" -- true
	is "--limit '$v': status" "$status" 125
	like "--limit '$v': message" "$err" "^vksup: --limit ${v:-''}: NAME=VALUE,\.\.\. is needed"
done
expect "all of them" 0 '' '' vk --limit memory=1G,processes=100,threads=100,files=100,fsize=1G \
	--limit written=1G,output=1M,cpu=10m,signals=100 -- true
# The last one counts.
expect "twice" 0 $'a\nb' '' vk --limit output=1 --limit output=100 -- printf 'a\nb\n'

# status_of OPTIONS...: the line of JSON at the end goes to $json
json_of() {
	run "$VKSUP" --json-status-fd 9 "$@" 9>.json
	json=$(tail -n 1 .json)
}

json_of --limit fsize=1000 -- sh -c 'trap "" XFSZ; head -c 2000 /dev/zero >/tmp/a; stat -c %s /tmp/a'
is "fsize" "$status $out" "0 1000"
like "fsize" "$err" "limit fsize=1000 is reached.*File too large"
json_of --limit fsize=1000 -- sh -c 'exec head -c 2000 /dev/zero >/tmp/a'
is "fsize, by signal" "$status" 153
like "fsize, by signal" "$json" '"signal":"SIGXFSZ","reason":"limit fsize","status":153,"limits":\["fsize"\]'

# Over all files together, and once more what is overwritten.
json_of --limit written=10000 -- sh -c '
	for i in 1 2 3 4 5; do head -c 3000 /dev/zero >/tmp/a || exit 7; done'
is "written" "$status" 7
like "written" "$err" "limit written=10000 is reached.*Disk quota exceeded"
like "written" "$json" '"exit":7,"signal":null,"reason":"exit","status":7,"limits":\["written"\]'

json_of --limit output=1000 -- sh -c 'trap "" TERM INT; while :; do echo 0123456789; done'
is "output" "$status ${#out}" "137 1000"
like "output" "$err" "limit output=1000 is reached"
like "output" "$json" '"exit":null,"signal":"SIGKILL","reason":"limit output","status":137'
json_of --limit output=1000 -- sh -c 'while :; do echo 0123456789; done >&2'
is "output to stderr" "$status" 137

json_of --limit cpu=0.3 -- sh -c 'while :; do :; done'
is "cpu" "$status" 152
like "cpu" "$json" '"signal":"SIGXCPU","reason":"limit cpu","status":152,"limits":\["cpu"\]'
json_of --limit cpu=0.3 -- sh -c 'trap "" XCPU; while :; do :; done'
is "cpu, ignored" "$status" 137
like "cpu, ignored" "$json" '"signal":"SIGKILL","reason":"limit cpu","status":137'
# The sum of all, also of those that have ended.
json_of --limit cpu=0.5 -- sh -c 'trap "" XCPU; while :; do sh -c "i=0; while [ \$i -lt 3000 ]; do i=\$((i+1)); done"; done'
is "cpu of many" "$status" 137
like "cpu of many" "$json" '"reason":"limit cpu"'
expect "sleep is no CPU time" 0 '' '' vk --limit cpu=0.2 -- sleep 0.5

json_of --limit files=20 -- bash -c 'for i in {1..30}; do exec {fd}</dev/null || exit 9; done'
like "files" "$status $err" "limit files=20 is reached.*Too many open files"
# Nobody raises it, root neither.
run vk --fakeroot --limit files=20 -- bash -c 'ulimit -Hn 1000; for i in {1..30}; do exec {fd}</dev/null || exit 9; done'
like "files, as root" "$err" "Too many open files"
