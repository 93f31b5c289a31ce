// build: static-pie
#include "execve_auxv.c"
