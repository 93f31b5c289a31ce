# vksup-gdb.py - commands for gdb that know the kernel's objects.
#
# gdb loads it with the program: from beside the binary, or from its own
# auto-load directory once vksup is installed.  Everything is read from memory,
# so most of it works on a core file too; what needs the kernel's own code (the
# call as strace(1) writes it, the guest's stack) calls it in the thread that
# has stopped.
import gdb


def value(expr):
    return gdb.parse_and_eval(expr)


def kernel():
    k = value('debug_kernel')
    if int(k) == 0:
        raise gdb.GdbError('the kernel has not booted yet')
    return k.dereference()


def tailq(head, field):
    e = head['tqh_first']
    while int(e) != 0:
        yield e
        e = e[field]['tqe_next']


def procs():
    return tailq(kernel()['procs'], 'all')


def threads(proc):
    return tailq(proc['threads'], 'link')


def text(array):
    return array.string(errors='replace')


def find_proc(arg):
    """The process that was named by its guest pid, or that of the current thread."""
    arg = arg.strip()
    if not arg:
        return current()['proc']
    try:
        pid = int(arg)
    except ValueError:
        raise gdb.GdbError('%s: a guest pid is needed' % arg)
    for p in procs():
        if int(p['pid']) == pid:
            return p
    raise gdb.GdbError('no guest process %d' % pid)


def current():
    """The guest thread that the selected host thread serves."""
    try:
        t = value('curthread')
        if int(t) != 0:
            return t
    except gdb.error:
        pass
    f = gdb.selected_frame()
    while f is not None:                # without thread-local storage: by the frames
        if f.name() in ('guest_loop', 'syscall_call', 'event_syscall'):
            try:
                t = f.read_var('t')
                if not t.is_optimized_out and int(t) != 0:
                    return t
            except (ValueError, gdb.error):
                pass
        f = f.older()
    raise gdb.GdbError('this thread serves no guest')


def call_name(nr):
    row = value('rows')
    for i in range(row.type.range()[1] + 1):
        if int(row[i]['nr']) == nr and int(row[i]['name']) != 0:
            return row[i]['name'].string(), row[i]
    return 'syscall_%#x' % nr, None


def call_raw(t):
    """The call without help from the kernel: names from the table, plain values."""
    name, row = call_name(int(t['nr']))
    n = int(row['nargs']) if row is not None else 6
    args = []
    for i in range(n):
        v = int(t['args'][i])
        args.append('%s=%#x' % (row['args'][i]['name'].string(), v) if row is not None else '%#x' % v)
    return '%s(%s)' % (name, ', '.join(args))


def in_call(t):
    return bool(t['in_syscall']) and int(t['nr']) >= 0


def ask(function, t):
    """Call a function of debug.c in the stopped thread, the others held."""
    old = gdb.parameter('scheduler-locking')
    gdb.execute('set scheduler-locking on', to_string=True)
    try:
        return value('%s((struct thread *)%d)' % (function, int(t))).string(errors='replace')
    finally:
        gdb.execute('set scheduler-locking %s' % old, to_string=True)


def thread_state(t):
    if bool(t['in_guest']):
        return 'running its own code'
    what = call_name(int(t['nr']))[0] if in_call(t) else 'in the kernel'
    c = int(t['parked'])
    return what + (' (waits)' if c != 0 else '')


def dentry_path(path):
    """The name of a struct path, up to the root, through mounts."""
    mnt, d, parts = path['mnt'], path['dentry'], []
    if int(d) == 0:
        return ''
    for _ in range(4096):
        if int(mnt) != 0 and int(d) == int(mnt['root']):
            if int(mnt['parent']) == 0 or int(mnt['covered']) == 0:
                break
            mnt, d = mnt['parent'], mnt['covered']
            continue
        parts.append(d['name'].string(errors='replace'))
        if int(d['parent']) == int(d):
            break
        d = d['parent']
    return '/' + '/'.join(reversed(parts))


def tree(node, field):
    """The entries of a <bsd/sys/tree.h> tree in order."""
    stack = []
    while stack or int(node) != 0:
        while int(node) != 0:
            stack.append(node)
            node = node[field]['rbe_left']
        node = stack.pop()
        yield node
        node = node[field]['rbe_right']


class Command(gdb.Command):
    def __init__(self, name, kind=gdb.COMMAND_STATUS):
        super().__init__(name, kind)
        self.dont_repeat()


