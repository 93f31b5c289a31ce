#!/bin/bash
# libvmspace on the real machine (vmspace.c), and a kernel of a page built on it.
# timeout: 120
. "$ROOT/tests/cli/cli.bash"

run "$BUILD/tests/cli/vmspace"
[ "$status" != 77 ] || exit 77
is "vmspace: output" "$out" ""
is "vmspace: status" "$status" 0

printf '#include <stdio.h>\nint main(void) { puts("hello, kernel"); return 3; }\n' >hello.c
cc -static -no-pie -O1 hello.c -o hello || fail "hello does not build"
expect "minikernel" 3 "hello, kernel" "" "$BUILD/examples/minikernel" ./hello
run "$BUILD/examples/minikernel" ./hello.c
is "minikernel of a text" "$status" 125
