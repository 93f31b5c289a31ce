// build: static-pie
#include "execve.c"
