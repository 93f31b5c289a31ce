#!/bin/bash
# timeout: 300
# needs: dpkg-source apt-get make gcc
# GNU hello from Debian's archive: built natively and under vksup, the same files.  A
# share of tests/long/packages_*.sh.
. "$ROOT/tests/long/packages.bash"

quick=yes
build() { ./configure && make; }
check() { make check; }
package hello
