// build: static
#include "beh_threads_many.c"
