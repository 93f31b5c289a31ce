#!/bin/bash
# python3: subprocess, threading, multiprocessing, asyncio, sqlite3, tempfile, mmap, signal and more.
# timeout: 120
# needs: /usr/bin/python3
export LC_ALL=C.UTF-8 PYTHONHASHSEED=0 PYTHONDONTWRITEBYTECODE=1 PATH=/usr/bin:/bin
cat > sub.py <<'END'
import os, subprocess, sys
run = lambda *a, **k: subprocess.run(a, capture_output=True, text=True, **k)
print(run('echo', 'hi'), run('sh', '-c', 'echo err >&2; exit 3').stderr, run('cat', input='x' * 100000).stdout.count('x'))
print(subprocess.call(['sh', '-c', 'kill -9 $$']), subprocess.getstatusoutput('exit 5'), subprocess.check_output('seq 3 | tail -1', shell=True))
for what in (['/no/such'], ['/'], [__file__]):
    try: subprocess.run(what)
    except OSError as e: print(type(e).__name__, e.errno)
try: subprocess.run(['sleep', '5'], timeout=0.1)
except subprocess.TimeoutExpired as e: print('timeout', round(e.timeout, 1))
a = subprocess.Popen(['yes'], stdout=subprocess.PIPE); b = subprocess.Popen(['head', '-n', '2'], stdin=a.stdout, stdout=subprocess.PIPE); a.stdout.close()
print(b.communicate(), a.wait())
p = subprocess.Popen(['cat'], stdin=-1, stdout=-1, text=True, bufsize=1, start_new_session=True, close_fds=True, cwd='/')
p.stdin.write('line\n'); print(p.stdout.readline(), os.getsid(p.pid) == p.pid); p.terminate(); print(p.wait())
r, w = os.pipe(); print(run('sh', '-c', f'echo passed >&{w}', pass_fds=[w]).returncode, os.read(r, 20))
print(run('env', env={'A': '1'}).stdout, run('sh', '-c', 'umask', umask=0o77).stdout, run('id', '-u').returncode, run('pwd', preexec_fn=lambda: os.chdir('/tmp')).stdout)
ps = [subprocess.Popen(['sh', '-c', f'exit {i}']) for i in range(50)]; print(sum(p.wait() for p in ps))
pid = os.posix_spawn('/bin/sh', ['sh', '-c', 'exit 9'], os.environ); print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
print(os.popen('echo popen').read(), os.system('exit 2') >> 8, sys.executable)
END
cat > thr.py <<'END'
import concurrent.futures, queue, threading, time
n = 0; lock = threading.Lock(); out = []
def work(k):
    global n
    for _ in range(1000):
        with lock: n += 1
ts = [threading.Thread(target=work, args=(i,)) for i in range(8)]; [t.start() for t in ts]; [t.join() for t in ts]; print(n)
q = queue.Queue(5); res = []
def cons():
    while (x := q.get()) is not None: res.append(x * x)
c = threading.Thread(target=cons); c.start(); [q.put(i) for i in range(500)]; q.put(None); c.join(); print(sum(res))
b = threading.Barrier(10); order = []; ts = [threading.Thread(target=lambda: order.append(b.wait())) for _ in range(10)]; [t.start() for t in ts]; [t.join() for t in ts]; print(sorted(order))
e = threading.Event(); print(e.wait(0.05)); threading.Timer(0.05, e.set).start(); print(e.wait(5)); cv = threading.Condition(); ready = []
def waiter():
    with cv: cv.wait_for(lambda: ready); out.append(ready[0])
ts = [threading.Thread(target=waiter) for _ in range(5)]; [t.start() for t in ts]
with cv: ready.append('go'); cv.notify_all()
[t.join() for t in ts]; print(out); s = threading.Semaphore(3); print(s.acquire(timeout=0.1), threading.active_count())
with concurrent.futures.ThreadPoolExecutor(8) as ex: print(sum(ex.map(lambda x: (time.sleep(0.001), x)[1], range(200))))
l = threading.local(); l.x = 1; threading.Thread(target=lambda: print(hasattr(l, 'x'))).start(); time.sleep(0.05); e = threading.Event(); t = [threading.Thread(target=e.wait) for _ in range(100)]; [x.start() for x in t]; print(threading.active_count()); e.set(); [x.join() for x in t]
END
cat > mp.py <<'END'
import multiprocessing as mp, os, sys, time
from multiprocessing import shared_memory
def sq(x): return x * x
def child(conn, q, v, lk):
    for _ in range(100):
        with lk: v.value += 1
    q.put(conn.recv()); conn.send('pong'); sys.exit(3)
