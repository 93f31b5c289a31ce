#!/bin/bash
# needs: python3
# vksup doctor: what the host offers, for people and for programs.
. "$ROOT/tests/cli/cli.bash"

run vk doctor
is "status" "$status" 0
is "errors" "$err" ""
for what in seccomp Landlock memfd ptrace_scope process_vm_readv "user namespaces" vm.max_map_count RLIMIT_NOFILE /dev/shm CPUs perf rr; do
	grep -qE "^(ok|less|missing) +$what  " .out || fail "nothing about $what"
done
like "verdict" "$out" 'vksup works here'
is "CPUs" "$(grep '^ok *CPUs' .out | grep -oE '[0-9]+' | head -n 1)" "$(nproc)"
is "CPUs, when held to one" "$(taskset -c 0 "$VKSUP" doctor | grep '^ok *CPUs' | grep -oE '[0-9]+' | head -n 1)" 1

run vk doctor --json
is "json: status" "$status" 0
is "json: works" "$(python3 -c '
import json, sys
d = json.load(open(".out"))
assert all(set(f) == {"name", "verdict", "text"} for f in d["findings"])
print(d["works"], any(f["name"] == "seccomp" and f["verdict"] == "ok" for f in d["findings"]))')" "True True"
run vk doctor --what
is "unknown: status" "$status" 125
like "unknown: message" "$err" "vksup doctor: knows only --json"

# Where it cannot work it says so: no filter can be put on.
python3 - <<'END' >no.out 2>&1
import ctypes, os, struct, sys
libc = ctypes.CDLL(None, use_errno=True)
# refuse seccomp filters: prctl(PR_SET_SECCOMP) and seccomp() are EPERM
def ins(code, jt, jf, k): return struct.pack("HBBI", code, jt, jf, k)
prog = b"".join([ins(0x20, 0, 0, 0), ins(0x15, 0, 3, 157), ins(0x20, 0, 0, 16), ins(0x15, 0, 1, 22), ins(6, 0, 0, 0x50001), ins(6, 0, 0, 0x7fff0000)])
buf = ctypes.create_string_buffer(prog)
fprog = struct.pack("HxxxxxxP", len(prog) // 8, ctypes.addressof(buf))
libc.prctl(38, 1, 0, 0, 0)
assert libc.prctl(22, 2, fprog, 0, 0) == 0
os.execv(os.environ["VKSUP"], ["vksup", "doctor"])
END
is "no filters: status" $? 1
like "no filters" "$(<no.out)" 'missing +seccomp +no filters that trap'
like "no filters: verdict" "$(<no.out)" 'vksup cannot work here'
