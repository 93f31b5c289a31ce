#!/bin/bash
# Profiles (-p), --args, vksup policy.
. "$ROOT/tests/cli/cli.bash"

export HOME=$PWD/home XDG_CONFIG_HOME=
mkdir -p home/.config/vksup home/.ssh home/keys w/out
echo k > home/.ssh/id
echo f > w/f
ln -s out w/link
ln -s ../home/.ssh/id w/keylink

# --- --args
words() {
	printf '%s\0' "$@" > words
}
words --env A=1 --hide w/out --env 'B=two
lines'
is "args" "$(vk --env A=0 --args 3 --env B2=x -- sh -c 'echo $A "$B" $B2; ls w' 3< words)" $'1 two\nlines x\nf\nkeylink\nlink'
is "args: the rest is the command" "$(vk --args 3 -- echo --env x 3< words)" "--env x"
: > words
is "args: none" "$(vk --args 3 -- echo x 3< words)" x
printf -- '--env\0A=unended' > words
is "args: no NUL at the end" "$(vk --args 3 -- sh -c 'echo $A' 3< words)" unended
is "args: the descriptor is gone" "$(vk --args 7 -- sh -c 'ls /proc/self/fd | wc -l' 7< words)" "$(vk -- sh -c 'ls /proc/self/fd | wc -l')"
words --env A=1 word
run vk --args 3 -- true 3< words
is "args: a word" "$status $err" "125 vksup: --args 3: 'word' is not an option"
words --nonsense
run vk --args 3 -- true 3< words
is "args: no option" "$status" 125
words --args 3
run vk --args 3 -- true 3< words
is "args: again" "$status" 125
for a in x '' -1 3x; do
	run vk --args "$a" -- true
	is "--args '$a'" "$status $err" "125 vksup: --args ${a:-''}: the number of a descriptor is needed"
done
run vk --args 99 -- true
is "args: closed" "$status $err" "125 vksup: --args 99: Bad file descriptor"
head -c 2000000 /dev/zero > words
run vk --args 3 -- true 3< words
is "args: too many" "$status $err" "125 vksup: --args 3: too many options"

# --- profiles
p() {
	cat > home/.config/vksup/mine.json
}
p <<'END'
{
	"description": "all kinds of values",
	"hide": ["w/out", "~/keys"],
	"tmpfs": "~/t:1M",
	"env": {"A": "a b", "FROM": null, "NOT_THERE": null},
	"uid": 4321, "gid": 4322,
	"keep-env": false,
	"hostname": "named"
}
END
is "user's own" "$(FROM=here vk -p mine -- sh -c 'ls w; ls -A ~; echo $A $FROM ${NOT_THERE-unset} $(id -u) $(id -g) $(uname -n); stat -f -c %b ~/t' | paste -sd ' ')" \
	"f keylink link .config t a b here unset 4321 4322 named 256"
is "in order" "$(vk -p mine --hostname other --env A=later -- sh -c 'echo $A $(uname -n)')" "later other"
is "by file" "$(vk --profile ./home/.config/vksup/mine.json -- uname -n)" named
is "in a profile's place" "$(printf '{"tmpfs":"/x"}' > x.json; vk --tmpfs /x -p ./x.json -- grep -c ' /x ' /proc/mounts)" 2
while IFS='|' read -r text why; do
	printf '%s' "$text" | p
	run vk -p mine -- echo ran
	is "$text" "$status $out $err" "125  vksup: $HOME/.config/vksup/mine.json: $why"
