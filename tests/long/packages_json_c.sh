#!/bin/bash
# timeout: 1800
# needs: dpkg-source apt-get make gcc cmake ctest
# json-c: CMake and CTest.
. "$ROOT/tests/long/packages.bash"

build() { cmake -S . -B build -DCMAKE_BUILD_TYPE=Release && make -C build; }
check() { cd build && ctest --output-on-failure; }
counts() { grep -E 'tests passed|Test +#[0-9]+:' "$1" | sed -E 's/ +[0-9.]+ sec.*//; s/^ *[0-9]+\/[0-9]+ //' | LC_ALL=C sort; }
package json-c
