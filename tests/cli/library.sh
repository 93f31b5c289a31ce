#!/bin/bash
# libvkern as others see it: installed, found by pkg-config, linked by a program
# of three lines; the example's output; what a kernel costs.
# needs: pkg-config
# timeout: 120
. "$ROOT/tests/cli/cli.bash"

tmp=$PWD

inst=$tmp/inst
cmake --install "$BUILD" --prefix "$inst" >/dev/null || fail "it cannot be installed"
export PKG_CONFIG_PATH
PKG_CONFIG_PATH=$(dirname "$(find "$inst" -name vkern.pc)")
flags=$(pkg-config --cflags --libs vkern) || fail "pkg-config does not know vkern"

cc -Wall -Wextra -Werror "$ROOT/examples/lib_hello.c" $flags -o "$tmp/lib_hello" || fail "the example does not build"
out=$("$tmp/lib_hello") || fail "the example ends with $?"
[ "$out" = "hello, file
12 bytes, mode 644
hello, pipe
status 7
no such file: No such file or directory" ] || fail "the example says: $out"

# The other library, in the same way.
cc -Wall "$ROOT/examples/minikernel.c" $(pkg-config --cflags --libs vmspace) -o "$tmp/minikernel" ||
	fail "minikernel does not build"

# A kernel takes less than 10 ms of CPU time to boot, and less than 2 MiB.
cat > "$tmp/cost.c" <<'C'
#include <stdio.h>
#include <time.h>
#include <vksup/vk.h>

static long
rss(void)
{
	long all, pages = -1;
	FILE *f = fopen("/proc/self/statm", "r");

	if (fscanf(f, "%ld %ld", &all, &pages) != 2)
		return -1;
	fclose(f);
	return pages * 4;
}

int
main(void)
{
	struct vk *k[20];
	struct vk_proc *p;
	struct timespec a, b;
	long before = rss();
	int i;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &a);
	for (i = 0; i < 20; i++)
		if (vk_boot(NULL, &k[i]) != 0 || vk_proc_new(k[i], &p) != 0 || vk_sys_getpid(p) < 0)
			return 1;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &b);
	printf("%ld %ld\n", (b.tv_sec - a.tv_sec) * 1000000 / 20 + (b.tv_nsec - a.tv_nsec) / 20000,
	    (rss() - before) / 20);
	for (i = 0; i < 20; i++)
		vk_shutdown(k[i]);
	return 0;
}
C
cc -Wall "$tmp/cost.c" $flags -o "$tmp/cost" || fail "the second program does not build"
read -r us kib < <("$tmp/cost") || fail "the second program fails"
echo "a kernel: $us microseconds, $kib KiB"
[ "$us" -lt 10000 ] || fail "a kernel takes $us microseconds"
[ "$kib" -gt 0 ] && [ "$kib" -lt 2048 ] || fail "a kernel takes $kib KiB"
