#!/usr/bin/env bash
# module_romfs.sh - examples/mod_romfs.c: a file system in memory.
# needs: cc
. "$ROOT/tests/cli/cli.bash"
. "$ROOT/tests/cli/module.bash"
example mod_romfs

expect "a file" 0 "hello from a module" "" vk -L ./mod_romfs.so -- cat /romfs/link
expect "what there is" 0 "/romfs d
/romfs/dir d
/romfs/dir/inner f
/romfs/hello f
/romfs/link l" "" vk -L ./mod_romfs.so -- sh -c 'find /romfs -printf "%p %y\n" | sort'
expect "a part of a file" 0 "from" "" vk -L ./mod_romfs.so -- \
	sh -c 'dd if=/romfs/hello bs=1 skip=6 count=4 2>/dev/null'
expect "nothing can be changed" 1 "" \
	"rm: cannot remove '/romfs/hello': Read-only file system
vksup: refused: unlinkat /romfs/hello: ro (EROFS)" \
	vk -L ./mod_romfs.so --  env LC_ALL=C rm -f /romfs/hello
expect "in the list" 0 "romfs /elsewhere romfs ro,relatime 0 0" "" \
	vk -L ./mod_romfs.so,/elsewhere -- grep romfs /proc/mounts
expect "no such place" 125 "" \
	"vksup: -L ./mod_romfs.so: mount on /no/such/place: No such file or directory" \
	vk -L ./mod_romfs.so,/no/such/place -- true
