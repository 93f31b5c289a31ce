// build: musl
#include "beh_sig_storm.c"
