#!/usr/bin/env bash
# fail_each.sh - the cases of the unit tests again, with host calls and
# allocations failing one at a time: a few here, all in long/fail_each.sh.
# timeout: 240
. "$ROOT/tests/cli/cli.bash"

# Programs that play guests; those that test locks and tables have no host.
programs=(elf file fs futex module net pipe poll proc signal tty)
how=${FAIL_EACH:-3}
any=
for p in "${programs[@]}"; do
	t=$BUILD/tests/unit/test_$p
	[[ -x $t ]] || continue
	any=1
	UNIT_FAIL=$how timeout -s KILL 600 "$t" >log 2>&1 || {
		grep -aE 'wait status|has leaked|panic|waited in vain|ERROR:|runtime error' log
		fail "UNIT_FAIL=$how $t"
	}
done
[[ $any ]] || exit 77
