#!/usr/bin/env bash
# module_call.sh - examples/mod_call.c: a system call of one's own.
# needs: cc
. "$ROOT/tests/cli/cli.bash"
. "$ROOT/tests/cli/module.bash"
example mod_call

cat >sum.c <<'END'
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

static void
call(long *sum)
{
	long ret = syscall(1000, sum);

	printf("%ld %d ", ret, ret < 0 ? errno : 0);
}

int
main(void)
{
	long sum[3] = { 2, 3, 0 };

	call(sum);
	printf("%ld ", sum[2]);
	sum[0] = LONG_MAX;
	call(sum);
	call((long *)8);
	return 0;
}
END
cc -o sum sum.c || fail "sum.c does not build"
expect "with the module" 0 "0 0 5 -1 75 -1 14 " "vksup: the module has seen calls" \
	vk -L ./mod_call.so -- ./sum
run vk -- ./sum
is "without it" "$out" "-1 38 0 -1 38 -1 38 "
