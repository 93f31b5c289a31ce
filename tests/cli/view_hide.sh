#!/bin/bash
# --hide and the secrets: what is hidden does not exist, whichever way one looks.
. "$ROOT/tests/cli/cli.bash"

home=$PWD/home
mkdir -p home/.ssh home/.config/gh home/.config/other home/.aws home/work real/gnupg
for f in .ssh/id .config/gh/hosts .aws/credentials .netrc .bash_history .python_history .config/other/x work/w; do
	echo "secret $f" > "home/$f"
done
echo "secret key" > real/gnupg/key
ln -s "$PWD/real/gnupg" home/.gnupg
ln -s /dev/null home/.zsh_history
ln home/.netrc home/work/also
export HOME=$home

# inside OPTIONS... -- SCRIPT: what it says, errors too
inside() {
	local opts=()
	while [[ $1 != -- ]]; do
		opts+=("$1")
		shift
	done
	vk "${opts[@]}" -- sh -c "exec 2>&1; $2"
}
none='No such file or directory'

# --- secrets
is "not listed" "$(inside -- 'ls -A ~ ~/.config ~/work' | paste -sd ' ')" "$home: .config work  $home/.config: other  $home/work: w"
for f in .ssh .ssh/id .gnupg .gnupg/key .aws .netrc .config/gh .config/gh/hosts .bash_history .zsh_history .python_history work/also; do
	is "cat $f" "$(inside -- "cat $home/$f")" "cat: $home/$f: $none"
	is "stat $f" "$(inside -- "stat -c %n $home/$f 2>&1 | sed 's/.*: //'")" "$none"
done
is "the link's target" "$(inside -- "cat real/gnupg/key; ls real")" "cat: real/gnupg/key: $none"
is "what is not secret" "$(inside -- 'cat ~/.config/other/x ~/work/w; echo x > /dev/null')" $'secret .config/other/x\nsecret work/w'
is "--no-hide-secrets" "$(inside --no-hide-secrets -- 'cat ~/.ssh/id ~/.netrc; test -e /etc/passwd; ls -A ~ | wc -l')" $'secret .ssh/id\nsecret .netrc\n9'
[[ ! -e /etc/shadow ]] || is "/etc/shadow" "$(inside -- 'stat /etc/shadow /etc/gshadow; ls -A /etc | grep shadow' | sed 's/.*: //' | sort -u)" "$none"
is "/etc/passwd" "$(inside -- 'cat /etc/passwd')" "$(cat /etc/passwd)"

