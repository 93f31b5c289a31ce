// build: musl
#include "vfork.c"
