#!/bin/bash
# What the program inherits from whoever starts vksup.
. "$ROOT/tests/cli/cli.bash"

# same WHAT SCRIPT: with bash, natively and under vksup
same() {
	is "$1" "$(vk --keep-env -- bash -c "$2" 2>&1)" "$(bash -c "$2" 2>&1)"
}

# --- environment, arguments, directory
export A_VARIABLE='with spaces, "quotes" and
a newline' EMPTY=
same "environment" 'printf "<%s><%s><%s>" "$A_VARIABLE" "${EMPTY-unset}" "${NONE-unset}"'
is "whole environment" "$(vk --keep-env -- env -0 | sort -z | tr '\0' '\n' | grep -v '^_=')" "$(env -0 | sort -z | tr '\0' '\n' | grep -v '^_=')"
is "nothing added" "$(env -i A=1 "$VKSUP" --keep-env -- /usr/bin/env)" "A=1"
is "no environment at all" "$(env -i "$VKSUP" -- /usr/bin/env)" ""
is "arguments" "$(vk -- printf '<%s>' a '' 'b c' $'d\ne' '*' '\' "$(printf 'long%.0s' {1..5000})" | sha256sum)" \
   "$(printf '<%s>' a '' 'b c' $'d\ne' '*' '\' "$(printf 'long%.0s' {1..5000})" | sha256sum)"
is "many arguments" "$(vk -- sh -c 'echo $#' sh $(seq 20000))" 20000
is "argv[0]" "$(vk -- bash -c 'exec -a other cat /proc/self/cmdline' | tr '\0' ' ')" "other /proc/self/cmdline "
mkdir -p "sub/with space"
is "cwd" "$(cd "sub/with space" && vk -- pwd -P)" "$PWD/sub/with space"
is "cwd via symlink" "$(ln -s sub link && cd link && vk -- sh -c 'pwd -P')" "$PWD/sub"
is "relative command" "$(printf '#!/bin/sh\necho here\n' > sub/tool; chmod +x sub/tool; cd sub && vk -- ./tool)" here
is "PATH" "$(PATH=$PWD/sub:$PATH vk -- tool)" here
is "PATH of env" "$(vk -- env "PATH=$PWD/sub" tool)" here

# --- umask, limits, priorities, ids
for m in 000 022 027 077; do
	is "umask $m" "$(umask $m; vk -- sh -c 'umask; : > f; stat -c %a f')" "$(umask $m; sh -c 'umask; : > "f'$m'"; stat -c %a "f'$m'"')"
done
same "limits" 'ulimit -a | grep -v -e "real-time non" -e "pending signals"'
for l in "-n 100" "-Sn 50" "-f 1000" "-s 1024" "-c 0" "-v 4000000" "-t 100" "-l 16" "-u 5000" "-n 200"; do
	is "ulimit $l" "$(ulimit $l; vk -- bash -c 'ulimit -S -a; ulimit -H -a' | grep -v 'pending signals')" \
	   "$(ulimit $l; bash -c 'ulimit -S -a; ulimit -H -a' | grep -v 'pending signals')"
done
is "a limit holds" "$(ulimit -Sn 20; vk -- /usr/bin/python3 -c '
import os
try:
    while True: n = os.dup(0)
except OSError as e: print(n, e.strerror)')" "19 Too many open files"
is "nice" "$(nice -n 5 "$VKSUP" -- nice)" "$(nice -n 5 nice)"
same "ids" 'id; id -r -u; id -G; grep -E "^(Uid|Gid|Groups|CapEff|NoNewPrivs):" /proc/self/status | grep -v NoNew'
same "affinity" 'nproc'
is "one CPU" "$(taskset -c "$(taskset -pc $$ | sed 's/.*: //; s/[,-].*//')" "$VKSUP" -- nproc)" 1

# --- signals: ignored ones stay so, blocked ones too, caught ones are reset
for s in HUP INT QUIT PIPE USR1 USR2 TERM ALRM CHLD TSTP TTIN TTOU; do
	is "ignored $s" "$(trap '' $s; vk -- grep SigIgn /proc/self/status)" "$(trap '' $s; grep SigIgn /proc/self/status)"
done
is "nothing else ignored" "$(vk -- grep SigIgn /proc/self/status)" "$(grep SigIgn /proc/self/status)"
is "nohup" "$(vk -- nohup sh -c 'kill -HUP $$; echo lives' 2>/dev/null)" lives
is "under nohup" "$(nohup "$VKSUP" -- sh -c 'kill -HUP $$; echo lives' 2>/dev/null)" lives
is "mask" "$(/usr/bin/python3 - "$VKSUP" <<'END'
import signal, subprocess, sys
show = ['grep', '-E', 'Sig(Blk|Cgt|Pnd)|ShdPnd', '/proc/self/status']
def get(pre):
    return subprocess.run(pre + show, capture_output=True, text=True,
        preexec_fn=lambda: signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR1, signal.SIGTERM, 40})).stdout
a, b = get([]), get([sys.argv[1], '--'])
print('same' if a == b else (a, b))
END
)" same
same "times start at nothing" 'times | tr -d "0-9" | sort -u | head -n 1'
same "session" 'ps -o sid= -p $$ > /dev/null; [[ $(cut -d" " -f6 /proc/$$/stat) -gt 0 ]]; echo $?'
