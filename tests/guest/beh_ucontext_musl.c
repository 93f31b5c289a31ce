// build: musl
#include "beh_ucontext.c"
