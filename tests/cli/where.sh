#!/bin/bash
# timeout: 120
# needs: python3
# Where people are: as an ordinary user, in bubblewrap, without user namespaces, with the calls that containers refuse.
. "$ROOT/tests/cli/cli.bash"

build() {
	cat <<'END'
mkdir /tmp/b && cd /tmp/b && printf 'all: a b\na b: ; echo $@ > $@; cat $@\n' > Makefile && make -s -j2 | sort && ls
END
}
wanted=$'a\nb\nMakefile\na\nb'
as_user=()
if ((EUID == 0)); then
	as_user=(setpriv --reuid=1000 --regid=1000 --clear-groups --bounding-set=-all --no-new-privs)
fi

is "ordinary user" "$("${as_user[@]}" "$VKSUP" -- sh -c "$(build)" 2>&1)" "$wanted"

# What Docker's default profile refuses without capabilities, and more: EPERM as there.
# Needs no container: a filter of our own before vksup starts.
cat > refuse.py <<'END'
import ctypes, os, struct, sys
nrs = {"process_vm_readv": 310, "process_vm_writev": 311, "ptrace": 101, "unshare": 272, "setns": 308, "mount": 165,
       "userfaultfd": 323, "perf_event_open": 298, "bpf": 321, "pidfd_getfd": 438, "kcmp": 312, "io_uring_setup": 425,
       "open_by_handle_at": 304, "keyctl": 250, "personality": 0, "clone3": 435}
nrs.pop("personality")
libc = ctypes.CDLL(None, use_errno=True)
def ins(code, jt, jf, k): return struct.pack("HBBI", code, jt, jf, k)
prog = ins(0x20, 0, 0, 0)
for name, nr in nrs.items():
    prog += ins(0x15, 0, 1, nr) + ins(6, 0, 0, 0x50000 | (38 if name == "clone3" else 1))
# clone with a namespace: EPERM
prog += ins(0x15, 0, 3, 56) + ins(0x20, 0, 0, 16) + ins(0x45, 0, 1, 0x7e020000) + ins(6, 0, 0, 0x50001)
prog += ins(6, 0, 0, 0x7fff0000)
buf = ctypes.create_string_buffer(prog, len(prog))
assert libc.prctl(38, 1, 0, 0, 0) == 0
assert libc.prctl(22, 2, struct.pack("HxxxxxxP", len(prog) // 8, ctypes.addressof(buf)), 0, 0) == 0
os.execvp(sys.argv[1], sys.argv[1:])
END
is "calls refused" "$("${as_user[@]}" python3 refuse.py "$VKSUP" -- sh -c "$(build)" 2>&1)" "$wanted"
like "doctor says so" "$("${as_user[@]}" python3 refuse.py "$VKSUP" doctor 2>&1)" 'less +process_vm_readv .*proc/PID/mem'

if command -v bwrap >/dev/null && bwrap --ro-bind / / --dev /dev --proc /proc true 2>/dev/null; then
	is "bubblewrap" "$(bwrap --ro-bind / / --dev /dev --proc /proc --tmpfs /tmp --unshare-all "$VKSUP" -- sh -c "$(build)" 2>&1)" "$wanted"
	is "bubblewrap, as a user, no namespaces inside" "$(bwrap --ro-bind / / --dev /dev --proc /proc --tmpfs /tmp --unshare-all --unshare-user --uid 1000 --gid 1000 --disable-userns "$VKSUP" -- sh -c "$(build)" 2>&1)" "$wanted"
else
	echo "no bubblewrap: not tried"
fi
