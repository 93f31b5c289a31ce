"""A program on a pseudo-terminal, for the tests here: what a user at a terminal would see."""
import errno
import fcntl
import os
import re
import select
import signal
import struct
import sys
import termios
import time

VKSUP = os.environ['VKSUP']
failures = 0


def check(what, good, more=''):
    global failures
    if not good:
        failures += 1
        print(f'FAILED: {what} {more!r}', flush=True)


class Term:
    """argv on a terminal of its own, as the leader of its session; with stdin=... not all of 0, 1, 2 are it."""

    def __init__(self, argv, rows=24, cols=80, stdio=(True, True, True), env=None):
        self.m, self.s = os.openpty()
        self.resize(rows, cols)
        self.before = termios.tcgetattr(self.s)
        self.out = ''
        self.status = None
        files = [None, None, None]
        self.ends = {}
        for n, tty in enumerate(stdio):
            if not tty:
                r, w = os.pipe()
                files[n], self.ends[n] = (r, w) if n == 0 else (w, r)
        self.pid = os.fork()
        if self.pid == 0:
            os.setsid()
            fcntl.ioctl(self.s, termios.TIOCSCTTY, 0)
            for n in range(3):
                os.dup2(self.s if files[n] is None else files[n], n)
            os.closerange(3, 1000)
            for sig in (signal.SIGINT, signal.SIGQUIT, signal.SIGPIPE):
                signal.signal(sig, signal.SIG_DFL)
            os.execvpe(argv[0], argv, {**os.environ, 'TERM': 'vt100', 'PS1': 'PROMPT> ', **(env or {})})
        for f in files:
            if f is not None:
                os.close(f)

    def resize(self, rows, cols):
        fcntl.ioctl(self.m, termios.TIOCSWINSZ, struct.pack('HHHH', rows, cols, 0, 0))

    def pump(self, seconds):
        if select.select([self.m], [], [], seconds)[0]:
            try:
                self.out += os.read(self.m, 65536).decode(errors='replace')
            except OSError as e:
                if e.errno != errno.EIO:
                    raise
                time.sleep(seconds)

    def send(self, text):
        os.write(self.m, text.encode())

    def expect(self, regex, what='', seconds=15):
        """Wait for a match in what has not been matched before; its text, or None and a failure."""
        end = time.monotonic() + seconds
        while True:
            m = re.search(regex, self.out, re.S)
            if m:
                self.out = self.out[m.end():]
                return m.group(0)
            if time.monotonic() > end:
                check(f'{what or regex}: not seen; there is', False, self.out[-500:])
                return None
            self.pump(0.05)

    def line(self, command, regex, what=''):
        self.send(command + '\r')
        # Sent before the prompt was there, the output comes behind that.
        if regex.startswith(r'\n'):
            regex = '(?:[\r\n]|> )' + regex[2:]
        return self.expect(regex, what or command)

    def silent(self, seconds):
        """What came in this time."""
        end = time.monotonic() + seconds
        self.out = ''
        while time.monotonic() < end:
            self.pump(0.05)
        return self.out

    def modes(self):
        return termios.tcgetattr(self.s)

    def restored(self, what):
        end = time.monotonic() + 5
        while self.modes() != self.before and time.monotonic() < end:
            time.sleep(0.02)
        check(f'{what}: terminal modes are back', self.modes() == self.before, self.modes()[:4])

    def is_raw(self, what):
        end = time.monotonic() + 10
        while self.modes()[3] & termios.ICANON and time.monotonic() < end:
            self.pump(0.02)
        check(f'{what}: is raw', not self.modes()[3] & termios.ICANON)

    def kill(self, sig):
        os.kill(self.pid, sig)

    def wait(self, seconds=15):
        """The status as a shell has it; None if it has not ended."""
        end = time.monotonic() + seconds
        while self.status is None:
            pid, st = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                c = os.waitstatus_to_exitcode(st)
                self.status = c if c >= 0 else 128 - c
            elif time.monotonic() > end:
                return None
            else:
                self.pump(0.02)
        return self.status

    def ends_with(self, status, what):
        got = self.wait()
        check(f'{what}: status', got == status, got)

    def close(self):
        if self.status is None:
            for pid in family(self.pid):
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass
            self.wait()
        os.close(self.m)
        os.close(self.s)

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.close()


def family(root):
    parent = {}
    for pid in filter(str.isdigit, os.listdir('/proc')):
        try:
            with open(f'/proc/{pid}/stat') as f:
                parent[int(pid)] = int(f.read().rpartition(')')[2].split()[1])
        except OSError:
            pass
    out = {root}
    while True:
        more = {p for p, q in parent.items() if q in out} - out
        if not more:
            return out
        out |= more


def alive(pids):
    left = []
    for pid in pids:
        try:
            with open(f'/proc/{pid}/stat') as f:
                if f.read().rpartition(')')[2].split()[0] not in 'ZX':
                    left.append(pid)
        except OSError:
            pass
    return left


def vk(*argv, **kw):
    return Term([VKSUP, '--keep-env', '--', *argv], **kw)


def bash(**kw):
    """An interactive bash under vksup, at its prompt."""
    t = vk('bash', '--norc', '--noprofile', '-i', **kw)
    t.expect(r'PROMPT> ', 'prompt of bash')
    t.line('bind "set enable-bracketed-paste off" 2>/dev/null; set +o emacs; echo re""ady', r'ready\r\n')
    t.expect(r'PROMPT> ')
    return t


def done():
    sys.exit(failures != 0)
