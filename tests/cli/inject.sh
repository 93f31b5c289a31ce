#!/usr/bin/env bash
# inject.sh - --inject: calls, host functions and allocations that fail.
# needs: cc
. "$ROOT/tests/cli/cli.bash"

mk='for i in a b c d; do mkdir $i 2>/dev/null && echo $i; done; true'
expect "the third" 0 $'a\nb\nd' "" vk --inject mkdir:EIO@3 -- sh -c "$mk"
expect "from the third" 0 $'a\nb' "" vk --inject mkdir:EIO@3+ -- sh -c "$mk"
expect "all" 0 "" "" vk --inject mkdir:EIO -- sh -c "$mk"
expect "two rules" 0 $'c\nd' "" vk --inject mkdir:EIO@1 --inject mkdir:ENOSPC@2 -- sh -c "$mk"
expect "the error" 1 "" "mkdir: cannot create directory 'x': Disk quota exceeded" \
	vk --inject mkdir:EDQUOT -- env LC_ALL=C mkdir x

# Chance: the same for the same seed, about as often as said.
cat >calls.c <<'END'
#include <stdio.h>
#include <unistd.h>
int
main(void)
{
	int i, bad = 0;
	for (i = 0; i < 400; i++) {
		int r = getppid() < 0;
		bad += r;
		if (i < 40)
			putchar('0' + r);
	}
	printf(" %d\n", bad);
	return 0;
}
END
cc -o calls calls.c || fail "calls.c does not build"
one=$(vk --inject getppid:EAGAIN%25~7 -- ./calls)
is "the same seed" "$(vk --inject getppid:EAGAIN%25~7 -- ./calls)" "$one"
two=$(vk --inject getppid:EAGAIN%25~8 -- ./calls)
[[ $one != "$two" ]] || fail "another seed is the same: $one"
n=${one#* }
((n > 60 && n < 140)) || fail "25% of 400 is $n"

# Calls that carriers answer by themselves are answered by the rule.
expect "getpid" 0 "-1" "" vk --inject getpid:EPERM -- sh -c 'echo $$'

# The host: a file that cannot be opened, and reads that fail.
:
run vk --inject 'host:memfd:EMFILE' -- sh -c 'echo still here'
is "no memory files" "$out" "still here"
run vk --inject 'host:fork:EAGAIN' -- sh -c 'echo a; (echo b); echo c'
like "no fork" "$err" '[Cc]annot fork|Resource temporarily unavailable'
like "before it" "$out" '^a'
run vk --inject 'alloc%20~3' -- sh -c 'for i in 1 2 3 4 5 6; do cat /proc/self/status >/dev/null; done; exit 3'
[[ $status != 125 && $status != 134 && $status != 139 ]] || fail "without memory: status $status, $err"

wrong() {
	expect "$1" 125 "" "vksup: --inject $1: $2" vk --inject "$1" -- true
}
wrong openat "CALL:ERRNO is needed, as in openat:EIO@3"
wrong nothing:EIO "there is no such call"
wrong openat:EIEIO "the name of an error is needed, as EIO"
wrong openat:EIO@0 "a number from 1 on is needed after @"
wrong openat:EIO%200 "a number from 0 to 100 is needed after %"
wrong openat:EIO~x "a number is needed after ~"
wrong openat:EIO@3x "what follows the error is @N, @N+, %PERCENT and ~SEED"
wrong host:nothing:EIO "the host has no function of that name that can fail"
