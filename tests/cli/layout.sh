#!/bin/bash
# What CONTRIBUTING.md says about where things are: each call has its handler and its test, files and functions
# stay short, the kernel asks its host for nothing but what is in host.h, a trampoline asks nobody.
# needs: python3 nm
exec python3 - <<'END'
import glob
import os
import re
import subprocess
import sys

BUILD = os.environ["BUILD"]
os.chdir(os.environ["ROOT"])
FILE_LINES, FUNCTION_LINES = 800, 100

# All of libc that vkern may use: bytes and text, memory by way of mem.c, locks by way of lock.c, nothing of the host.
LIBC = set("""
    memchr memcmp memcpy memmove memset
    strchr strchrnul strcmp strcspn strlen strncmp strncpy strnlen strrchr strstr strtol strtoul
    snprintf vsnprintf __isoc99_sscanf __ctype_b_loc qsort inet_ntop strerrordesc_np strerrorname_np
    calloc free __errno_location _setjmp longjmp sched_yield
    pthread_mutex_init pthread_mutex_destroy pthread_mutex_lock pthread_mutex_unlock
    _GLOBAL_OFFSET_TABLE_ __popcountdi2
""".split())
HOST = re.compile(r"(host|vmspace|vmthread)_")
SANITIZER = re.compile(r"__(asan|ubsan|tsan|lsan|sanitizer|odr_asan|start_asan|stop_asan)_")

failures = []


def fail(text):
    failures.append(text)


def read(path):
    with open(path) as f:
        return f.read()


def output(*command):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def calls():
    """(name, state, family) of every row."""
    for line in output(f"{BUILD}/vkabi", "list").splitlines():
        _, name, state, family = line.split()
        yield name, state, family


def check_calls():
    defined = {}
    for path in glob.glob("vkern/*.c"):
        for name in re.findall(r"^sys_(\w+)\(struct thread \*", read(path), re.M):
            defined[name] = path
    families = set()
    tests = {f[:-2] for f in os.listdir("tests/guest") if f.endswith(".c")}
    for name, state, family in calls():
        path = defined.get(name)
        if state == "ENOSYS":
            if name in tests:
                fail(f"tests/guest/{name}.c: {name} is ENOSYS")
            if path:
                fail(f"{path}: sys_{name}(), but {name} is ENOSYS")
            continue
        if name not in tests:
            fail(f"{name}: no tests/guest/{name}.c")
        if not path:
            fail(f"{name}: no sys_{name}() in vkern/sys_{family}*.c")
        elif not re.fullmatch(rf"vkern/sys_{family}(_\w+)?\.c", path):
            fail(f"{path}: sys_{name}() belongs to vkern/sys_{family}*.c")
        elif family not in families:
            families.add(family)
            if f"{path}:" not in output(f"{BUILD}/vkabi", "where", name):
                fail(f"vkabi where {name} does not say {path}")


def functions(lines):
    """(name, lines from it to its end) of each function: in KNF both braces are alone, at the left margin."""
    name = head = None
    for i, line in enumerate(lines):
        m = re.match(r"(?:[A-Za-z_][\w *]*[ *])?(\w+)\(", line)
        if m and not name:
            head, at = m.group(1), i
        if line == "{" or not name and head and line.endswith(") {"):
            name, start = head, at
        elif line == "}" and name:
            yield name, i + 1 - start
            name = head = None


def check_lengths():
    for folder in "abi", "include/vksup", "vkern", "supervisor", "trampolines":
        for path in glob.glob(f"{folder}/**/*.[chS]", recursive=True):
            lines = read(path).split("\n")[:-1]
            if len(lines) > FILE_LINES:
                fail(f"{path}: {len(lines)} lines, more than {FILE_LINES}")
            for name, n in functions(lines):
                if n > FUNCTION_LINES:
                    fail(f"{path}: {name}() has {n} lines, more than {FUNCTION_LINES}")


def check_symbols():
    wanted, defined = {}, set()
    member = ""
    for line in output("nm", f"{BUILD}/libvkern_core.a").splitlines():
        words = line.split()
        if line.endswith(":"):
            member = line[:-1]
        elif len(words) == 2:
            wanted.setdefault(words[1], member)
        elif len(words) == 3:
            defined.add(words[2])
    for symbol, member in sorted(wanted.items()):
        if symbol not in defined | LIBC and not HOST.match(symbol) and not SANITIZER.match(symbol):
            fail(f"libvkern_core.a: {member} uses {symbol}(), which is not in host.h")
    for symbol in LIBC - wanted.keys() if "__asan_init" not in wanted else ():
        print(f"note: no longer used by libvkern_core.a: {symbol}")
    for line in output("nm", "-u", f"{BUILD}/trampoline.elf").splitlines():
        fail(f"trampoline.elf: {line.split()[-1]} is undefined")


check_calls()
check_lengths()
check_symbols()
for text in failures:
    print(f"FAILED: {text}")
sys.exit(bool(failures))
END
