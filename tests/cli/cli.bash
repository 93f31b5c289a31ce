# cli.bash - what the tests here have in common; each sources it first.
#
#   run COMMAND...          its status, output and errors go to $status, $out, $err
#   is WHAT GOT WANTED      like WHAT GOT REGEX      fail TEXT      skip WHY
#   family PID              PID and all its descendants
#   gone SECONDS PID...     have these ended by then?
#   within SECONDS COMMAND  repeat COMMAND until it succeeds
#
# The script's status is 1 when something failed, 77 when it ends with exit 77.
set -u
export LC_ALL=C.UTF-8
failures=0
trap 'rc=$?; ((failures == 0)) || exit 1; ((rc != 77)) || exit 77; exit 0' EXIT

# skip WHY: the rest does not apply here
skip() {
	echo "$*"
	exit 77
}

fail() {
	printf 'FAILED: %s\n' "$*"
	failures=$((failures + 1))
}

is() {
	[[ $2 == "$3" ]] || fail "$1: ${2@Q} instead of ${3@Q}"
}

like() {
	[[ $2 =~ $3 ]] || fail "$1: ${2@Q} is not like ${3@Q}"
}

run() {
	"$@" >.out 2>.err
	status=$?
	out=$(<.out)
	err=$(<.err)
}

# expect WHAT STATUS OUT ERR COMMAND...: all three exactly
expect() {
	local what=$1 s=$2 o=$3 e=$4
	shift 4
	run "$@"
	is "$what: status" "$status" "$s"
	is "$what: output" "$out" "$o"
	is "$what: errors" "$err" "$e"
}

vk() {
	"$VKSUP" "$@"
}

family() {
	ps -e -o pid=,ppid= | awk -v root="$1" '
		{ parent[$1] = $2 }
		END {
			for (p in parent) {
				q = p
				while (q in parent && q != root)
					q = parent[q]
				if (q == root)
					print p
			}
		}'
}

within() {
	local end=$((SECONDS + $1 + 1))
	shift
	until "$@"; do
		((SECONDS < end)) || return 1
		sleep 0.05
	done
}

none_alive() {
	local p s
	for p; do
		s=$(sed -n 's/^State:[[:space:]]*\(.\).*/\1/p' "/proc/$p/status" 2>/dev/null) || continue
		[[ -z $s || $s == [ZX] ]] || return 1
	done
}

gone() {
	local t=$1
	shift
	within "$t" none_alive "$@"
}

nonempty() {
	[[ -s $1 ]]
}
