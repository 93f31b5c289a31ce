#!/bin/bash
# gcc and g++: compile, link and run; -pipe, static, shared, dlopen, threads, assembler, archives.
# needs: gcc g++
# timeout: 600
export LC_ALL=C PATH=/usr/bin:/bin
cat > main.c <<'END'
#include <dlfcn.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
int twice(int);
static __thread int local = 5;
static void *run(void *p) { local += *(int *)p; return (void *)(long)local; }
__attribute__((constructor)) static void early(void) { puts("constructor"); }
static void late(void) { puts("atexit"); }
int main(int argc, char **argv)
{
	pthread_t t; int n = 37; void *r;
	atexit(late);
	printf("twice %d sqrt %.3f args %d\n", twice(21), sqrt(2.0 * argc), argc);
	pthread_create(&t, NULL, run, &n); pthread_join(t, &r); printf("thread %ld local %d\n", (long)r, local);
#ifdef PLUGIN
	void *h = dlopen("./plugin.so", RTLD_NOW);
	if (h == NULL) { printf("dlopen: %s\n", dlerror()); return 1; }
	int (*f)(void) = (int (*)(void))dlsym(h, "plugin"); printf("plugin %d\n", f()); dlclose(h);
	printf("missing: %d\n", dlopen("./none.so", RTLD_NOW) == NULL);
#endif
	return 7;
}
END
echo 'int twice(int x) { return 2 * x; }' > twice.c
printf '#include <stdio.h>\nint plugin(void) { puts("in the plugin"); return 99; }\n__attribute__((destructor)) static void bye(void) { puts("unloaded"); }\n' > plugin.c
cat > t.cc <<'END'
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <future>
#include <iostream>
#include <map>
#include <regex>
#include <string>
#include <thread>
#include <vector>
struct Error : std::runtime_error { using runtime_error::runtime_error; };
int main()
{
	std::vector<std::future<long>> f; std::map<std::string, int> m;
	for (int i = 0; i < 8; i++) f.push_back(std::async(std::launch::async, [i] { long s = 0; for (int k = 0; k < 1000 * i; k++) s += k; return s; }));
	long t = 0; for (auto &x : f) t += x.get();
	std::cout << "sum " << t << '\n';
	try { throw Error("thrown"); } catch (const std::exception &e) { std::cout << e.what() << '\n'; }
	std::ofstream("o.txt") << "one two two\n"; std::ifstream in("o.txt"); for (std::string w; in >> w;) m[w]++;
	for (auto &[k, v] : m) std::cout << k << '=' << v << '\n';
	std::cout << std::filesystem::file_size("o.txt") << ' ' << std::regex_replace("abc", std::regex("b"), "B") << std::endl;
	std::thread a([] { try { throw 5; } catch (int e) { std::cout << "in a thread " << e << std::endl; } }); a.join();
	return 3;
}
END
run() { "$@"; echo "status $?"; }
run gcc -O2 -Wall main.c twice.c -o plain -lm; run ./plain a b
run gcc -pipe -g -O0 main.c twice.c -o piped -lm -pthread; run ./piped
run gcc -c -fPIC twice.c -o twice.o; run gcc -c main.c; run gcc main.o twice.o -o linked -lm; run ./linked; cmp plain linked > /dev/null; echo "differs $?"
run gcc -shared -fPIC twice.c -o libtwice.so; run gcc main.c -L. -ltwice -lm -o shared; ./shared 2>/dev/null; echo "status $?"; LD_LIBRARY_PATH=. run ./shared; run gcc main.c -L. -ltwice -lm -Wl,-rpath,'$ORIGIN' -o rpath; run ./rpath
run gcc -shared -fPIC plugin.c -o plugin.so; run gcc -DPLUGIN main.c twice.c -o dl -lm; run ./dl
run gcc -static main.c twice.c -o static -lm; run ./static; run gcc -static-pie -fPIE main.c twice.c -o spie -lm; run ./spie; run gcc -no-pie main.c twice.c -o nopie -lm; run ./nopie
run ar rcs libt.a twice.o; run gcc main.c libt.a -o archived -lm; run ./archived; nm libt.a | grep -c ' T twice'; run strip plain; run ./plain; objdump -d twice.o | grep -c ret; readelf -h plain | grep Type; size plain | wc -l
run gcc -flto -O2 main.c twice.c -o lto -lm; run ./lto; gcc -S -o - twice.c | grep -c 'twice:'; gcc -E -P -x c - <<< 'int a = __LINE__;'; echo 'int main(void) { return 4; }' | gcc -x c - -o stdin; run ./stdin; gcc -M twice.c | tr -d '\\\n'; echo
run g++ -O1 -std=c++17 t.cc -o cc -pthread; run ./cc; run g++ -pipe -g -std=c++17 t.cc -o cc2 -pthread; run ./cc2; run g++ -static -std=c++17 -O2 t.cc -o cc3 -pthread; run ./cc3
echo 'int main(void) { return x; }' > bad.c; gcc bad.c -o bad 2>&1 | grep -c error; echo 'int f(void); int main(void) { return f(); }' > undef.c; gcc undef.c -o undef 2>&1 | grep -c 'undefined reference'; ls bad undef 2>/dev/null; gcc nothing.c 2>&1 | head -n 1; gcc -print-file-name=libc.so.6 | xargs -r test -e; echo "$?"
run gcc -fsanitize=undefined -g twice.c main.c -o ub -lm; run ./ub; run gcc -pg twice.c main.c -o prof -lm; run ./prof; ls gmon.out; run gcc --coverage twice.c main.c -o cov -lm; run ./cov; ls ./*.gcda | wc -l
