// build: musl
#include "execve.c"
