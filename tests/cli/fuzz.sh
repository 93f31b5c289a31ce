#!/usr/bin/env bash
# fuzz.sh - inputs that once crashed, and a few seconds of new ones.  For hours:
# tests/fuzz/run.  FUZZ_SECONDS: for each target; FUZZ_SEED: which inputs.
# timeout: 240
. "$ROOT/tests/cli/cli.bash"

any=
for target in decode elf path calls; do
	bin=$BUILD/tests/fuzz/fuzz_$target
	[[ -x $bin ]] || continue
	any=1
	t=${FUZZ_SECONDS:-$([[ $target == calls ]] && echo 6 || echo 2)}
	corpus=("$ROOT/tests/fuzz/corpus/fuzz_$target")
	[[ -d ${corpus[0]} ]] || corpus=()
	UBSAN_OPTIONS=print_stacktrace=1 timeout -s KILL 200 "$bin" -t "$t" -s "${FUZZ_SEED:-1}" \
		"${corpus[@]}" >log 2>&1 || {
		fail "fuzz_$target; the input is in crash-fuzz_$target, see tests/fuzz/keep"
		grep -avE '^ *#[0-9]+ .*(libsanitizer|nptl)' log | tail -n 30
		[[ ! -f crash-fuzz_$target ]] || base64 "crash-fuzz_$target"
	}
done
[[ $any ]] || exit 77
