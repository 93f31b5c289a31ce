// build: musl
#include "mmap.c"
