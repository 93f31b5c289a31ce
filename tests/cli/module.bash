# module.bash - for tests of modules: after cli.bash.
#
#   example NAME            the module examples/NAME.c, built as a stranger builds it
#   module NAME             one from standard input, in ./NAME.so
MODULE_CFLAGS="-std=gnu11 -shared -fPIC -O1 -g -D_GNU_SOURCE -Wall -Wextra -Werror
	-I$ROOT/include -I$ROOT/abi -I$ROOT"

example() {
	# shellcheck disable=SC2086
	cc $MODULE_CFLAGS -o "$1.so" "$ROOT/examples/$1.c" || fail "examples/$1.c does not build"
}

module() {
	# shellcheck disable=SC2086
	cc $MODULE_CFLAGS -x c -o "$1.so" - || fail "$1 does not build"
}
