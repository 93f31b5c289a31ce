// build: static-pie
#include "fork.c"
