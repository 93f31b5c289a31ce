// build: musl
#include "fork.c"