def boom(): os.kill(os.getpid(), 9)
def shm(name): s = shared_memory.SharedMemory(name); s.buf[0] = 42; s.close()
if __name__ == '__main__':
    for how in ('fork', 'spawn', 'forkserver'):
        c = mp.get_context(how)
        with c.Pool(3) as p: print(how, sum(p.map(sq, range(1000))), p.apply(sq, (7,)), list(p.imap(sq, range(5))))
        a, b = c.Pipe(); q = c.Queue(); v = c.Value('i', 0); lk = c.Lock(); ps = [c.Process(target=child, args=(b, q, v, lk)) for _ in range(1)]
        [p.start() for p in ps]; a.send({'x': [1, 2]}); print(q.get(), a.recv()); [p.join() for p in ps]; print([p.exitcode for p in ps], v.value)
        p = c.Process(target=boom); p.start(); p.join(); print(p.exitcode)
        s = shared_memory.SharedMemory(create=True, size=4096); p = c.Process(target=shm, args=(s.name,)); p.start(); p.join(); print(s.buf[0]); s.close(); s.unlink()
    with mp.Manager() as m: d = m.dict(a=1); d['b'] = 2; print(dict(d))
    e = mp.Event(); p = mp.Process(target=e.wait); p.start(); e.set(); p.join(5); print(p.exitcode); p = mp.Process(target=time.sleep, args=(50,)); p.start(); p.terminate(); p.join(); print(p.exitcode)
END
cat > aio.py <<'END'
import asyncio, os, signal, socket
async def tcp():
    async def serve(r, w):
        while d := await r.readline(): w.write(d.upper()); await w.drain()
        w.close()
    s = await asyncio.start_server(serve, '127.0.0.1', 0); port = s.sockets[0].getsockname()[1]
    async def client(i):
        r, w = await asyncio.open_connection('127.0.0.1', port)
        for k in range(5): w.write(f'c{i} {k}\n'.encode()); l = await r.readline()
        w.close(); await w.wait_closed(); return l
    print(sorted(await asyncio.gather(*[client(i) for i in range(20)]))[:3]); s.close(); await s.wait_closed()
async def main():
    await tcp(); print(await asyncio.gather(*[asyncio.sleep(0.01 * (i % 3), i) for i in range(10)]))
    p = await asyncio.create_subprocess_exec('tr', 'a-z', 'A-Z', stdin=-1, stdout=-1); print((await p.communicate(b'async'))[0], p.returncode)
    p = await asyncio.create_subprocess_shell('exit 7'); print(await p.wait()); ps = [await asyncio.create_subprocess_exec('sh', '-c', f'exit {i}') for i in range(20)]; print(sum([await p.wait() for p in ps]))
    try: await asyncio.wait_for(asyncio.sleep(5), 0.05)
    except asyncio.TimeoutError: print('timeout')
    ev = asyncio.Event(); asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, ev.set); os.kill(os.getpid(), signal.SIGUSR1); await asyncio.wait_for(ev.wait(), 5); print('signal')
    path = 'sock'; s = await asyncio.start_unix_server(lambda r, w: (w.write(b'unix'), w.close()), path); r, w = await asyncio.open_unix_connection(path); print(await r.read()); w.close(); s.close()
    print(await asyncio.to_thread(sum, range(1000))); q = asyncio.Queue(); asyncio.get_running_loop().call_later(0.02, q.put_nowait, 'later'); print(await q.get()); a, b = socket.socketpair(); a.setblocking(False); b.setblocking(False); loop = asyncio.get_running_loop(); t = asyncio.create_task(loop.sock_recv(a, 10)); await loop.sock_sendall(b, b'pair'); print(await t)
    t = asyncio.create_task(asyncio.sleep(10)); await asyncio.sleep(0); t.cancel()
    try: await t
    except asyncio.CancelledError: print('cancelled')
