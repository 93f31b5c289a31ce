#!/bin/bash
# timeout: 900
# needs: dpkg-source apt-get make gcc autoreconf libtoolize
# Lua 5.4, with libtool as Debian's rules do it.  The archive has no test suite; a program that uses much of the library is run instead.
. "$ROOT/tests/long/packages.bash"

build() {
	mkdir debian/libtool && cp debian/configure.ac debian/libtool/ &&
	(cd debian/libtool && LIBTOOLIZE='libtoolize -i' autoreconf -fi && ./configure) &&
	echo '#define DEB_HOST_MULTIARCH "x86_64-linux-gnu"' > src/lua5.4-deb-multiarch.h &&
	make linux LIBTOOL="$PWD/debian/libtool/libtool" CC='gcc -std=gnu99'
}
check() {
	src/lua5.4 - <<-'END'
		local t = {}
		for i = 1, 20000 do t[i] = string.format("%05d", (i * 7919) % 20011) end
		table.sort(t)
		local n, f = os.tmpname(), nil
		f = assert(io.open(n, "w"))
		f:write(table.concat(t, "\n")); f:close()
		local h = 0
		for l in io.lines(n) do h = (h * 31 + tonumber(l)) % 1000000007 end
		assert(os.remove(n))
		local c = coroutine.wrap(function() for i = 1, 1000 do coroutine.yield(i) end end)
		for i = 1, 1000 do assert(c() == i) end
		local p = assert(io.popen("echo popen"))
		print("# PASS: " .. p:read("l"), h, utf8.len("äöü"), math.maxinteger, 2^53)
		print("# PASS:", pcall(error, "x"), select("#", load("return ...")(1, 2, 3)))
		p:close()
	END
}
counts() { grep -E '^# PASS' "$1"; }
package lua5.4
