#!/bin/bash
# --env, --keep-env, --clean-env, --chdir, --hostname.
. "$ROOT/tests/cli/cli.bash"

export KEPT=kept
show() {
	vk "$@" -- /usr/bin/env
}
export USER=me TZ=UTC LC_TIME=C LD_TEST=x SSH_AUTH_SOCK=/s
is "the default" "$(show | grep -oE '^(KEPT|USER|TZ|LC_TIME|LC_ALL|PATH|HOME|LD_TEST|SSH_AUTH_SOCK|ROOT)=' | sort | paste -sd ' ')" 'HOME= LC_ALL= LC_TIME= PATH= TZ= USER='
is "nothing else" "$(show | grep -vcE '^(PATH|HOME|USER|LOGNAME|SHELL|TERM|COLORTERM|LANG|LANGUAGE|TZ|LC_[A-Z]*)=')" 0
is "all" "$(show --keep-env | grep -v ^_= | sort)" "$(env | grep -v ^_= | sort)"
is "all that is not set" "$(show --env KEPT=1 --keep-env --env USER=you | grep -E '^(KEPT|USER|LD_TEST)=' | sort | paste -sd ' ')" 'KEPT=1 LD_TEST=x USER=you'
is "set" "$(show --keep-env --env A=1 | grep -E '^(A|KEPT)=' | sort)" $'A=1\nKEPT=kept'
is "replace" "$(show --env KEPT=new | grep ^KEPT=)" "KEPT=new"
is "twice" "$(show --env A=1 --env A=2 | grep ^A=)" "A=2"
is "clean" "$(show --clean-env)" ""
is "clean, and some" "$(show --clean-env --env A=1 --env KEPT --env NOT_SET_AT_ALL --env B=)" $'A=1\nKEPT=kept\nB='
is "in order" "$(show --env A=1 --clean-env --env B=2)" "B=2"
is "value with =" "$(show --clean-env --env 'A=b=c d')" "A=b=c d"
is "prefix of a name" "$(show --clean-env --env AB=1 --env A=2)" $'AB=1\nA=2'
is "PATH finds the command" "$(mkdir -p bin; printf '#!/bin/sh\necho mine\n' > bin/tool; chmod +x bin/tool; vk --env "PATH=$PWD/bin:$PATH" -- tool)" mine
for e in '' =x; do
	run vk --env "$e" -- true
	is "--env '$e'" "$status $err" "125 vksup: --env ${e:-''}: NAME=VALUE or NAME is needed"
done

mkdir -p dir/sub
is "chdir" "$(vk --chdir /usr/lib -- pwd -P)" /usr/lib
is "chdir, relative" "$(vk --chdir dir/sub -- sh -c 'pwd -P; ls ..')" "$PWD/dir/sub"$'\n'sub
is "chdir, the last" "$(vk --chdir /etc --chdir dir -- pwd -P)" "$PWD/dir"
is "chdir, other paths do not move" "$(vk --chdir /usr --ro dir -- sh -c 'pwd -P; grep -c dir /proc/mounts')" $'/usr\n1'
is "chdir, made" "$(vk --bind dir:/new/d --chdir /new/d -- sh -c 'pwd -P; ls')" $'/new/d\nsub'
run vk --chdir /no/such -- true
is "chdir, missing" "$status $err" "125 vksup: --chdir /no/such: No such file or directory"
run vk --chdir /etc/passwd -- true
is "chdir, a file" "$status $err" "125 vksup: --chdir /etc/passwd: Not a directory"
run vk --hide dir --chdir dir -- true
is "chdir, hidden" "$status" 125

is "hostname" "$(vk --hostname some-name -- sh -c 'uname -n; hostname; cat /proc/sys/kernel/hostname')" $'some-name\nsome-name\nsome-name'
is "no hostname" "$(vk -- uname -n)" "$(uname -n)"
run vk --hostname '' -- true
is "empty hostname" "$status $err" "125 vksup: --hostname '': a name of 1 to 64 bytes is needed"
run vk --hostname "$(printf 'n%.0s' {1..65})" -- true
is "long hostname" "$status" 125
