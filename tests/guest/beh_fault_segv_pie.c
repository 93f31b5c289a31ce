// build: static-pie
#include "beh_fault_segv.c"
