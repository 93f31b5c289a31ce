#!/bin/bash
# cmake with ninja: configure, build, test, install, rebuild.
# needs: cmake ninja gcc
# timeout: 240
export LC_ALL=C PATH=/usr/bin:/bin TZ=UTC
mkdir -p s/lib
cat > s/CMakeLists.txt <<'END'
cmake_minimum_required(VERSION 3.18)
project(real C)
find_package(Threads REQUIRED)
add_subdirectory(lib)
configure_file(conf.h.in conf.h)
add_custom_command(OUTPUT gen.c COMMAND sh -c "echo 'int gen(void) { return 5; }' > gen.c" VERBATIM)
add_executable(app main.c gen.c)
target_include_directories(app PRIVATE ${CMAKE_CURRENT_BINARY_DIR})
target_link_libraries(app part Threads::Threads)
enable_testing()
add_test(NAME runs COMMAND app)
add_test(NAME fails COMMAND app x)
set_tests_properties(fails PROPERTIES WILL_FAIL TRUE)
install(TARGETS app DESTINATION bin)
END
echo '#define WHAT "@PROJECT_NAME@"' > s/conf.h.in
printf '#include <stdio.h>\n#include "conf.h"\nint part(int); int gen(void);\nint main(int argc, char **argv) { printf("%%s %%d\\n", WHAT, part(gen())); return argc > 1; }\n' > s/main.c
{ echo 'add_library(part SHARED'; for i in 1 2 3 4 5 6; do echo "p$i.c"; done; echo ')'; } > s/lib/CMakeLists.txt
for i in 2 3 4 5 6; do echo "int p$i(int x) { return x + $i; }" > s/lib/p$i.c; done
echo 'int p2(int), p3(int), p4(int), p5(int), p6(int); int part(int x) { return p2(p3(p4(p5(p6(x))))); }' > s/lib/p1.c
cmake -G Ninja -S s -B b > conf.log 2>&1; echo "configured $?"; grep -c 'Found Threads' conf.log; ls b | sort
ninja -C b -j4 > ninja.log 2>&1; echo "built $?"; tail -n 1 ninja.log | sed 's/.*\] //'; b/app; ninja -C b | tail -n 1
(cd b && ctest 2>&1 | grep -E 'tests passed|Passed|Failed' | sed 's/  *[0-9.]* sec.*//; s/\.\.*/./'); DESTDIR=$PWD/inst cmake --install b --prefix /usr > /dev/null; find inst -type f; LD_LIBRARY_PATH=b/lib inst/usr/bin/app
sed -i 's/x + 3/x + 30/' s/lib/p3.c; touch -d '+2 minutes' s/lib/p3.c; ninja -C b 2>&1 | grep -c '^\[[12]/'; b/app; ninja -C b -t clean | tail -n 1; cmake --build b --parallel 2 > /dev/null; b/app; echo bad > s/main.c; touch -d '+3 minutes' s/main.c; ninja -C b > bad.log 2>&1; echo "status $?"; grep -c FAILED bad.log; ninja -C b -t targets all | wc -l; cmake -E compare_files s/main.c s/main.c; echo "$?"; cmake -E sha256sum s/conf.h.in; cmake -G 'Unix Makefiles' -S s/lib -B mk -DCMAKE_C_COMPILER=gcc > /dev/null 2>&1; make -s -C mk -j4 2>/dev/null | tail -n 1; ls mk/*.so
