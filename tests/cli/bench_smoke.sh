#!/bin/bash
# The bench still works.  No time is asserted: that is not for a test.
# timeout: 180
# needs: cc
. "$ROOT/tests/cli/cli.bash"

# The programs that it measures are built when they are first needed.
[[ -w $BUILD ]] || skip "the build belongs to somebody else"

bench() {
	"$ROOT/tests/bench/run" --build "$BUILD" --work work --tools native,vksup "$@"
}

is "names" "$(bench --list | awk '$1 == "getppid" || $1 == "start" { n++ } END { print n }')" 2
run bench --quick -n 1 --svg plots getppid start
is "table: status" "$status" 0
like "table" "$out" 'getppid +[0-9.]+ (ns|µs) +[0-9.]+ (ns|µs) +[0-9.]+ '
like "table" "$out" 'start to exit of /bin/true +[0-9.]+ [mµ]?s +[0-9.]+ [mµ]?s'
for f in plots/performance-{micro,program}.svg; do
	/usr/bin/python3 -c 'import sys, xml.dom.minidom as m; m.parse(sys.argv[1])' "$f" || fail "$f"
done
bench --quick -n 1 --json getuid > r.json 2>.err
is "json" "$(/usr/bin/python3 -c '
import json
item, = json.load(open("r.json"))["items"]
print(item["name"], *(t + ":" + str(len(v["wall"])) for t, v in item["tools"].items()))')" "getuid native:1 vksup:1"
run bench --load r.json --markdown
like "--load" "$out" '\| getuid \|'
run bench no-such-item
is "no such item" "$status" 1
