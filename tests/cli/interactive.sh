#!/bin/bash
# On a terminal: job control of an interactive bash, keys that are signals, window sizes, raw modes, modes restored.
# timeout: 180
# needs: /usr/bin/python3
PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=$ROOT/tests/cli exec /usr/bin/python3 - <<'END'
import os, signal, sys, termios, time
from vkpty import *

# --- plain output and status
with vk('sh', '-c', 'echo one; echo two >&2; tty -s && test -t 1 && echo tty; exit 5') as t:
    t.ends_with(5, 'plain')
    t.expect('one\r\n', 'plain')
    t.expect('two\r\n', 'plain')
    t.expect('tty\r\n', 'plain')
    t.restored('plain')
with vk('seq', '20000') as t:
    t.expect('\n20000\r\n', 'all of long output')
    t.ends_with(0, 'long output')

# --- an interactive shell
with bash() as t:
    t.line('echo $((6 * 7))', r'\n42\r\n')
    t.line('stty size', r'24 80\r\n')
    t.line('ps -o stat= -p $$ | grep -c s', r'\n1\r\n', 'leader of its session')
    # Ctrl-C ends the foreground job only.
    t.send('sleep 100 & sleep 100\r')
    time.sleep(0.7)
    t.send('\x03')
    t.expect(r'\^C.*PROMPT> ', 'Ctrl-C')
    t.line('echo st $?', r'\nst 130\r\n')
    t.line('jobs', r'Running +sleep 100', 'the background job lives')
    t.line('kill %1; wait; echo all go""ne', r'\nall gone\r\n')
    # Ctrl-C at the prompt is only a new prompt.
    t.send('half a line\x03')
    t.expect(r'\^C.*PROMPT> ', 'Ctrl-C at the prompt')
    # Ctrl-Z, bg, fg.
    t.send('sleep 100\r')
    time.sleep(0.7)
    t.send('\x1a')
    t.expect(r'Stopped +sleep 100.*PROMPT> ', 'Ctrl-Z')
    t.line('echo st $?', r'\nst 148\r\n')
    t.line('bg', r'sleep 100 &')
    t.line('jobs', r'Running +sleep 100')
    t.line('fg', r'\nsleep 100\r\n')
    time.sleep(0.3)
    t.send('\x1a')
    t.expect(r'Stopped +sleep 100.*PROMPT> ', 'Ctrl-Z again')
    t.line('kill -9 %1; wait; echo go""ne', r'gone\r\n')
    # Ctrl-\ too.
    t.send('sleep 100\r')
    time.sleep(0.7)
    t.send('\x1c')
    t.expect(r'Quit.*PROMPT> ', 'Ctrl-\\')
    t.line('echo st $?', r'\nst 131\r\n')
    # Ctrl-D is the end of file for cat, not for the shell.
    t.send('cat; echo "cat" $?\r')
    time.sleep(0.7)
    t.send('typed\r')
    t.expect(r'typed\r\ntyped\r\n', 'cat echoes')
    t.send('\x04')
    t.expect(r'cat 0\r\n', 'Ctrl-D ends cat')
    # A pipeline is one job.
    t.send('cat | cat | cat; echo "pipe" $?\r')
    time.sleep(0.7)
    t.send('\x03')
    t.expect(r'\^C', 'Ctrl-C of a pipeline')
    t.expect('PROMPT> ', 'prompt after it')
    # Background reads and writes.
    t.send('cat &\r')
    t.expect(r'PROMPT> ')
    t.line('sleep 0.3; jobs', r'Stopped +(\(tty input\) +)?cat', 'a background job that reads is stopped')
    t.line('kill %1; kill -CONT %1; wait; echo go""ne', r'gone\r\n')
    t.send('stty tostop; (echo from the back) &\r')
    t.expect(r'PROMPT> ')
    t.line('sleep 0.3; jobs', r'Stopped +(\(tty output\) +)?', 'tostop')
    t.line('stty -tostop; fg', r'from the back\r\n', 'and goes on in front')
    # Size.
    t.line('trap "echo winch; stty size" WINCH; echo tr""ap', 'trap\r\n')
    t.resize(40, 132)
    time.sleep(0.3)
    t.send('true\r')
    t.expect(r'winch\r\n.*40 132\r\n', 'SIGWINCH')
    t.line('trap - WINCH; stty size; tput cols', r'40 132\r\n132\r\n')
    # Line editing of the terminal itself.
    t.send('read x; echo "<$x>"\r')
    time.sleep(0.3)
    t.send('abc\x7fd\x15new wo\x17lines\r')
    t.expect(r'\n<new lines>\r\n', 'erase, kill, word erase')
    t.send('read -s x; echo "<$x>"\r')
    time.sleep(0.3)
    t.send('secret\r')
    t.expect(r'<secret>\r\n', 'no echo')
    t.send('stty -echo; read x; stty echo; echo "<$x>"\r')
    time.sleep(0.5)
    t.silent(0.1)
    t.send('hidden\r')
    seen = t.expect(r'<hidden>\r\n', 'stty -echo')
    check('hidden is not echoed', seen and 'hidden' not in seen[:-10], seen)
    # Raw programs.
    t.line("/usr/bin/python3 -c 'import tty, termios, os; a = termios.tcgetattr(0); tty.setraw(0); os.write(1, b\"RAW\"); b = os.read(0, 1); termios.tcsetattr(0, termios.TCSANOW, a); print(b)'", r'\nRAW')
    t.send('\x03')
    t.expect(r"b'\\x03'", 'Ctrl-C is a byte in raw mode')
    t.expect('PROMPT> ')
    t.send('exit 7\r')
    t.ends_with(7, 'exit of bash')
    t.restored('bash')
