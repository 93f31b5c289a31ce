// build: static-pie
#include "beh_jit.c"
