// build: static
#include "beh_sig_xstate.c"
