// build: static
#include "vfork.c"
