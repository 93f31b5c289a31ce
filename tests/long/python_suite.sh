#!/bin/bash
# timeout: 3000
# Python's own tests: none may fail, or be left out, under vksup that passes natively.
# They try what only root may do, on the host as well; so they run as nobody.
set -u
PY=/usr/bin/python3
$PY -c 'import test.test_os' 2>/dev/null || { echo "libpython3-testsuite is not installed"; exit 77; }
names=${VKSUP_PYTHON_TESTS:-os posix subprocess signal threading mmap fcntl select epoll tempfile shutil pathlib glob time}
as=()
if [ "$(id -u)" = 0 ]; then
	as=(setpriv --reuid=65534 --regid=65534 --clear-groups)
fi
status=0

# suite SIDE NAME COMMAND...: the tests of one module in a directory of their own; the log is SIDE.NAME.
suite() {
	local log=$PWD/$1.$2 dir=$PWD/$1-$2.dir name=$2
	shift 2
	mkdir "$dir" && chmod 777 "$dir" || exit 1
	(cd "$dir" && exec env HOME="$dir" TMPDIR="$dir" timeout -s KILL 600 "${as[@]}" "$@" "$PY" -m test -v "test_$name") > "$log" 2>&1 < /dev/null
}

# The tests of a log by what became of them: each line "NAME (CLASS) RESULT".  Output of a test may stand before the
# result, so results are taken from the lists at the end where there are some.
failed() { sed -nE 's/^(FAIL|ERROR): ([^ ]+ \([^)]*\)).*/\2/p' "$1" | sort -u; }
skipped() { sed -nE 's/^([A-Za-z_0-9]+ \([^)]*\)).*\.\.\. skipped .*/\1/p' "$1" | sort -u; }
ran() { sed -nE 's/^Ran ([0-9]+) tests? in .*/\1/p' "$1" | awk '{n += $1} END {print n + 0}'; }

for n in $names; do
	SECONDS=0
	suite native "$n"; nrc=$?; nt=$SECONDS
	SECONDS=0
	suite vksup "$n" "$VKSUP" --keep-env --; rc=$?
	new=$(comm -13 <(failed "native.$n") <(failed "vksup.$n"))
	left=$(comm -13 <(skipped "native.$n") <(skipped "vksup.$n"))
	echo "test_$n: $(ran "vksup.$n") tests in $SECONDS s, status $rc; natively $(ran "native.$n") in $nt s, status $nrc"
	[ "$(ran "native.$n")" -gt 0 ] || { echo "  natively none ran"; tail -n 5 "native.$n"; status=1; }
	[ "$(ran "native.$n")" = "$(ran "vksup.$n")" ] || { echo "  not as many"; tail -n 5 "vksup.$n"; status=1; }
	[ -z "$new" ] || { echo "  fail only under vksup:"; echo "$new"; status=1; }
	[ -z "$left" ] || { echo "  left out only under vksup:"; echo "$left"; status=1; }
	[ "$rc" -le "$nrc" ] || { echo "  it does not end well"; tail -n 20 "vksup.$n"; status=1; }
done
exit $status
