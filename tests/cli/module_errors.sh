#!/usr/bin/env bash
# module_errors.sh - -L with what is no module, and several of them.
# needs: cc
. "$ROOT/tests/cli/cli.bash"
. "$ROOT/tests/cli/module.bash"
example mod_liar

wrong() {
	expect "$1" 125 "" "vksup: -L $2" vk -L "$3" -- echo no
}
wrong "not there" "./none.so: cannot open shared object file: No such file or directory" ./none.so
wrong "no slash" "none.so: cannot open shared object file: No such file or directory" none.so
echo text >text.so
wrong "no shared object" "./text.so: file too short" ./text.so
wrong "nothing" "'': a file is needed, as in ./module.so" ""
module empty <<<'int nothing;'
wrong "no module" "./empty.so: it is not a module of vksup: VKSUP_MODULE() is missing" ./empty.so
module old <<'END'
#include <vksup/module.h>
#undef VKSUP_MODULE_ABI
#define VKSUP_MODULE_ABI 99
static int init(struct mod *m, const char *args) { return !m || !args; }
VKSUP_MODULE("old", init, NULL);
END
wrong "another version" "./old.so: it is made for version 99 of vksup/module.h, this is version 1" \
	./old.so
module missing <<'END'
#include <vksup/module.h>
int mod_of_the_future(struct mod *m);
static int init(struct mod *m, const char *args) { return args ? mod_of_the_future(m) : 0; }
VKSUP_MODULE("missing", init, NULL);
END
wrong "a function we do not have" "./missing.so: undefined symbol: mod_of_the_future" ./missing.so
module twice <<'END'
#include <vksup/module.h>
static int init(struct mod *m, const char *args)
{
	static const struct mod_dev dev;
	return *args ? mod_add_dev(m, args, 0600, &dev, NULL) : mod_error(m, "no name");
}
VKSUP_MODULE("twice", init, NULL);
END
wrong "its own error" "./twice.so: no name" ./twice.so
wrong "a taken name" "./twice.so: /dev/null: File exists" ./twice.so,null

# The last is met first: 10 * (truth + 3).
stacked() {
	module "$1" <<END
#include <vksup/module.h>
static long
call(struct mod_call *c, void *arg)
{
	(void)arg;
	return $3;
}
static int
init(struct mod *m, const char *args)
{
	(void)args;
	return mod_wrap(m, "getppid", call, NULL);
}
VKSUP_MODULE("$1", init, NULL);
END
}
stacked plus getppid 'mod_next(c) + 3'
stacked times getppid 'mod_next(c) * 10'
expect "stacked" 0 40 "" vk -L ./plus.so -L times.so -- sh -c 'echo $PPID'
expect "the other way" 0 13 "" vk -L times.so -L ./plus.so -- sh -c 'echo $PPID'
expect "the long name" 0 4 "" vk --load ./plus.so -- sh -c 'echo $PPID'
