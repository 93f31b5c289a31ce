// build: static
#include "beh_pthread.c"
