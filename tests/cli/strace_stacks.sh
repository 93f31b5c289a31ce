#!/bin/bash
# --strace -k: the program's stack behind each call.
# needs: gcc
. "$ROOT/tests/cli/cli.bash"

cat > p.c <<'END'
#include <unistd.h>
#include <sys/syscall.h>
__attribute__((noinline)) void inner(void) { syscall(SYS_umask, 022); __asm__ volatile(""); }
__attribute__((noinline)) void outer(void) { inner(); __asm__ volatile(""); }
int main(void) { outer(); return 0; }
END
gcc -O1 -o p p.c || skip "no compiler"
timeout -s KILL 60 "$VKSUP" --strace -k -o log -- ./p
is "status" $? 0
like "frames" "$(<log)" $'umask\\(022\\) += 0[0-7]*\n > libc[^\n]*\\(syscall\\+0x[0-9a-f]+\\) \\[0x[0-9a-f]+\\]\n > p\\(inner\\+0x[0-9a-f]+\\) [^\n]*\n > p\\(outer\\+[^\n]*\n > p\\(main\\+'
grep -vqE '^( > |[a-z0-9_]+\(|\+\+\+)' log && fail "other lines: $(grep -vE '^( > |[a-z0-9_]+\(|\+\+\+)' log | head -n 3)"
timeout -s KILL 60 "$VKSUP" --strace -o log -- ./p
is "without -k there are none" "$(grep -c '^ >' log)" 0
