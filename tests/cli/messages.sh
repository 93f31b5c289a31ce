#!/bin/bash
# No noise; --verbose names a missing call once, the program sees ENOSYS; the coverage page.
. "$ROOT/tests/cli/cli.bash"

for c in true 'echo hello' 'sh -c "ls -l / | wc -l; exit 0"' 'python3 -c "import threading, subprocess, sqlite3"'; do
	eval "run vk -- $c"
	is "$c: status" "$status" 0
	is "$c: errors" "$err" ""
done

# A call that is not there: shmget(2), and one that never was.
cat > missing.c <<'END'
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
int main(void)
{
	long nr[] = { MISSING, MISSING, 9999, 9999 };
	for (int i = 0; i < 4; i++) {
		long r = syscall(nr[i], 1, 2, 3);
		printf("%ld %s\n", r, errno == ENOSYS ? "ENOSYS" : strerror(errno));
	}
	return 0;
}
END
page=$BUILD/docs/coverage.md
[[ -s $page ]] || { fail "there is no $page"; exit; }
read -r nr name < <(sed -n 's/^| \([0-9]*\) | `\([a-z_0-9]*\)` | ENOSYS .*/\1 \2/p' "$page" | head -n 1)
gcc -DMISSING="$nr" -o missing missing.c || fail "cannot compile"
all=$'-1 ENOSYS\n-1 ENOSYS\n-1 ENOSYS\n-1 ENOSYS'
expect "quietly" 0 "$all" "" vk -- ./missing
run vk --verbose -- ./missing
is "--verbose: output" "$out" "$all"
is "--verbose: names it once" "$(grep -c "\b$name\b" .err)" 1
like "--verbose: and the number" "$err" 9999
(($(grep -c 9999 .err) == 1)) || fail "--verbose: not once: $err"
[[ $(grep -vc '^vksup: ' .err) == 0 ]] || fail "--verbose: not all lines are ours: $err"
# What glibc tries by itself may be named too.
run vk --verbose -- true
is "--verbose of true" "$(grep -v "call rseq is" .err)" ""
run vk --verbose -- sh -c './missing >/dev/null; ./missing > /dev/null'
is "--verbose: once a run" "$(grep -c "\b$name\b" .err)" 1

# --- the coverage page has every call of the table, each with a state and, if missing, a reason
/usr/bin/python3 - "$page" "$ROOT/abi/syscalls.def" > .page <<'END' || fail "$(<.page)"
import re, sys
rows = {}
for l in open(sys.argv[1]):
    m = re.match(r'\| (\d+) \| `(\w+)` \| (\w+) \| (\w+) \| (.*?) ?\|$', l)
    if m:
        rows[int(m[1])] = m.groups()[1:]
bad = []
for nr, (name, state, family, note) in rows.items():
    if state not in ('FULL', 'PART', 'ENOSYS'):
        bad.append(f'{name}: state {state}')
    if state != 'FULL' and not note.strip():
        bad.append(f'{name}: {state} without a note')
known = {}
try:
    for l in open('/usr/include/x86_64-linux-gnu/asm/unistd_64.h'):
        m = re.match(r'#define __NR_(\w+) (\d+)', l)
        if m:
            known[int(m[2])] = m[1]
except OSError:
    pass
for nr, name in known.items():
    if nr not in rows:
        bad.append(f'{nr} {name} is not on the page')
    elif rows[nr][0] != name and not {rows[nr][0], name} <= {'umount2', 'umount', 'newfstatat', 'fstatat'}:
        bad.append(f'{nr} is {name}, not {rows[nr][0]}')
# Linux 6.18: 0-334, 424-469 (and 335, uretprobe, 336, uprobe)
for nr in [*range(335), *range(424, 470)]:
    if nr not in rows:
        bad.append(f'{nr} is not on the page')
print('\n'.join(bad))
sys.exit(bool(bad))
END

# --- how long it takes: for the eye only
t0=$(date +%s%N); for i in {1..20}; do /bin/true; done
t1=$(date +%s%N); for i in {1..20}; do "$VKSUP" -- /bin/true; done
t2=$(date +%s%N)
printf '/bin/true: %d us natively, %d us under vksup\n' $(((t1 - t0) / 20000)) $(((t2 - t1) / 20000))
