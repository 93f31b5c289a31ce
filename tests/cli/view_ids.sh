#!/bin/bash
# --uid, --gid, --fakeroot.
. "$ROOT/tests/cli/cli.bash"

echo mine > f
chmod 600 f
is "uid" "$(vk --uid 4321 -- sh -c 'id -u; id -ru')" $'4321\n4321'
is "gid" "$(vk --gid 4322 -- sh -c 'id -g; id -G')" $'4322\n4322'
is "both" "$(vk --uid 1 --gid 2 -- sh -c 'echo $(id -u) $(id -g); : > /tmp/new; stat -c "%u %g" /tmp/new /proc/self/')" $'1 2\n1 2\n1 2'
is "no capabilities" "$(vk --uid 4321 -- sh -c 'grep -E "Cap(Prm|Eff)" /proc/self/status')" $'CapPrm:\t0000000000000000\nCapEff:\t0000000000000000'
if ((EUID == 0)); then
	is "root's files stay root's" "$(vk --uid 4321 -- sh -c 'stat -c %u f; cat f' 2>&1)" $'0\ncat: f: Permission denied'
else
	is "one's own files" "$(vk --uid 4321 -- sh -c 'stat -c %u f; cat f; echo x >> f; cat f')" $'4321\nmine\nmine\nx'
	is "other people's" "$(vk --uid 4321 -- stat -c %u /etc/passwd)" 0
fi
is "fakeroot" "$(vk --fakeroot -- sh -c 'echo $(id -u) $(id -g) $(id -G); stat -c "%u %g" f; cat f')" $'0 0 0\n0 0\nmine'
is "fakeroot: chown" "$(vk --fakeroot -- sh -c 'chown 7:8 f; chmod 4755 f; stat -c "%u %g %a" f; chown root:root f; stat -c "%u %g" f')" $'7 8 4755\n0 0'
is "fakeroot: devices" "$(vk --fakeroot -- sh -c 'mknod d c 1 3 && stat -c "%F %t %T" d')" "character special file 1 3"
is "fakeroot: tar" "$(vk --fakeroot -- sh -c 'mkdir t; echo x > t/x; chown -R 12:34 t; tar cf t.tar t; tar tvf t.tar --numeric-owner | cut -d" " -f 2 | sort -u; rm -r t; tar xf t.tar; stat -c "%u %g" t/x')" \
	$'12/34\n12 34'
is "fakeroot: setuid" "$(vk --fakeroot -- /usr/bin/python3 -c 'import os; os.setgid(5); os.setuid(6); print(os.getuid(), os.getgid())')" "6 5"
is "fakeroot: write where only root may" "$(vk --fakeroot -- sh -c 'echo x > /etc/vksup-x && cat /etc/vksup-x')" x
is "the host" "$(stat -c '%u %a' f; cat f; ls -A | grep -v '^\.' | paste -sd ' ')" "$EUID 600"$'\nmine\nf'
for o in --uid --gid; do
	for v in '' -1 x 1x 4294967295 99999999999; do
		run vk "$o" "$v" -- true
		is "$o '$v'" "$status $err" "125 vksup: $o ${v:-''}: a number is needed"
	done
done
