#!/bin/bash
# make: parallel, with a job server, failures, recursion.
# needs: make gcc
export LC_ALL=C PATH=/usr/bin:/bin MAKEFLAGS=
mkdir src; for i in $(seq 24); do printf '#include "all.h"\nint f%d(int x) { return x + %d; }\n' "$i" "$i" > "src/f$i.c"; done
seq 24 | sed 's/.*/int f&(int);/' > src/all.h
{ echo '#include <stdio.h>'; echo '#include "all.h"'; echo 'int main(void) { int s = 0;'; seq 24 | sed 's/.*/s += f&(1);/'; echo 'printf("%d\n", s); return 0; }'; } > src/main.c
cat > Makefile <<'END'
SRC := $(sort $(wildcard src/*.c))
OBJ := $(SRC:src/%.c=obj/%.o)
prog: $(OBJ)
	$(CC) -o $@ $^
obj/%.o: src/%.c src/all.h | obj
	$(CC) -c -o $@ $<
obj:
	mkdir $@
check: prog
	./prog
	@echo "shell: $(shell echo from shell)"
fail: a-fails b-works
a-fails:
	@false
b-works:
	@echo works
jobs: $(foreach i,$(shell seq 40),job.$(i))
job.%:
	@sleep 0.0$*; echo $* >> jobs.out
sub:
	+$(MAKE) -C inner all
	@$(MAKE) --no-print-directory -C inner one
clean:
	rm -rf obj prog
.PHONY: check fail jobs clean sub
END
mkdir inner; printf 'all: one two three\none two three:\n\t@sleep 0.05; echo inner >> count\n.PHONY: all one two three\n' > inner/Makefile
make -s -j4 && ./prog; echo "status $?"; make -s check; make -j4 | grep -c 'up to date'
find . -exec touch -h -d '1 hour ago' {} +; touch src/f7.c; make -n 2>/dev/null | wc -l; make -j2 2>/dev/null | sed 's/.*-o \([^ ]*\).*/\1/'; make -q 2>/dev/null; echo "query $?"
make clean; make -s -j4 -O > out 2>&1; wc -l < out; make -s -B -j8 && ls obj | wc -l; make -s -j20 jobs; sort -n jobs.out | sha256sum
make -s -k fail 2>&1 | sed 's/make: \*\*\* \[[^]]*\]/make: ***/'; make -s fail > /dev/null 2>&1; echo "status $?"; make -s -j4 sub > /dev/null; wc -l < inner/count
make nothing 2>&1; make -f - <<< 'all:; @echo "from stdin $(MAKELEVEL)"'; echo 'x: y; cp y x' > m2; echo 1 > y; make -f m2; make -f m2; touch -d '+1 hour' y; make -f m2 x 2>/dev/null; make --version | head -n 1 | grep -c GNU
printf 'all:\n\t@kill -TERM $$$$\n' | make -s -f - 2>&1 | tail -n 1 | sed 's/.*2: //'; (timeout -s INT 0.5 make -f - <<< 'all:; @sleep 5') 2>/dev/null; echo "status $?"; V=env make -s -e -f - V=cmd <<< 'all:; @echo $(V)'; make -s clean; ls
