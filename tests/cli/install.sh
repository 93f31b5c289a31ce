#!/bin/bash
# cmake --install: a vksup that runs from where it was put, its manual page, and
# headers, library and pkg-config file that a program can be built with.
# needs: cmake pkg-config gcc man
. "$ROOT/tests/cli/cli.bash"

# cmake leaves a list of what it installed there.
[[ -w $BUILD ]] || skip "the build belongs to somebody else"

run cmake --install "$BUILD" --prefix "$PWD/inst"
is "install" "$status" 0

# The binary needs nothing of the build: from a directory moved elsewhere.
mv inst moved
expect "the program" 0 "hello" "" moved/bin/vksup -- echo hello
like "its version" "$(moved/bin/vksup --version)" '^vksup [0-9]+\.[0-9]+'

run man -l moved/share/man/man1/vksup.1
is "the manual page" "$status" 0
like "the manual page" "$out" 'NAME[[:space:]]+vksup - '
is "the manual page: warnings" "$(man --warnings -l moved/share/man/man1/vksup.1 2>&1 >/dev/null)" ""

pc=$(find moved -name vkern.pc)
export PKG_CONFIG_PATH=$PWD/${pc%/*}
like "pkg-config: version" "$(pkg-config --modversion vkern)" '^[0-9]+\.[0-9]+'
cat > p.c <<'C'
#include <stdio.h>
#include <vksup/strace.h>
#include <vksup/vkern.h>
#include <vksup/watch.h>

int main(void)
{
	const struct abi_row *row = abi_row(257);
	const uint64_t raw[6] = { 3 };
	struct strace_filter f;
	char buf[200];

	if (strace_filter_parse(&f, "openat,close", buf, sizeof(buf)) != 0)
		return 1;
	printf("%s %d %d\n", row->name, strace_filter_match(&f, 257), strace_filter_match(&f, 0));
	strace_format_exit(buf, sizeof(buf), abi_row(3), raw, NULL, 0);
	puts(buf);
	return 0;
}
C
run gcc -Wall -Werror -o p p.c $(pkg-config --cflags --libs vkern)
is "compile and link" "$status $err" "0 "
run ./p
is "a program with the library" "$out" "openat 1 0
close(3)                                = 0"
# Every header by itself.
for h in moved/include/vksup/*.h; do
	run gcc -std=gnu11 -Wall -Werror -fsyntax-only -x c $(pkg-config --cflags vkern) - <<< "#include <vksup/${h##*/}>"
	is "${h##*/} alone" "$err" ""
done
# The kernel as a whole is in there.
nm moved/lib*/libvkern.a moved/lib/*/libvkern.a 2>/dev/null | grep -q ' T vkern_boot' || fail "no vkern_boot in libvkern.a"
