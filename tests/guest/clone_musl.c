// build: musl
#include "clone.c"