# --- ways around
is "hard link" "$(inside -- 'ln ~/.netrc x; ln ~/.ssh/id x; ls x' | sed 's/.*: //' | sort -u)" "$none"
is "rename" "$(inside -- 'mv ~/.ssh x; mv ~/.netrc x; ls x' | sed 's/.*: //' | sort -u)" "$none"
is "exchange" "$(inside -- '/usr/bin/python3 -c "
import ctypes, os
c = ctypes.CDLL(None, use_errno=True)
open(\"mine\", \"w\")
r = c.syscall(316, -100, b\"mine\", -100, os.path.expanduser(\"~/.netrc\").encode(), 2)
print(r, os.strerror(ctypes.get_errno()))"')" "-1 $none"
is "/proc/self/root" "$(inside -- "cat /proc/self/root$home/.ssh/id /proc/self/cwd/home/.netrc" | sed 's/.*: //' | sort -u)" "$none"
is "a moved parent" "$(inside -- 'mv home moved; ls -A moved; cat moved/.ssh/id; cat moved/work/also' | paste -sd ' ')" \
	".config work cat: moved/.ssh/id: $none cat: moved/work/also: $none"
is "through a bind" "$(inside --bind "$home:/h" --bind "$PWD:/p:ro" -- 'ls -A /h /p/home; cat /h/.ssh/id /p/home/.netrc /h/work/also' | sed 's/.*: //' | paste -sd ' ')" \
	"/h: .config work  /p/home: .config work $none $none $none"
is "many names" "$(inside -- '/usr/bin/python3 -c "
import os
for i in range(70000):
    try: os.stat(\"/usr/none%d\" % i)
    except OSError: pass
print(os.listdir(os.path.expanduser(\"~\")).count(\".ssh\"), os.path.exists(os.path.expanduser(\"~/.ssh/id\")))"')" "0 False"
is "later" "$(inside -- 'ls -A ~; sleep 1.2; ls -A ~; cat ~/.ssh/id' | paste -sd ' ')" ".config work .config work cat: $home/.ssh/id: $none"
is "one of its own" "$(inside -- 'mkdir ~/.ssh; ls -A ~/.ssh; echo mine > ~/.ssh/id; cat ~/.ssh/id; rm -r ~/.ssh; cat ~/.ssh/id' | paste -sd ' ')" \
	"mine cat: $home/.ssh/id: $none"
is "file of its own" "$(inside -- 'echo mine > ~/.netrc; cat ~/.netrc; ls -A ~ | grep net; rm ~/.netrc; cat ~/.netrc' | paste -sd ' ')" \
	"mine .netrc cat: $home/.netrc: $none"
is "rmdir" "$(inside -- 'rm -r home/.config/other; rmdir home/.config && mkdir home/.config && ls -A home/.config')" ""
# Made on the host while the guest runs.
mkdir -p late/.config
is "made later" "$(HOME=$PWD/late inside -- '/usr/bin/python3 -c "
print(1, flush=True); input()"; ls -A late late/.config; cat late/.netrc late/.config/gh/hosts' \
	< <(sleep 0.6; echo k > late/.netrc; mkdir late/.config/gh; echo k > late/.config/gh/hosts; sleep 1.3; echo) | paste -sd ' ')" \
	"1 late: .config  late/.config: cat: late/.netrc: $none cat: late/.config/gh/hosts: $none"

# --- shown on purpose
is "bind of a secret" "$(inside --bind "$home/.ssh:/keys" --bind "$home/.netrc:/n" -- 'cat /keys/id /n; ls -A ~; cd /keys; pwd -P; cd ..; pwd -P; echo x > /keys/new; ls /keys' | paste -sd ' ')" \
	"secret .ssh/id secret .netrc .config work /keys / id new"
is "ro of a secret" "$(inside --ro "$home/.ssh" -- 'cat ~/.ssh/id; echo x > ~/.ssh/id' | paste -sd ' ')" \
	"secret .ssh/id sh: 1: cannot create $home/.ssh/id: Read-only file system"

# --- --hide
is "hide" "$(inside --hide home/work -- 'ls -A ~; cat home/work/w' | paste -sd ' ')" ".config cat: home/work/w: $none"
is "hide a file" "$(inside --hide home/work/w -- 'ls -A home/work; cat home/work/w' | paste -sd ' ')" "cat: home/work/w: $none"
is "hide and bind" "$(inside --hide home/work --bind home/work:/w -- 'cat home/work/w; cat /w/w')" $'cat: home/work/w: No such file or directory\nsecret work/w'
is "hide in a bind" "$(inside --bind home/work:/w --hide /w/w -- 'cat home/work/w; cat /w/w; ls /w' | sed 's/.*: //')" "$none"$'\n'"$none"
is "hide a bind" "$(inside --bind home/work:/w --hide /w -- 'ls /w; ls -d /w; grep -c " /w " /proc/mounts; cat home/work/w' | sed 's/.*: //' | paste -sd ' ')" \
	"$none $none 0 secret work/w"
is "hide a program" "$(inside --hide "$(readlink -f /usr/bin/env)" -- 'env; command -v env' | sed 's/.*: //')" "not found"
is "hide a device" "$(inside --hide /dev/zero -- 'cat /dev/zero; ls /dev | grep zero' | sed 's/.*: //')" "$none"
is "hide /tmp" "$(inside --hide /tmp -- 'ls -d /tmp; grep -c " /tmp " /proc/mounts' | sed 's/.*: //' | paste -sd ' ')" "$none 0"
is "hide what is not there" "$(inside --hide home/none --hide home/not/there -- 'ls home/none' | sed 's/.*: //')" "$none"
run vk --hide / -- true
is "hide /" "$status $err" "125 vksup: --hide /: Device or resource busy"
run vk --hide /proc/cpuinfo -- true
is "hide in /proc" "$status $err" "125 vksup: --hide /proc/cpuinfo: Operation not supported"
run vk --hide '' -- true
is "hide nothing" "$status $err" "125 vksup: --hide '': a path is needed"
is "the host" "$(cat home/.ssh/id home/.netrc real/gnupg/key)" $'secret .ssh/id\nsecret .netrc\nsecret key'
