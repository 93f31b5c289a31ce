#!/bin/bash
# A program that stops itself stops vksup, as whoever waits for it must see.
. "$ROOT/tests/cli/cli.bash"

is "stops itself" "$(/usr/bin/python3 - "$VKSUP" <<'END'
import os, signal, subprocess, sys
p = subprocess.Popen([sys.argv[1], '--', 'sh', '-c', 'kill -STOP $$; echo on; exit 3'],
                     stdout=subprocess.PIPE, text=True)
signal.alarm(10)
pid, st = os.waitpid(p.pid, os.WUNTRACED)
print('stopped' if os.WIFSTOPPED(st) else 'ended', end=' ', flush=True)
p.send_signal(signal.SIGCONT)
print(p.stdout.readline().strip(), p.wait())
END
)" "stopped on 3"