class Ps(Command):
    """Guest processes and threads: vk-ps"""

    def invoke(self, arg, tty):
        print('%6s %6s %6s %6s  %-15s %s' % ('PID', 'PPID', 'TID', 'HOST', 'NAME', 'STATE'))
        for p in procs():
            ppid = int(p['parent']['pid']) if int(p['parent']) != 0 else 0
            host = int(p['vm']['space']['hpid']) if int(p['vm']) != 0 else 0
            n = 0
            for t in threads(p):
                n += 1
                print('%6d %6d %6d %6d  %-15s %s' % (int(p['pid']), ppid, int(t['tid']), host,
                                                  text(t['comm']), thread_state(t)))
            if n == 0:
                state = 'init' if ppid == 0 else ('alive', 'zombie', 'dead')[int(p['state'])]
                print('%6d %6d %6s %6s  %-15s %s' % (int(p['pid']), ppid, '-', '-', '', state))


class Current(Command):
    """The guest thread that this thread of the kernel serves: vk-current"""

    def invoke(self, arg, tty):
        t = current()
        print('guest process %d, thread %d (%s): %s' % (
            int(t['proc']['pid']), int(t['tid']), text(t['comm']), thread_state(t)))
        print('struct thread * at %#x, struct proc * at %#x' % (int(t), int(t['proc'])))


class Args(Command):
    """The call that the guest has made, decoded by the table: vk-args"""

    def invoke(self, arg, tty):
        t = current()
        if not in_call(t):
            print('not in a call')
            return
        try:
            print(ask('debug_call_text', t))
        except gdb.error:
            print(call_raw(t))


class Bt(Command):
    """The kernel's stack, then the guest's own under the call: vk-bt"""

    def invoke(self, arg, tty):
        t = current()
        print('kernel, for guest process %d, thread %d (%s):' % (
            int(t['proc']['pid']), int(t['tid']), text(t['comm'])))
        gdb.execute('bt ' + arg)
        if in_call(t):
            try:
                print('guest, in %s:' % ask('debug_call_text', t))
            except gdb.error:
                print('guest, in %s:' % call_raw(t))
        else:
            print('guest:')
        try:
            print(ask('debug_guest_stack', t), end='')
        except gdb.error:
            print('rip %#x, rsp %#x (names need a live process)' % (
                int(t['regs']['rip']), int(t['regs']['rsp'])))


class Fds(Command):
    """Open files of a guest process: vk-fds [PID]"""

    def invoke(self, arg, tty):
        p = find_proc(arg)
        t = next(threads(p), None)
        if t is None or int(t['fds']) == 0:
            raise gdb.GdbError('process %d has no files' % int(p['pid']))
        fds = t['fds']
        for fd in range(int(fds['size'])):
            f = fds['ents'][fd]['file']
            if int(f) == 0:
                continue
            name = dentry_path(f['path'])
            if int(f['path']['mnt']) == 0:
                name = name.lstrip('/')
            print('%4d %-12s %#8o pos %-8d %s%s' % (
                fd, f['ops']['name'].string(), int(f['flags']), int(f['pos']), name,
                ' (cloexec)' if bool(fds['ents'][fd]['cloexec']) else ''))


class Maps(Command):
    """What is mapped in a guest process: vk-maps [PID]"""
    tags = ('', '[stack]', '[heap]', '[vdso]', '[vvar]')

    def invoke(self, arg, tty):
        p = find_proc(arg)
        if int(p['vm']) == 0:
            raise gdb.GdbError('process %d has no memory' % int(p['pid']))
        for e in tree(p['vm']['entries']['rbh_root'], 'node'):
            prot, flags = int(e['prot']), int(e['flags'])
            print('%012x-%012x %s%s%s%s %08x %s' % (
                int(e['start']), int(e['end']), 'r' if prot & 1 else '-', 'w' if prot & 2 else '-',
                'x' if prot & 4 else '-', 's' if flags & 1 else 'p', int(e['off']),
                dentry_path(e['file']['path']) if int(e['file']) != 0 else self.tags[int(e['tag'])]))


Ps('vk-ps')
Current('vk-current')
Args('vk-args')
Bt('vk-bt', gdb.COMMAND_STACK)
Fds('vk-fds', gdb.COMMAND_FILES)
Maps('vk-maps', gdb.COMMAND_DATA)
