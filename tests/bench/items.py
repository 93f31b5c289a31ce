"""What the bench measures: the list of work, its targets, and how it is prepared."""
import glob
import os
import shutil
import subprocess
import tarfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.realpath(__file__))))


class Skip(Exception):
    """The item cannot be measured here; the text says why."""


class Item:
    """One piece of work.

    limits: targets, as (metric, limit): "wall" and "cpu" are ratios to native,
    "ns" is vksup's own time for one operation.
    """
    def __init__(self, name, what, limits=(), long=False):
        self.name, self.what, self.long = name, what, long
        self.limits = [limits] if limits and isinstance(limits[0], str) else list(limits)
        self.cpu = False        # hold everything to one CPU


class Micro(Item):
    kind = "micro"

    def __init__(self, name, what, limits=(), program=None, cpu=False, ms=1, only=None):
        super().__init__(name, what, limits)
        self.program, self.cpu, self.ms, self.only = program or name, cpu, ms, only


class Program(Item):
    kind = "program"

    def __init__(self, name, what, command, limits=(), prepare=None, long=False, runs=1):
        super().__init__(name, what, limits, long)
        self.command, self.prepare_work, self.runs = command, prepare, runs

    def setup(self, bench):
        """Once, before the first round: everything this needs is there, or Skip."""
        self.dir = os.path.join(bench.work, self.name)
        os.makedirs(self.dir, exist_ok=True)
        argv = self.command(bench, self) if callable(self.command) else self.command
        self.argv = argv.split() if isinstance(argv, str) else argv

    def prepare(self):
        """Before each run, as what ran last may have left its output."""
        if self.prepare_work:
            self.prepare_work(self)


# --- sources, from the distribution ---------------------------------------------

def run(argv, cwd=None):
    p = subprocess.run(argv, cwd=cwd, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                       stderr=subprocess.STDOUT, text=True, errors="replace")
    if p.returncode != 0:
        last = p.stdout.strip().splitlines() or ["no output"]
        raise Skip(f"{os.path.basename(argv[0])} failed: {last[-1][:150]}")
    return p.stdout


def apt_options(cache):
    """apt with lists and a cache of its own: nothing of the system's is changed."""
    apt = os.path.join(cache, "apt")
    os.makedirs(os.path.join(apt, "lists", "partial"), exist_ok=True)
    os.makedirs(os.path.join(apt, "parts"), exist_ok=True)
    sources = os.path.join(apt, "sources.list")
    options = ["-q", "-o", f"Dir::Etc::SourceList={sources}", "-o", "APT::Sandbox::User=root",
               "-o", f"Dir::Etc::SourceParts={apt}/parts", "-o", f"Dir::Cache={apt}",
               "-o", f"Dir::State::Lists={apt}/lists"]
    if not os.path.exists(sources):
        lines = run(["apt-get", "indextargets", "--format",
                     "$(ORIGIN) $(REPO_URI) $(RELEASE) $(COMPONENT)", "Created-By: Packages"])
        key = "/usr/share/keyrings/debian-archive-keyring.gpg"
        signed = f"[signed-by={key}] " if os.path.exists(key) else ""
        found = {"deb-src " + signed + line.split(" ", 1)[1] for line in lines.splitlines()
                 if line.startswith("Debian ")}
        if not found:
            raise Skip("apt knows no sources of Debian")
        with open(sources + ".new", "w") as f:
            f.write("".join(sorted(s + "\n" for s in found)))
        run(["apt-get", *options, "-o", f"Dir::Etc::SourceList={sources}.new", "update"])
        os.rename(sources + ".new", sources)
    return options


def source(bench, package):
    """The unpacked upstream source of a Debian package."""
    cache = os.path.join(bench.dir, "src")
    tree = os.path.join(cache, package)
    if os.path.isdir(tree):
        return tree
    os.makedirs(cache, exist_ok=True)
    pattern = os.path.join(cache, package + "_*.orig.tar.[gx]z")
    if not glob.glob(pattern):
        bench.say(f"fetching the source of {package}")
        run(["apt-get", *apt_options(bench.dir), "source", "--download-only", package], cwd=cache)
    found = glob.glob(pattern)
    if not found:
        raise Skip(f"apt-get source {package} brought no .orig.tar")
    shutil.rmtree(tree + ".new", ignore_errors=True)
    with tarfile.open(found[0]) as t:
        t.extractall(tree + ".new")
    inner = os.listdir(tree + ".new")
    os.rename(os.path.join(tree + ".new", inner[0]) if len(inner) == 1 else tree + ".new", tree)
    shutil.rmtree(tree + ".new", ignore_errors=True)
    return tree


def empty(item):
    shutil.rmtree(item.dir, ignore_errors=True)
    os.makedirs(item.dir)


def configure_hello(bench, item):
    return [os.path.join(source(bench, "hello"), "configure")]


def make_hello(bench, item):
    if not os.path.exists(os.path.join(item.dir, "Makefile")):
        run([os.path.join(source(bench, "hello"), "configure")], cwd=item.dir)
    return "make -s"


def make_lua(jobs):
    def command(bench, item):
        if not os.path.exists(os.path.join(item.dir, "Makefile")):
            shutil.copytree(source(bench, "lua5.4"), item.dir, dirs_exist_ok=True)
        return f"make -s {jobs}linux"
    return command


def clean(item):
    run(["make", "-s", "clean"], cwd=item.dir)


