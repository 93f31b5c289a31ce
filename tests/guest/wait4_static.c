// build: static
#include "wait4.c"
