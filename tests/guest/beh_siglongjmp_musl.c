// build: musl
#include "beh_siglongjmp.c"
