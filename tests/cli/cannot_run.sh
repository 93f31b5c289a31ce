#!/bin/bash
# What vksup says, and with which status, when there is nothing to run: one line each.
. "$ROOT/tests/cli/cli.bash"

# one_line WHAT STATUS REGEX COMMAND...
one_line() {
	local what=$1 s=$2 re=$3
	shift 3
	run "$@"
	is "$what: status" "$status" "$s"
	is "$what: output" "$out" ""
	is "$what: lines" "$(wc -l < .err)" 1
	like "$what" "$err" "^vksup: $re\$"
}

echo text > notes
printf '#!/no/such/interpreter\n' > orphan
printf '#!/bin/sh\necho script "$@"\n' > script
printf 'echo no header\n' > plain
printf '#!%s/loop\n' "$PWD" > loop
: > empty
mkdir dir
chmod +x orphan script plain loop empty

one_line "missing" 127 'no-such-command: command not found' vk -- no-such-command
one_line "missing path" 127 './no-such-file: (command not found|No such file or directory)' vk -- ./no-such-file
one_line "missing absolute" 127 '/no/such/file: (command not found|No such file or directory)' vk -- /no/such/file
one_line "empty name" 127 '.*' vk -- ''
one_line "missing interpreter" 127 './orphan: .*' vk -- ./orphan
one_line "directory" 126 './dir: (Permission denied|Is a directory)' vk -- ./dir
one_line "directory, absolute" 126 '/: (Permission denied|Is a directory)' vk -- /
one_line "no x bit" 126 './notes: Permission denied' vk -- ./notes
one_line "not a directory" 126 './notes/x: Not a directory' vk -- ./notes/x
# As with execvp(3) and shells: text is a script.
expect "script without #!" 0 "no header" "" vk -- ./plain
expect "empty file" 0 "" "" vk -- ./empty
printf 'bin\0ary\n' > binary
chmod +x binary
one_line "no format" 126 './binary: Exec format error' vk -- ./binary
one_line "endless interpreter" 126 './loop: Too many levels of symbolic links' vk -- ./loop
ln -s circle circle
one_line "link to itself" 126 './circle: Too many levels of symbolic links' vk -- ./circle
one_line "name too long" 127 'n{300}: .*' vk -- "$(printf 'n%.0s' {1..300})"
expect "script" 0 "script a b" "" vk -- ./script a b

# ELF files that are none.
cat > elf.py <<'END'
import struct
good = open('/bin/true', 'rb').read()
def write(name, data):
    open(name, 'wb').write(data)
def patch(off, fmt, v):
    d = bytearray(good)
    struct.pack_into(fmt, d, off, v)
    return bytes(d)
write('trunc4', good[:4])
write('trunc_header', good[:40])
write('trunc_phdrs', good[:100])
write('arm64', patch(18, '<H', 183))
write('i386_machine', patch(18, '<H', 3))
write('relocatable', patch(16, '<H', 1))
write('core', patch(16, '<H', 4))
write('big_endian', patch(5, 'B', 2))
write('phentsize', patch(54, '<H', 57))
write('phnum0', patch(56, '<H', 0))
write('phnum_huge', patch(56, '<H', 65535))
write('phoff_far', patch(32, '<Q', 1 << 40))
write('phoff_wrap', patch(32, '<Q', (1 << 64) - 8))
END
/usr/bin/python3 elf.py
chmod +x trunc* arm64 i386_machine relocatable core big_endian ph*
for f in trunc4 trunc_header trunc_phdrs arm64 i386_machine relocatable core phentsize phnum0 phnum_huge phoff_far phoff_wrap; do
	# What Linux says, is what we say.
	native=$(/usr/bin/python3 -c '
import os, sys
try:
    os.execv(sys.argv[1], sys.argv[1:])
except OSError as e:
    print(e.strerror)' "./$f" 2>/dev/null)
	one_line "$f" 126 "./$f: $native" vk -- "./$f"
done

# Options.
no_run() {
	local what=$1 re=$2
	shift 2
	run "$@"
	is "$what: status" "$status" 125
	is "$what: output" "$out" ""
	like "$what" "$err" "$re"
	(($(wc -l < .err) <= 2)) || fail "$what: ${err@Q} is long"
}
no_run "no command" 'vksup: no command' vk
no_run "no command after --" 'vksup: no command' vk --
no_run "no such option" "no-such-option" vk --no-such-option -- true
no_run "no such letter" "Q" vk -Q -- true
no_run "option without its argument" "o" vk --strace -o
no_run "-f alone" "strace" vk -f -- true
no_run "-e with nothing known" "nonsense" vk --strace -e trace=nonsense -- true
no_run "-o that cannot be" "No such file or directory" vk --strace -o /no/such/dir/file -- true

run vk --help
is "--help: status" "$status" 0
is "--help: errors" "$err" ""
like "--help" "$out" '^usage: vksup '
for o in --strace -e -f -c -o --verbose --version --help 125 126 127; do
	[[ $out == *"$o"* ]] || fail "--help does not mention $o"
done
run vk -h
like "-h" "$out" '^usage: vksup '
run vk --version
is "--version: status" "$status" 0
is "--version: errors" "$err" ""
like "--version" "$out" '^vksup [0-9]+\.[0-9.]+[^ ]*$'
# Output that cannot be written is not a success for --version, nor a crash.
run bash -c '"$VKSUP" --help > /dev/full'
((status < 128)) || fail "--help > /dev/full: status $status"

# A command's own options are its own, with and without --.
expect "options of the command" 0 "-n --version" "" vk -- printf '%s %s' -n --version
expect "options of the command, no --" 0 "-f --strace" "" vk printf '%s %s' -f --strace
expect "-- of the command" 0 "-- x" "" vk -- printf '%s %s' -- x 2>/dev/null
