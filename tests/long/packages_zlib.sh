#!/bin/bash
# timeout: 900
# needs: dpkg-source apt-get make gcc
# zlib: its own configure, static and shared libraries.
. "$ROOT/tests/long/packages.bash"

build() { ./configure && make; }
check() { make test; }
counts() { grep -E '\*\*\* .* (OK|FAILED) \*\*\*' "$1" | LC_ALL=C sort; }
package zlib
