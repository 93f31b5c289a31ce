#!/bin/bash
# timeout: 1800
# needs: dpkg-source apt-get make gcc autoreconf libtoolize flex bison
# jq: autoreconf first; tests in shell and C.
. "$ROOT/tests/long/packages.bash"
[[ -e /usr/include/oniguruma.h ]] || skip "no libonig-dev"

build() { autoreconf -fi && ./configure --disable-docs --disable-valgrind --with-oniguruma=yes && make; }
check() { make check; }
package jq
