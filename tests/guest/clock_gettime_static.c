// build: static
#include "clock_gettime.c"
