#!/bin/bash
# timeout: 900
# needs: dpkg-source apt-get make gcc
# GNU hello: autoconf, make, its tests.
. "$ROOT/tests/long/packages.bash"

build() { ./configure && make; }
check() { make check; }
package hello
