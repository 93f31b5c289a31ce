// build: musl
#include "execve_auxv.c"