asyncio.run(main())
END
cat > misc.py <<'END'
import ctypes, fcntl, glob, hashlib, json, mmap, os, pathlib, pty, resource, select, selectors, shutil, signal, socket, sqlite3, stat, sys, tempfile, time, zipfile, tarfile, bz2, lzma, gzip, termios, contextlib, errno
# sqlite3
db = sqlite3.connect('t.db'); db.execute('pragma journal_mode=wal'); db.execute('create table t(a integer primary key, b text)')
with db: db.executemany('insert into t(b) values(?)', [(f'row {i}',) for i in range(5000)])
print(db.execute('select count(*), max(b) from t').fetchone(), sorted(glob.glob('t.db*'))); o = sqlite3.connect('t.db', timeout=0.1); o.execute('begin immediate')
try: db.execute('delete from t')
except sqlite3.OperationalError as e: print(e)
o.rollback(); db.close(); o.close(); print(glob.glob('t.db*'))
# tempfile, mmap, files
with tempfile.TemporaryDirectory(dir='.') as d, tempfile.NamedTemporaryFile(dir=d) as f, tempfile.TemporaryFile() as u, tempfile.SpooledTemporaryFile(10) as s:
    f.write(b'0' * 10000); f.flush(); u.write(b'anon'); u.seek(0); s.write(b'x' * 20); print(os.path.getsize(f.name), u.read(), s.tell(), oct(os.stat(f.name).st_mode & 0o777))
    with mmap.mmap(f.fileno(), 0) as m: m[100:103] = b'abc'; m.flush(); print(m.find(b'abc'), os.pread(f.fileno(), 5, 99)); m.resize(20000); print(len(m), os.path.getsize(f.name))
    m = mmap.mmap(-1, 8192); r = os.fork()
    if r == 0: m[0:5] = b'child'; os._exit(0)
    os.waitpid(r, 0); print(m[:5]); p = mmap.mmap(f.fileno(), 4096, mmap.MAP_PRIVATE); p[0] = 65; print(os.pread(f.fileno(), 1, 0)); m.madvise(mmap.MADV_DONTNEED); m.close()
