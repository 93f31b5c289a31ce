#!/bin/bash
# timeout: 7200
# needs: dpkg-source apt-get make gcc tclsh
# SQLite from its parts: code made by Tcl, then its quick tests, as nobody when we are root.
. "$ROOT/tests/long/packages.bash"
[[ -e /usr/lib/tcl8.6/tclConfig.sh || -e /usr/lib/x86_64-linux-gnu/tcl8.6/tclConfig.sh ]] || skip "no tcl-dev"

build() { ./configure --disable-tcl --with-tcl="$(dirname "$(find /usr/lib -name tclConfig.sh | head -n 1)")" && make -j2 && make -j2 testfixture sqlite3; }
check() { ./testfixture test/veryquick.test; }
counts() { grep -E '^[0-9]+ errors out of|^!Failures on' "$1" | sed 's/ on .*//'; }
package sqlite3
