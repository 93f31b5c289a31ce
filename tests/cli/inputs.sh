#!/bin/bash
# --inputs FILE: what was read, run, missing, written, deleted, listed; hashes; make's form.
. "$ROOT/tests/cli/cli.bash"
command -v python3 >/dev/null || exit 77
mkdir tree
for f in read 'with space#$' over renamed gone appended twice; do echo "old $f" >"tree/$f"; done
ln -s read tree/link

run vk --inputs .in -- sh -c '
	cd tree; cat link >/dev/null; cat "with space#$" >/dev/null; cat no/such nothing 2>/dev/null
	echo new >over; cat over >/dev/null
	mv renamed moved; rm gone; echo more >>appended; mkdir made; echo >made/inside; ls . >/dev/null
	cat twice >/dev/null; echo changed >twice; cat twice >/dev/null
	echo brief >brief; rm brief; stat read >/dev/null; touch made/$(printf "odd\377")'
is "status" "$status $err" "0 "
python3 - "$PWD/tree" <<'PY' || fail "the list"
import hashlib, json, sys
tree = sys.argv[1]
d = json.load(open(".in"))
sha = lambda s: hashlib.sha256(s).hexdigest()
def at(kind):
    return {e["path"][len(tree) + 1:]: e["sha256"] for e in d[kind] if e["path"].startswith(tree + "/")}
def names(kind):
    return {p[len(tree):] for p in d[kind] if p.startswith(tree)}
assert at("read") == {"read": sha(b"old read\n"), "with space#$": sha(b"old with space#$\n"),
    "twice": sha(b"old twice\n")}, d["read"]
w = at("written")
assert w["over"] == sha(b"new\n") and w["twice"] == sha(b"changed\n"), w
assert w["moved"] == sha(b"old renamed\n") and w["appended"] == sha(b"old appended\nmore\n"), w
assert w["brief"] is None and w["made"] is None and w["made/inside"] == sha(b"\n"), w
assert w["made/odd\\xff"] == sha(b""), w
assert names("deleted") == {"/renamed", "/gone", "/brief"}, d["deleted"]
assert {"/no/such", "/nothing"} <= names("missing"), d["missing"]
assert "" in names("listed"), d["listed"]
run = {e["path"]: e["sha256"] for e in d["run"]}
import os
sh = os.path.realpath("/bin/sh")
assert run[sh] == sha(open(sh, "rb").read()), run
assert any("ld-linux" in p for p in run), run
assert any("libc.so" in e["path"] and e["sha256"] for e in d["read"]), d["read"]
PY
# It can be read again by make, and only what changed counts.
run vk --inputs .dep.d -- sh -c 'cd tree; cat read "with space#$" >out; cat out >"out 2"'
is "make: status" "$status $err" "0 "
like "make" "$(<.dep.d)" "^$PWD/tree/out \\\\
 $PWD/tree/out\\\\ 2: \\\\
.*  $PWD/tree/read \\\\
  $PWD/tree/with\\\\ space\\\\#\\$\\$"
[[ $(<.dep.d) != *"  $PWD/tree/out"* ]] || fail "its own output is an input"
if command -v make >/dev/null; then
	touch -d '1 hour ago' tree/read 'tree/with space#$'
	echo >tree/out
	printf 'all: %s\n%s:\n\t@echo made\ninclude .dep.d\n' "$PWD/tree/out" "$PWD/tree/out" >.mk
	run make -s -f .mk
	is "make: nothing to do" "$status $out" "0 "
	touch -d '1 hour' tree/read
	run make -s -f .mk
	is "make: to do" "$status $out" "0 made"
fi
run vk --inputs .x --inputs-format make -- cat tree/read
like "format" "$(<.x)" "^.x: \\\\"
run vk --inputs .x.d --inputs-format json -- cat tree/read
like "format" "$(<.x.d)" '^\{ *"read":'
run vk --inputs .x --inputs-format xml -- true
is "bad format" "$status $err" "125 vksup: --inputs-format xml: json or make is needed"
run vk --inputs-format make -- true
is "format alone" "$status $err" "125 vksup: --inputs-format goes with --inputs"
run vk --inputs /nonexistent/x -- true
is "bad file" "$status $err" "125 vksup: --inputs /nonexistent/x: No such file or directory"