with bash() as t:
    t.send('set -o emacs\r')
    t.expect('PROMPT> ')
    t.send('echo abd\x02c\r')       # Ctrl-B: back one
    t.expect(r'\nabcd\r\n', 'readline')
    t.send('echo one; false\r')
    t.expect('one\r\n.*PROMPT> ')
    t.send('\x1b[A\r')              # up: again
    t.expect('\none\r\n.*PROMPT> ', 'history')
    t.send('\x04')
    t.ends_with(1, 'Ctrl-D ends bash')
    t.restored('bash with readline')

# --- programs that take the screen
open('text', 'w').write(''.join(f'line {i}\n' for i in range(200)))
with vk('less', 'text') as t:
    t.expect('line 20', 'less')
    t.is_raw('less')
    t.send('G')
    t.expect('line 199', 'less: end')
    t.send('q')
    t.ends_with(0, 'less')
    t.restored('less')
for vi in ('vi', 'busybox'):
    if os.system(f'command -v {vi} > /dev/null'):
        continue
    with vk('sh', '-c', f'{vi if vi == "vi" else "busybox vi"} text; head -n 1 text') as t:
        t.expect('line 10', vi)
        t.is_raw(vi)
        t.send('Ochanged by vi\x1b')
        time.sleep(0.3)
        t.send(':wq\r')
        t.ends_with(0, vi)
        t.expect(r'changed by vi\r\n', f'{vi} has written')
        t.restored(vi)
    check('host file unchanged', open('text').readline() == 'line 0\n')
with vk('/usr/bin/python3', '-q', env={'PYTHONSTARTUP': ''}) as t:
    t.expect('>>> ', 'python prompt')
    t.line('6 * 7', r'\n42\r\n')
    t.line('input("? ")', r'\? ')
    t.line('typed', r"'typed'")
    t.expect('>>> ')
    t.send('while True: pass\r\r')
    time.sleep(0.7)
    t.send('\x03')
    t.expect('KeyboardInterrupt.*>>> ', 'Ctrl-C in python')
    t.send('exit(4)\r')
    t.ends_with(4, 'python')
    t.restored('python')

# --- however it ends, the modes are those of before
RAW = 'import tty, os, signal, time; tty.setraw(0); os.write(1, b"RAW"); '
for what, code, sig, status in [
        ('exit in raw mode', 'os._exit(3)', None, 3),
        ('abort in raw mode', 'os.abort()', None, 134),
        ('SIGKILL itself', 'os.kill(os.getpid(), 9)', None, 137),
        ('SIGTERM of vksup', 'time.sleep(100)', signal.SIGTERM, 143),
        ('SIGHUP of vksup', 'time.sleep(100)', signal.SIGHUP, 129),
        ('SIGINT of vksup', 'signal.signal(2, signal.SIG_DFL); os.write(1, b"!"); time.sleep(100)', signal.SIGINT, 130),
        ('SIGKILL of vksup', 'time.sleep(100)', signal.SIGKILL, 137)]:
    with vk('/usr/bin/python3', '-c', RAW + 'termios = 0; ' + code) as t:
        t.expect('RAW', what)
        if sig:
            t.is_raw(what)
            time.sleep(0.3)
            pids = family(t.pid)
            t.kill(sig)
        t.ends_with(status, what)
        t.restored(what)
        if sig:
            end = time.monotonic() + 5
            while alive(pids) and time.monotonic() < end:
                time.sleep(0.05)
            check(f'{what}: no process is left', not alive(pids), alive(pids))

# --- keys of the host's terminal before the guest has asked for input
for key, status in (('\x03', 130), ('\x1c', 131)):
    with vk('sleep', '100') as t:
        time.sleep(0.5)
        t.send(key)
        t.ends_with(status, f'key {key!r}')
        t.restored(f'key {key!r}')
