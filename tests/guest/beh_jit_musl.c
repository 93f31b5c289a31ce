// build: musl
#include "beh_jit.c"
