// build: static
#include "execve_auxv.c"