with vk('bash', '-c', 'trap "echo caught; exit 6" INT; echo ready; while :; do sleep 0.1; done') as t:
    t.expect('ready')
    t.send('\x03')
    t.expect('caught', 'trap INT')
    t.ends_with(6, 'trap INT')
with vk('cat') as t:
    t.send('abc\r')
    t.expect(r'abc\r\nabc\r\n', 'cat')
    t.send('\x03')
    t.ends_with(130, 'Ctrl-C of cat')
    t.restored('Ctrl-C of cat')
with vk('cat') as t:
    t.send('abc\r\x04')
    t.ends_with(0, 'Ctrl-D of cat')

# The terminal goes away: SIGHUP, and everything ends.
t = vk('bash', '--norc', '-i')
t.expect(r'\$ |PROMPT> ')
t.send('sleep 1000 &\r')
t.expect(r'\$ |PROMPT> ')
time.sleep(0.3)
pids = family(t.pid)
os.close(t.s)
os.close(t.m)
end = time.monotonic() + 10
while alive(pids) and time.monotonic() < end:
    time.sleep(0.05)
    os.waitpid(t.pid, os.WNOHANG) if t.pid in alive(pids) else None
check('hang-up ends all', not alive(pids), alive(pids))
for p in alive(pids):
    os.kill(p, 9)

# --- only some of the three are the terminal
with vk('sh', '-c', 'test -t 0; echo $?; test -t 1; echo $?; test -t 2; echo $? >&2', stdio=(True, False, True)) as t:
    t.ends_with(0, 'stdout is a pipe')
    check('stdout is a pipe', os.read(t.ends[1], 100) == b'0\n1\n')
    t.expect('0\r\n', 'stderr is the terminal')
with vk('sh', '-c', 'cat; test -t 1 && echo out', stdio=(False, True, True)) as t:
    os.write(t.ends[0], b'from a pipe\n')
    os.close(t.ends[0])
    t.expect('from a pipe\r\nout\r\n', 'stdin is a pipe')
    t.ends_with(0, 'stdin is a pipe')
    t.restored('stdin is a pipe')
with vk('sh', '-c', 'read x < /dev/tty; echo "<$x>" > /dev/tty', stdio=(False, False, True)) as t:
    t.send('by name\r')
    t.expect('<by name>', '/dev/tty')
    t.ends_with(0, '/dev/tty')
with Term(['sh', '-c', '"$VKSUP" -- seq 3 | cat; "$VKSUP" -- ls -d / | cat; echo end']) as t:
    t.expect('1\r\n2\r\n3\r\n/\r\nend\r\n', 'vksup | cat')
    t.ends_with(0, 'vksup | cat')
    t.restored('vksup | cat')
with Term(['sh', '-c', '"$VKSUP" -- seq 200 | less']) as t:
    t.expect('20', '| less')
    t.send('G')
    t.expect('200', 'less has the keys')
    t.send('q')
    t.ends_with(0, '| less')
with Term(['sh', '-c', 'echo piped | "$VKSUP" -- cat; "$VKSUP" -- true; "$VKSUP" -- cat']) as t:
    t.expect('piped\r\n')
    t.send('typed before\r')
    t.expect(r'typed before\r\ntyped before\r\n', 'type-ahead')
    t.send('\x04')
    t.ends_with(0, 'after each other')

# --- under a shell of the host that has job control
with Term(['bash', '--norc', '--noprofile', '-i']) as t:
    t.expect('PROMPT> ')
    for program in 'sleep 100', 'cat':
        t.send(f'"$VKSUP" -- {program}\r')
        time.sleep(1)
        t.send('\x1a')
        if not t.expect('Stopped.*PROMPT> ', f'Ctrl-Z stops vksup -- {program}'):
            break
        t.line('echo st $?', r'\nst 148\r\n', f'Ctrl-Z of {program}')
        t.line('stty -a | grep -o " icanon"', r'\n icanon', f'modes after Ctrl-Z of {program}')
        t.send('fg\r')
        time.sleep(0.5)
        if program == 'cat':
            t.send('again\r')
            t.expect(r'again\r\n', 'echo after fg')
            t.expect(r'again\r\n', 'cat goes on after fg')
        t.send('\x03')
        t.expect('PROMPT> ', f'Ctrl-C after fg of {program}')
        t.line('echo st $?', r'\nst 130\r\n', f'Ctrl-C after fg of {program}')
    t.send('"$VKSUP" -- sh -c "sleep 0.3; echo from the back" &\r')
    t.expect('from the back', 'in the background')
    t.send('"$VKSUP" -- cat &\r')
    time.sleep(0.7)
    t.line('jobs', 'Stopped', 'a background vksup that reads is stopped')
    t.line('kill -KILL %1 %2 %+; echo e""nd', 'end\r\n')
    t.send('exit\r')
done()
END
