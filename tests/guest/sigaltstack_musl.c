// build: musl
#include "sigaltstack.c"
