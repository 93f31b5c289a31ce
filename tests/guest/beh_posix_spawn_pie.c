// build: static-pie
#include "beh_posix_spawn.c"