done <<'END'
{"hiden": "x"}|'hiden': unknown key
{"hide": true}|'hide': a string is needed
{"hide": ["x", {}]}|'hide': a string is needed
{"hide": null}|'hide': a string is needed
{"fakeroot": "yes"}|'fakeroot': true or false is needed
{"env": {"A": 1}}|'A': a string or null is needed
{"args": "3"}|'args': not in a profile
{"profile": "mine"}|'profile': not in a profile
{"help": true}|'help': not in a profile
[]|not a JSON object
{"hide": "x"} more|unexpected character
{"hide": "x"|the JSON text ends too early
{"hide": "a\u0000b"}|'hide': a NUL byte is in it
END
echo '{"uid": "x"}' | p
run vk -p mine -- true
is "wrong value" "$status $err" "125 vksup: --uid x: a number is needed"
for n in none .. a/none ''; do
	run vk -p "$n" -- true
	is "-p '$n'" "$status $(wc -l < .err)" "125 1"
done

# --- build and judge
is "build" "$(touch home/.npmrc; CC=mycc SECRET=1 vk -p build -- sh -c 'ls ~/.npmrc; echo $CC ${SECRET-unset}; echo x > w/f; cat w/f' 2>/dev/null; cat w/f)" $'mycc unset\nx\nf'
is "judge" "$(vk -p judge -- sh -c 'touch w/f; mkdir w/n; echo x > /etc/n; echo t > /tmp/t; cat /tmp/t; cat w/f; dd if=/dev/zero of=/tmp/big bs=1M count=100; touch /dev/n /proc/n' 2>&1 | grep -oE 'Read-only|No space left|^[a-z]$|Permission|No such' | paste -sd ' ')" \
	"Read-only Read-only Read-only t f No space left Permission No such"
run vk -p judge -- sh -c 'sleep 100'
is "judge: time" "$status" 124
is "judge: all writable mounts are small tmpfs" "$(vk -p judge -- sh -c 'while read s d t o r; do case $t,$o in tmpfs,*) df -k --output=size $d | tail -n 1;; overlay,rw*|hostfs,*) echo $d;; esac; done < /proc/mounts' | sort -n | tail -n 1 | tr -d ' ')" 65536

# --- policy show, explain
is "show" "$(vk policy show | grep built-in | sort | cut -f 1 | paste -sd ' ')" "build judge"
is "show mine" "$(echo '{"hide": "x", "uid": 5}' | p; vk policy show -p mine | tr -d ' \n'; vk policy show | grep -c "^mine.$HOME/.config/vksup/mine.json")" '{"hide":"x","uid":5}1'
vk policy show -p judge > judge.json
is "what is shown can be used" "$(vk -p ./judge.json -- sh -c 'touch w/f; echo $HOME' 2>/dev/null)" /tmp
explain() {
	vk policy explain "$@" | sed -n 's/^\(leads to\|seen\|rule\|read\|written\): //p' | sed "s,$PWD,.,g" | paste -sd '|'
}
default='default (what is not named is seen, and changed in memory only)'
is "plain" "$(explain w/f)" "the host's|$default|yes|a copy in memory"
is "ro" "$(explain w/f --ro w)" "the host's|--ro w|yes|no: read-only"
is "rw" "$(explain w/f --rw w)" "the host's|--rw w|yes|on the host"
is "rw, new" "$(explain w/new --ro . --rw w)" "it does not exist|--rw w|no|on the host"
is "the last counts" "$(explain w/out --rw w --ro w/out)" "the host's|--ro w/out|yes|no: read-only"
is "bind" "$(explain /b/f --bind w:/b:ro)" "the host's|--bind w:/b:ro|yes|no: read-only"
is "tmpfs" "$(explain w/out/x --tmpfs w/out)" "it does not exist|--tmpfs w/out|no|in memory"
is "hide" "$(explain w/out/x/y --hide w/out)" "hidden: it does not exist|--hide w/out|no|no"
is "hide in rw" "$(explain w/f --rw w --hide w/f)" "hidden: it does not exist|--hide w/f|no|no"
is "a secret" "$(explain home/.ssh/id)" "hidden: it does not exist|default (a secret; --no-hide-secrets shows it)|no|no"
is "a link to it" "$(explain w/keylink)" "./w/../home/.ssh/id|hidden: it does not exist|default (a secret; --no-hide-secrets shows it)|no|no"
is "shown" "$(explain home/.ssh/id --no-hide-secrets)" "the host's|$default|yes|a copy in memory"
is "a link" "$(explain w/link)" "./w/out|the host's|$default|yes|a copy in memory"
is "nothing" "$(explain w/none)" "it does not exist|$default|no|a copy in memory"
is "the kernel's" "$(explain /proc/cpuinfo)" "the vkernel's own|default (always so)|yes|as the vkernel has it"
is "by profile" "$(explain w/f -p judge)" "the host's|--ro /|yes|no: read-only"
is "root" "$(explain /f --root w)" "the host's|--root w|yes|a copy in memory"
chmod 000 w/f
is "rights" "$(explain w/f --uid 4321)" "the host's|$default|no: permissions|no: permissions"
for a in explain show\ x nonsense ''; do
	run vk policy $a
	is "policy $a" "$status $(wc -l < .err)" "125 2"
done
run vk policy explain x --nonsense
is "explain: wrong option" "$status" 125
run vk policy explain x --ro none
is "explain: wrong rule" "$status $err" "125 vksup: --ro none: No such file or directory"
