#!/bin/bash
# timeout: 7200
# needs: dpkg-source apt-get make gcc tclsh
# SQLite from its parts: code made by Tcl, then its quick tests.
. "$ROOT/tests/long/packages.bash"
[[ -e /usr/lib/tcl8.6/tclConfig.sh ]] || skip "no tcl-dev"
check_once=yes
as_nobody=yes

build() { ./configure --with-tcl=/usr/lib/tcl8.6 && make -j2 sqlite3 libsqlite3.la testfixture; }
check() { ./testfixture test/veryquick.test; }
counts() { grep -E '^[0-9]+ errors out of|^!Failures on' "$1" | sed 's/ on .*//'; }
package sqlite3
