#!/bin/bash
# Crash reports: what they say, that they are saved, and that nothing of the run is left.
. "$ROOT/tests/cli/cli.bash"

# crash HOW: a guest, and the report of its kernel's end
crash() {
	rm -f report
	timeout -s KILL 60 "$VKSUP" --panic-on "sethostname$1" --crash-report report -- \
		hostname new-name > .out 2> .err
	status=$?
	err=$(<.err)
	is "$1: status" "$status" 125
	like "$1: kernel stack" "$err" 'kernel stack:.*panic_enter.*syscall_call'
	like "$1: call" "$err" 'guest process [0-9]+, thread [0-9]+ \(hostname\), in the call'
	like "$1: arguments" "$err" $'\n  sethostname\\("new-name", 8\\)'
	like "$1: guest stack" "$err" $'guest stack:\n  #0  0x[0-9a-f]+ sethostname'
	like "$1: the program's frames" "$err" '\(hostname\)'
	like "$1: events" "$err" $'return brk = .*call   sethostname\\(0x[0-9a-f]+, 0x8\\)\n'
	like "$1: where" "$err" 'report saved in report'
	# The same as JSON.
	python3 - "$1" <<'END' || fail "$1: report"
import json, os, sys
r = json.load(open('report'))
assert r['thread']['comm'] == 'hostname', r['thread']
assert r['call']['name'] == 'sethostname' and r['call']['text'] == 'sethostname("new-name", 8)', r['call']
assert r['call']['args'][1] == 8
assert any(f['function'].startswith('panic_enter') for f in r['kernel_stack']) or sys.argv[1] == ':stack', r['kernel_stack']
assert r['guest_stack'][0]['function'] == 'sethostname', r['guest_stack']
assert r['guest_stack'][-1]['object'] == 'hostname', r['guest_stack']
assert len(r['events']) == 50, len(r['events'])
assert any(e['kind'] == 'call' and 'sethostname' in e['text'] for e in r['events'][-8:]), r['events'][-8:]
assert r['signal'] == {'': 0, ':assert': 0, ':segv': 11, ':abort': 6, ':stack': 11}[sys.argv[1]], r['signal']
assert os.stat('report').st_mode & 0o777 == 0o600
END
}

crash ""
like "assertion" "$err" 'vksup: internal error: --panic-on sethostname'
crash :segv
like "fault" "$err" 'vksup: internal error: SIGSEGV at address 0x10'
crash :abort
like "abort" "$err" 'vksup: internal error: SIGABRT'

# An overflow of the kernel's stack: nothing is left to run the handler on but its own.
timeout -s KILL 60 "$VKSUP" --panic-on sethostname:stack --crash-report report -- hostname new-name > .out 2> .err
is "stack: status" $? 125
like "stack: says so" "$(<.err)" 'SIGSEGV.*stack_eat.*sethostname\("new-name", 8\)'

# Every guest ends.
timeout -s KILL 60 "$VKSUP" --panic-on sethostname --crash-report report -- \
	bash -c 'sleep 1000 & sleep 1000 & echo > ready; read x < /dev/stdin; exec hostname new' < <(sleep 2; echo) > .out 2> .err &
pid=$!
sleep 1
mapfile -t all < <(family $pid)
((${#all[@]} >= 4)) || fail "too few processes: ${all[*]}"
wait $pid
is "with others: status" $? 125
gone 5 "${all[@]}" || fail "some of ${all[*]} are left"

# The file is where it was said, or in a directory for such things.
mkdir tmp
TMPDIR=$PWD/tmp timeout -s KILL 60 "$VKSUP" --panic-on sethostname -- hostname new > .out 2> .err
is "TMPDIR: status" $? 125
saved=$(sed -n 's/^vksup: report saved in //p' .err)
like "TMPDIR: name" "$saved" "^$PWD/tmp/vksup-crash\.[0-9]+\.json$"
[[ -s $saved ]] || fail "$saved is not there"
# Nowhere to save it is no reason to be silent.
TMPDIR=/nonexistent timeout -s KILL 60 "$VKSUP" --panic-on sethostname -- hostname new > .out 2> .err
is "nowhere: status" $? 125
like "nowhere: stack" "$(<.err)" 'guest stack:.*sethostname'

# Wrong options.
expect "no such call" 125 "" "vksup: --panic-on nosuch: no such system call" \
	timeout -s KILL 60 "$VKSUP" --panic-on nosuch -- true
expect "no such way" 125 "" "vksup: --panic-on uname:x: after the colon: assert, segv, abort or stack" \
	timeout -s KILL 60 "$VKSUP" --panic-on uname:x -- true

# The terminal is as it was.
if [[ -x $(command -v script) ]]; then
	timeout -s KILL 60 script -qec "stty -a > before; '$VKSUP' --panic-on sethostname --crash-report report -- hostname new; echo status \$? > code; stty -a > after" /dev/null > .out 2>&1 < /dev/null
	is "terminal: status" "$(<code)" "status 125"
	cmp before after || fail "the terminal's modes have changed"
fi
