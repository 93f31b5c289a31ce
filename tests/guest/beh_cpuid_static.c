// build: static
#include "beh_cpuid.c"
