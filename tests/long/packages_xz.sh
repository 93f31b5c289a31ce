#!/bin/bash
# timeout: 3000
# needs: dpkg-source apt-get make gcc
# xz-utils: libtool, threads, its tests.
. "$ROOT/tests/long/packages.bash"

build() { ./configure --disable-doc && make -j2; }
check() { make check; }
package xz-utils
