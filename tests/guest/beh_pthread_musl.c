// build: musl
#include "beh_pthread.c"
