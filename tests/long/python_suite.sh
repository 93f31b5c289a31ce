#!/bin/bash
# timeout: 1800
# Python's own tests: none may fail under vksup that passes natively.
set -u
PY=/usr/bin/python3
$PY -c 'import test.test_os' 2>/dev/null || { echo "libpython3-testsuite is not installed"; exit 77; }
names="os posix subprocess signal threading mmap fcntl select epoll tempfile shutil pathlib glob time"
status=0

# The tests of a log that did not end in "ok" or "skipped", one a line.
bad() {
	grep -E '^(FAIL|ERROR): ' "$1" | awk '{print $2}' | sort -u
}

for n in $names; do
	timeout -s KILL 400 $PY -m test -v "test_$n" > "native.$n" 2>&1
	timeout -s KILL 600 "$VKSUP" -- $PY -m test -v "test_$n" > "vksup.$n" 2>&1
	rc=$?
	new=$(comm -13 <(bad "native.$n") <(bad "vksup.$n"))
	ok=$(grep -cE '\.\.\. ok$' "vksup.$n")
	if [ -n "$new" ] || [ "$rc" -ge 124 ]; then
		echo "test_$n: $ok ok, status $rc, fails only under vksup: ${new:-(killed)}"
		status=1
	else
		echo "test_$n: $ok ok"
	fi
done
exit $status
