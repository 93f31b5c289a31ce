// build: musl
#include "beh_threads_fork.c"
