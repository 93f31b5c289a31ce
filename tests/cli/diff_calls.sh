#!/usr/bin/env bash
# diff_calls.sh - random sequences of calls (tests/fuzz/diff_calls.c) natively
# and under vksup, told call by call: the same.  DIFF_SEEDS="FIRST LAST" and
# DIFF_CALLS for more of it.  Never run as root: then as nobody.
# needs: cc setpriv
# timeout: 240
. "$ROOT/tests/cli/cli.bash"

# What is compared is Linux 6.18: another kernel may answer otherwise.
[[ $(uname -r) == 6.18.* ]] || { echo "the host is not Linux 6.18"; exit 77; }
cc -O1 -g -D_GNU_SOURCE -Wall -o diff_calls "$ROOT/tests/fuzz/diff_calls.c" || fail "it does not build"
as=()
if ((UID == 0)); then
	as=(setpriv --reuid 65534 --regid 65534 --clear-groups)
	"${as[@]}" test -x "$VKSUP" -a -x "$PWD" || { echo "nobody cannot get here"; exit 77; }
fi
mkdir native guest
((UID != 0)) || chown 65534:65534 native guest
read -r first last <<<"${DIFF_SEEDS:-1 60}"
n=${DIFF_CALLS:-200}
(cd native && timeout -s KILL 100 "${as[@]}" ../diff_calls "$first" "$last" "$n") >native.out || fail "natively: status $?"
(cd guest && timeout -s KILL 100 "${as[@]}" "$VKSUP" -- ../diff_calls "$first" "$last" "$n") >guest.out ||
	fail "under vksup: status $?"
like "it does something" "$(wc -l <native.out)" '^[0-9]{4,}$'
if ! cmp -s native.out guest.out; then
	fail "calls differ (< natively, > under vksup; seed.number call = result arguments)"
	for ((s = first; s <= last; s++)); do
		diff <(grep "^$s[. ]" native.out) <(grep "^$s[. ]" guest.out) >d || head -n 6 d
	done | head -n 60
fi
