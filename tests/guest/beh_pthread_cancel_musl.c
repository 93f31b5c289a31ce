// build: musl
#include "beh_pthread_cancel.c"
