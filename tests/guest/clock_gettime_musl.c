// build: musl
#include "clock_gettime.c"