def sqlite(bench, item):
    c = os.path.join(item.dir, "sqlite3.c")
    if not os.path.exists(c):
        if not shutil.which("tclsh"):
            raise Skip("no tclsh, which makes the amalgamation")
        tree = source(bench, "sqlite3")
        build = os.path.join(bench.dir, "src", "sqlite3-build")
        os.makedirs(build, exist_ok=True)
        bench.say("making SQLite's amalgamation")
        run([os.path.join(tree, "configure"), "--disable-tcl"], cwd=build)
        run(["make", "-s", "sqlite3.c"], cwd=build)
        shutil.copy(os.path.join(build, "sqlite3.c"), c)
    return "gcc -O1 -c -o sqlite3.o sqlite3.c"


def repository(command):
    """In a copy of this repository, as others may be at work in the real one."""
    def make(bench, item):
        if not os.path.isdir(os.path.join(ROOT, ".git")):
            raise Skip("not in a git repository")
        shutil.rmtree(item.dir, ignore_errors=True)
        run(["git", "clone", "-q", "--no-hardlinks", ROOT, item.dir])
        # Times of files and of the index in the same second make git read the files.
        for folder, _, names in os.walk(item.dir):
            for name in names if "/.git" not in folder else []:
                os.utime(os.path.join(folder, name), (1e9, 1e9), follow_symlinks=False)
        run(["git", "status"], cwd=item.dir)
        return command
    return make


# --- the list ----------------------------------------------------------------------

HOST = [
    ("call", "null system call"),
    ("trap", "SIGSYS with an empty handler"),
    ("futex_same", "futex wake, there and back, on one CPU"),
    ("futex_other", "the same between two CPUs"),
    ("futex_free", "the same, left to the scheduler"),
    ("spin", "spinning, there and back, two CPUs"),
    ("fault", "page fault, anonymous, 4 KiB"),
    ("cpuid", "cpuid"),
]

ITEMS = [
    Micro("getppid", "getppid", ("wall", 0.5)),
    Micro("getuid", "getuid", ("wall", 0.5)),
    Micro("sigprocmask", "sigprocmask", ("wall", 0.5)),
    Micro("lseek", "lseek", ("wall", 0.5)),
    Micro("null", "null call, always forwarded (personality)", ("ns", 1000)),
    Micro("null_1cpu", "the same, without a free CPU", ("ns", 8000), program="null", cpu=True),
    Micro("null_2", "the same, 2 busy guests", ms=10),
    Micro("null_4", "the same, 4 busy guests", ms=10),
    Micro("null_8", "the same, 8 busy guests", ms=10),
    Micro("busy_1", "computing, 1 guest", ms=2),
    Micro("busy_2", "computing, 2 guests at once", ms=10),
    Micro("clock", "clock_gettime (vDSO)", ("wall", 1.05)),
    Micro("stat", "stat, there", ("wall", 1.0)),
    Micro("stat_enoent", "stat, ENOENT", ("wall", 1.0)),
    Micro("readlink_dir", "readlink of a directory (EINVAL)", ("wall", 1.0)),
    Micro("access", "access"),
    Micro("open_1k", "open+fstat+read+close, 1 KiB", ("wall", 2.5)),
    Micro("open_64k", "open+fstat+read+close, 64 KiB"),
    Micro("read_4k", "read 4 KiB"),
    Micro("write_4k", "write 4 KiB"),
    Micro("read_1m", "read 1 MiB", ("wall", 1.3)),
    Micro("write_1m", "write 1 MiB", ("wall", 1.3)),
    Micro("create", "create+write+close+unlink"),
    Micro("getdents", "list a directory of 10,000"),
    Micro("pipe_pp", "pipe, there and back, two processes", ("wall", 2.0)),
    Micro("pipe_bw", "pipe, 64 KiB through"),
    Micro("futex_pp", "futex, there and back, two threads"),
    Micro("futex_pp_shared", "futex, there and back, two processes"),
    Micro("mmap", "mmap+touch+munmap, 4 KiB", ("wall", 1.5)),
    Micro("fault", "page fault, 4 KiB", ("wall", 1.05)),
    Micro("thread", "pthread create+join", ("wall", 1.5)),
    Micro("fork_10m", "fork+exit+wait, 10 MiB", ("wall", 1.4)),
    Micro("fork_200m", "fork+exit+wait, 200 MiB", ms=2),
    Micro("spawn", "posix_spawn+wait of /bin/true", ("wall", 1.1)),
    Micro("sh", "posix_spawn+wait of sh -c :"),
    Micro("signal", "signal to self and back"),
    Micro("segv", "SIGSEGV handler and back"),
    Program("start", "start to exit of /bin/true", "/bin/true", runs=10),
    Program("python", "python3 -c pass", "/usr/bin/python3 -c pass", runs=3),
    Program("git_status", "git status", repository("git status"), ("wall", 1.5), runs=3),
    Program("git_log", "git log -p", repository("git --no-pager log -p"), runs=1),
    Program("find", "find /usr", ["sh", "-c", "find /usr 2> /dev/null || :"], ("wall", 1.5)),
    Program("tar", "tar of /usr/include",
            ["sh", "-c", "tar -cf - -C /usr include | cat > /dev/null"]),
    Program("configure_hello", "./configure of hello", configure_hello,
            ("wall", 1.2), prepare=empty, long=True),
    Program("make_hello", "make of hello", make_hello,
            [("wall", 1.15), ("cpu", 1.3)], prepare=clean, long=True),
    Program("make_lua", "make of lua", make_lua(""),
            [("wall", 1.15), ("cpu", 1.3)], prepare=clean, long=True),
    Program("make_lua_j2", "make -j2 of lua", make_lua("-j2 "),
            [("wall", 1.15), ("cpu", 1.3)], prepare=clean, long=True),
    Program("sqlite", "gcc -O1 of SQLite's amalgamation", sqlite, ("wall", 1.03), long=True),
]
