# needs: python3 bash
# timeout: 120
# vksup on a terminal: a pty of our own, modes only taken when a guest wants
# input, job control of the guest's shell and of the user's, modes restored.
exec python3 - <<'END'
import fcntl, os, pty, select, signal, struct, sys, termios, time

VK = os.environ["VKSUP"]
bad = 0


class Term:
    """A command on a terminal of its own, typed at and read from by us."""

    def __init__(self, *argv):
        self.buf = b""
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            signal.signal(signal.SIGPIPE, signal.SIG_DFL)
            time.sleep(0.1)		# the size is set below
            os.execvp(argv[0], argv)
        self.size(24, 80)

    def size(self, rows, cols):
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, cols, 0, 0))

    def modes(self):
        return termios.tcgetattr(self.fd)

    def read(self, seconds):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if select.select([self.fd], [], [], 0.02)[0]:
                try:
                    data = os.read(self.fd, 65536)
                except OSError:
                    return
                self.buf += data

    def write(self, data):
        os.write(self.fd, data)

    def until(self, pattern, seconds=20):
        """Read on until pattern has come: what was before it, or None."""
        end = time.monotonic() + seconds
        while pattern not in self.buf:
            if time.monotonic() > end:
                print("no", pattern, "in", self.buf[-300:])
                return None
            self.read(0.02)
        before, _, self.buf = self.buf.partition(pattern)
        return before

    def raw(self, seconds=20):
        """Wait until vksup has taken the modes."""
        end = time.monotonic() + seconds
        while self.modes()[3] & termios.ICANON and time.monotonic() < end:
            self.read(0.02)
        return not self.modes()[3] & termios.ICANON

    def status(self, seconds=20):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            pid, st = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.read(0.05)
                return os.waitstatus_to_exitcode(st)
            self.read(0.02)
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        return "no exit"


def check(name, ok, *more):
    global bad
    if not ok:
        bad += 1
        print("FAILED:", name, *more)


def plain():
    t = Term(VK, "--", "sh", "-c", "echo one; echo two")
    modes = t.modes()
    check("output", t.status() == 0 and t.buf == b"one\r\ntwo\r\n", t.buf)
    check("modes are left alone", t.modes() == modes)
    t = Term(VK, "--", "seq", "1", "50000")
    check("all output comes", t.status() == 0 and
          t.buf == b"".join(b"%d\r\n" % i for i in range(1, 50001)), len(t.buf))


def some_only():
    t = Term("sh", "-c", f"{VK} -- echo x | cat; echo abc | {VK} -- cat; "
             f"{VK} -- sh -c 'for i in 0 1 2; do test -t $i; echo $?; done' </dev/null")
    check("only what is the terminal is one", t.status() == 0 and
          t.buf == b"x\r\nabc\r\n1\r\n0\r\n0\r\n", t.buf)
    t = Term("bash", "-c", f"{VK} -- yes | head -1; echo ${{PIPESTATUS[0]}}")
    check("yes | head", t.status() == 0 and t.buf == b"y\r\n141\r\n", t.buf)
    t = Term("sh", "-c", f"{VK} -- sleep 1; read x; echo got:$x")
    t.read(0.5)
    t.write(b"typed\r")
    check("what is typed ahead is left", t.until(b"got:typed") is not None)
    t.status()


def guest_shell():
    t = Term(VK, "--", "bash", "--norc", "--noprofile", "-i")
    modes = t.modes()
    check("raw", t.raw())
    t.write(b"tty; stty size; echo A$((1+1))B\r")
    got = t.until(b"A2B\r\n") or b""
    check("its own terminal", b"/dev/pts/0\r\n24 80\r\n" in got, got)
    t.size(30, 100)
    os.kill(t.pid, signal.SIGWINCH)
    time.sleep(0.2)
    t.write(b"stty size\r")
    check("window size", t.until(b"30 100") is not None)
    t.write(b"echo go; sleep 100\r")
    t.until(b"\ngo\r")
    time.sleep(0.3)
    t.write(b"\x03")
    time.sleep(0.2)
    t.write(b"echo rc=$?\r")
    check("ctrl-c", t.until(b"rc=130") is not None)
    t.write(b"echo go; sleep 100\r")
    t.until(b"\ngo\r")
    time.sleep(0.3)
    t.write(b"\x1a")
    check("ctrl-z", t.until(b"Stopped") is not None)
    t.write(b"kill -9 %1; echo go; cat\r")
    t.until(b"\ngo\r")
    time.sleep(0.3)
    t.write(b"hel\x7flo\r")
    check("line editing", t.until(b"hel\x08 \x08lo\r\nhelo\r\n") is not None)
    t.write(b"\x04")
    time.sleep(0.2)
    t.write(b"exit 7\r")
    check("status", t.status() == 7)
    check("modes restored", t.modes() == modes)


def deaths():
    for sig in signal.SIGHUP, signal.SIGKILL:
        t = Term(VK, "--", "bash", "--norc", "--noprofile", "-i")
        modes = t.modes()
        t.raw()
        os.kill(t.pid, sig)
        t.status()
        time.sleep(0.5)
        check(f"modes restored after {sig.name}", t.modes() == modes)
    t = Term(VK, "--", "sleep", "50")
    t.read(0.7)
    t.write(b"\x03")
    check("ctrl-c without a reader", t.status() in (130, -signal.SIGINT))
    t = Term(VK, "--", "sh", "-c", "read x; sleep 50")
    t.raw()
    os.close(t.fd)
    end = time.monotonic() + 10
    pid = 0
    while not pid and time.monotonic() < end:
        pid = os.waitpid(t.pid, os.WNOHANG)[0]
        time.sleep(0.05)
    check("the terminal goes away", pid != 0)


def user_shell():
    t = Term("bash", "--norc", "--noprofile", "-i")
    t.write(b"PS1=\r")
    t.read(0.5)
    t.write(f"{VK} -- sh -c 'echo go; while :; do :; done'\r".encode())
    t.until(b"\ngo\r")
    time.sleep(0.3)
    t.write(b"\x1a")
    check("stopped by the user's shell", t.until(b"Stopped") is not None)
    t.write(b"fg\r")
    time.sleep(0.7)
    t.write(b"\x03")
    time.sleep(0.5)
    t.write(b"echo rc=$?\r")
    check("and goes on", t.until(b"rc=130") is not None)
    t.write(f"{VK} -- cat &\r".encode())
    time.sleep(1)
    t.write(b"\r")
    check("a reader in the background stops", t.until(b"Stopped") is not None)
    t.write(b"fg\r")
    time.sleep(0.5)
    t.write(b"hey\r")
    check("and reads in the foreground", t.until(b"hey\r\nhey\r\n") is not None)
    t.write(b"\x04")
    time.sleep(0.3)
    t.write(b"echo rc=$?\r")
    check("to the end", t.until(b"rc=0") is not None)
    t.write(b"exit\r")
    t.status()


for part in plain, some_only, guest_shell, deaths, user_shell:
    part()
sys.exit(bad != 0)
END