p = pathlib.Path('tree'); [(p / str(i) / 'x').mkdir(parents=True) for i in range(20)]; [(p / str(i) / 'f').write_text('t' * i) for i in range(20)]; print(len(list(p.rglob('*'))), sum(x.stat().st_size for x in p.glob('*/f')))
shutil.copytree('tree', 'copy', symlinks=True); shutil.move('copy', 'moved'); shutil.make_archive('a', 'gztar', 'moved'); shutil.unpack_archive('a.tar.gz', 'un'); print(len(list(pathlib.Path('un').rglob('f')))); shutil.rmtree('tree'); print(os.path.exists('tree'), [os.path.getsize(e.path) for e in sorted(os.scandir('moved/7'), key=lambda e: e.name) if e.is_file()])
fd = os.open('o', os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o640); os.write(fd, b'0123456789'); print(os.lseek(fd, -3, 2), os.read(fd, 2), os.fstat(fd).st_mode & 0o777); os.ftruncate(fd, 3); fcntl.flock(fd, fcntl.LOCK_EX); fcntl.lockf(fd, fcntl.LOCK_EX); f2 = os.open('o', os.O_RDWR)
try: fcntl.flock(f2, fcntl.LOCK_EX | fcntl.LOCK_NB)
except BlockingIOError as e: print(e.strerror)
os.symlink('o', 'l'); os.link('o', 'h'); os.rename('h', 'h2'); print(os.readlink('l'), os.stat('o').st_nlink); os.utime('o', ns=(1, 2)); print(os.stat('o').st_mtime_ns); os.chmod('o', 0o600); print(stat.filemode(os.stat('o').st_mode)); os.sendfile(f2, fd, 0, 3); print(os.access('o', os.X_OK), os.path.realpath('l') == os.path.realpath('o'))
try: os.mkdir('moved')
except FileExistsError as e: print(e.errno == errno.EEXIST)
# signals
got = []; signal.signal(signal.SIGUSR1, lambda s, f: got.append(s)); [os.kill(os.getpid(), signal.SIGUSR1) for _ in range(5)]; print(got); signal.signal(signal.SIGALRM, lambda *a: (_ for _ in ()).throw(TimeoutError)); signal.setitimer(signal.ITIMER_REAL, 0.05)
try: time.sleep(5)
except TimeoutError: print('alarm')
signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR2}); os.kill(os.getpid(), signal.SIGUSR2); print(signal.sigpending(), signal.sigwait({signal.SIGUSR2}), signal.sigtimedwait([signal.SIGUSR2], 0.01)); r, w = os.pipe(); os.set_blocking(w, False); signal.set_wakeup_fd(w); os.kill(os.getpid(), signal.SIGUSR1); print(os.read(r, 5))
try: signal.raise_signal(signal.SIGINT)
except KeyboardInterrupt: print('KeyboardInterrupt')
# polling, sockets, pty
p = select.poll(); p.register(r, select.POLLIN); print(p.poll(10)); os.write(w, b'x'); print([e for _, e in p.poll(10)]); ep = select.epoll(); ep.register(r, select.EPOLLIN | select.EPOLLET); print(len(ep.poll(0.1)), len(ep.poll(0.01))); ep.close(); a, b = socket.socketpair(); sel = selectors.DefaultSelector(); sel.register(a, selectors.EVENT_READ); b.send(b'hi'); print(len(sel.select(1)), a.recv(9)); socket.send_fds(a, [b'f'], [fd]); print(os.fstat(socket.recv_fds(b, 1, 1)[1][0]).st_size)
u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); u.bind(('127.0.0.1', 0)); u.sendto(b'udp', u.getsockname()); print(u.recvfrom(10)[0]); u.settimeout(0.05)
try: u.recv(1)
except TimeoutError as e: print(e)
pid, m = pty.fork()
if pid == 0: print('isatty', os.isatty(0), os.get_terminal_size()); sys.stdout.flush(); os._exit(3)
print(os.read(m, 100), os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
# the rest
print(resource.getrlimit(resource.RLIMIT_CORE)[0], resource.getrusage(resource.RUSAGE_SELF).ru_maxrss > 1000, os.cpu_count() > 0, len(os.sched_getaffinity(0)) > 0, os.nice(0) == os.getpriority(0, 0)); print(hashlib.sha256(b'x' * 10**7).hexdigest(), len(json.dumps(list(range(10000))))); [print(len(m.decompress(m.compress(b'ab' * 10**5)))) for m in (bz2, lzma, gzip)]
l = ctypes.CDLL(None, use_errno=True); print(l.getpid() == os.getpid(), ctypes.string_at(b'abc'), l.open(b'/no', 0), ctypes.get_errno()); fdm = os.memfd_create('m'); os.write(fdm, b'mem'); print(os.pread(fdm, 3, 0)); print(time.clock_gettime(time.CLOCK_MONOTONIC) > 0, time.process_time() > 0, os.times().user > 0); e = os.eventfd(3) if hasattr(os, 'eventfd') else -1; print(os.eventfd_read(e)); pf = os.pidfd_open(os.getpid()); os.close(pf); print(os.uname().sysname, os.getrandom(4) != os.urandom(4)); print(os.path.ismount('/proc'), os.getcwd() == os.path.realpath('.'), len(os.listdir('/proc/self/fd')) > 3); x = os.wait3(os.WNOHANG) if False else 0; b = bytearray(300 << 20); b[::4096] = b'1' * len(b[::4096]); print(sum(b) // 49); del b; sys.setrecursionlimit(10**5); f = lambda n: n and 1 + f(n - 1); print(f(5000))
END
for f in sub thr mp aio misc; do echo "-- $f"; /usr/bin/python3 -W error::ResourceWarning:none $f.py 2>&1 || echo "status $?"; done
echo 'print("stdin", __name__)' | /usr/bin/python3 - a; /usr/bin/python3 -c 'import sys; sys.exit("message")'; echo "$?"; /usr/bin/python3 -c 'raise ValueError("x")' 2>&1 | tail -n 1
{ /usr/bin/python3 -c 'import os; os.abort()'; } 2>/dev/null; echo "$?"; /usr/bin/python3 -m json.tool <<< '{"a":1}'; /usr/bin/python3 -m zipfile -l /dev/null 2>&1 | tail -n 1 | cut -c 1-20; /usr/bin/python3 -m timeit -n 1 -r 1 pass | wc -l; /usr/bin/python3 -c 'import faulthandler; faulthandler.enable(); faulthandler._sigsegv()' 2>&1 | head -n 1
/usr/bin/python3 -m compileall -q sub.py; ls __pycache__; mkdir pkg; echo 'x = 5' > pkg/__init__.py; /usr/bin/python3 -c 'import pkg; print(pkg.x)'
