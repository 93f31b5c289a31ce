#!/bin/bash
# timeout: 5400
# needs: dpkg-source apt-get make gcc tclsh
# Redis: a server with threads, and tests that talk to it over TCP.
. "$ROOT/tests/long/packages.bash"

build() { make -j2 MALLOC=libc USE_SYSTEMD=no; }
check() {
	./runtest --clients 2 --timeout 900 --single unit/type/string --single unit/type/list --single unit/type/hash --single unit/type/set --single unit/type/zset --single unit/expire --single unit/scan --single unit/info --single unit/protocol --single unit/multi --single unit/pubsub --single unit/scripting --single integration/aof --single integration/rdb
	set -- $?
	rm -rf tests/tmp/*
	return $1
}
counts() { grep -E '\[(ok|err|exception)\]' "$1" | sed -E 's/\x1b\[[0-9;]*m//g; s/ \([0-9]+ ms\)//; s/[0-9.]+ (seconds|s)//' | grep -oE '^\[(ok|err|exception)\]' | sort | uniq -c; }
package redis
