#!/bin/bash
# --audit FILE, and the summary of refusals when the program fails.
. "$ROOT/tests/cli/cli.bash"
command -v python3 >/dev/null || exit 77
mkdir dir
echo text | tee dir/ro dir/hidden dir/$'odd\377\nname' >/dev/null

# wants RULE CALL OBJECT ERRNO: that line is in the file
wants() {
	python3 - "$@" <<'PY' || fail "no line $*: $(grep -v enosys .audit)"
import json, sys
rule, call, object, errno = sys.argv[1:]
for line in open(".audit"):
    d = json.loads(line)
    assert set(d) == {"time", "pid", "tid", "program", "call", "object", "rule", "errno"}, d
    assert d["pid"] >= 2 and d["tid"] >= d["pid"] and d["time"] >= 0, d
    if (d["rule"], d["call"], d["object"] or "", d["errno"]) == (rule, call, object, errno):
        sys.exit(0)
sys.exit(1)
PY
}
here=$PWD/dir
run vk --audit .audit --hide "$here/hidden" --ro "$here/ro" --ro "$here/"$'odd\377\nname' -- sh -c '
	cd dir; cat hidden; echo >ro; for f in odd*; do echo >"$f"; done; cat '"$here"'/hidden; rm ro; chmod 600 ro; cat /etc/shadow
	bash -c "exec 3<>/dev/tcp/192.0.2.7/81"; exit 0'
is "status" "$status" 0
[[ $err != *refused:* ]] || fail "a summary without a failure"
wants hide openat "$here/hidden" ENOENT
wants ro openat "$here/ro" EROFS
wants ro openat "$here/"'odd\xff'$'\n'name EROFS
wants ro fchmodat "$here/ro" EROFS
wants hide openat /etc/shadow ENOENT
wants network connect 192.0.2.7:81 ENETUNREACH
run vk --audit .audit --limit fsize=10,files=20 -- bash -c 'trap "" XFSZ; head -c 20 /dev/zero >/tmp/x
	for i in {1..20}; do exec {fd}</dev/null; done'
wants "limit fsize" write "" EFBIG
run vk --audit .audit --limit processes=2 -- bash -c 'sleep 0.1 & sleep 0.1 & wait' 
wants "limit processes" clone "" EAGAIN
run vk --audit .audit -- python3 -c '
import ctypes, os
c = ctypes.CDLL(None, use_errno=True)
c.ptrace(0, 0, 0, 0)
c.syscall(9999)
for f in (lambda: os.sethostname("x") if os.getuid() else None, lambda: open("/proc/1/mem") if os.getuid() else None):
    try: f()
    except OSError: pass'
wants ptrace ptrace "" ENOSYS

# The summary: without an audit too, each once.
run vk --hide "$here/hidden" --ro "$here/ro" -- sh -c 'cd dir; cat hidden; cat hidden; echo >ro; exit 3'
is "summary: status" "$status" 3
like "summary" "$err" "vksup: refused: openat $here/hidden: hide \(ENOENT\), 2 times"$'\n'"vksup: refused: openat $here/ro: ro \(EROFS\)$"
run vk --quiet --hide "$here/hidden" -- sh -c 'cat dir/hidden; exit 3'
[[ $err != *refused:* ]] || fail "--quiet"
run vk --ro "$here" -- sh -c 'for i in 1 2 3 4 5 6 7 8 9 10 11 12 13; do echo >dir/$i; done 2>/dev/null; exit 1'
is "ten lines" "$(grep -c '^vksup: refused: openat' <<<"$err")" 10
like "and the rest" "$err" "vksup: refused: 3 more \(--audit FILE writes all\)$"
expect "nothing refused" 1 '' '' vk -- false
run vk --audit /nonexistent/x -- true
is "--audit" "$status $err" "125 vksup: --audit /nonexistent/x: No such file or directory"
