// build: musl
#include "beh_cpuid.c"
