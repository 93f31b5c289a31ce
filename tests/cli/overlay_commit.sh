#!/bin/bash
# What the guest saw is what the host has after commit; diff and export say the same; links are not followed.
# needs: python3 diff
# timeout: 180
. "$ROOT/tests/cli/cli.bash"

make() {
	rm -rf t ov
	mkdir -p t/a/b t/gone/x t/dir t/tofile
	echo one > t/one
	echo deep > t/a/b/deep
	echo more > t/a/more
	seq 1000 > t/gone/x/seq
	echo f > t/todir
	echo x > t/tofile/x
	echo s > t/same
	ln -s one t/sym
}
change='cd t; echo two >> one; mv a z; echo m >> z/more; rm -r gone; mkdir -m 750 gone; echo n > gone/n; ln gone/n gone/l
	rm todir; mkdir todir; echo in > todir/in; rm -r tofile; echo now > tofile; ln -sf same sym; chmod 600 same
	mkfifo fifo; truncate -s 1M sparse; touch -d "2003-04-05 06:07:08.9" new; mv dir gone/dir; echo "a	b" > "odd
name"; mkdir -m 500 ro; chmod 700 ro; echo x > ro/x; chmod 500 ro; cp -p one ../t/copy; mv one old; mv same one; mv old same'
show() {
	find t ! -type d -printf '%p %y %m %n %s %l %T@\n' -o -type d -printf '%p %y %m\n' | sort
	find t -type f -exec sha256sum {} + | sort -k2
}
make
run vk --overlay ov -- sh -c "$change"
is "the changes" "$status$err" 0
inside=$(vk --overlay ov -- bash -c "$(declare -f show); show")
before=$(show)

run vk diff ov
is "diff: status" "$status$err" 0
here=$PWD/t
is "diff" "$(sed "s|$here/||" <<< "$out" | LC_ALL=C sort)" "$(LC_ALL=C sort <<'END'
A copy
A fifo
A gone/dir/
A gone/l
A gone/n
A new
A odd\012name
A ro/
A ro/x
A sparse
A todir/in
A z/
A z/b/
A z/b/deep
A z/more
D a/
D dir/
D gone/x/
M one
M same
M sym
T todir/
T tofile
a gone/
END
)"
run vk diff ov --stat
like "diff --stat" "$(tail -n 1 <<< "$out")" '^15 added, 5 modified, 3 deleted, 1 with other attributes; \+[0-9]+ -[0-9]+ bytes$'
run vk diff --json ov
is "diff --json" "$(python3 -c '
import json, sys, collections
d = json.load(open(".out"))
print(sorted(collections.Counter(e["change"] for e in d).items()))
e = {x["path"].split("/t/")[1]: x for x in d}
print(e["z/more"]["size"], e["sym"]["target"], e["gone/n"]["mode"], e["fifo"]["type"])')" \
	"[('added', 15), ('attributes', 1), ('deleted', 3), ('modified', 3), ('type', 2)]
7 same 0644 fifo"
run vk diff ov --patch t/one t/gone/x
like "diff --patch" "$out" "--- a$here/one
\+\+\+ b$here/one
@@ -1 \+1 @@
-one
\+s
"
like "diff --patch: deletions" "$out" "deleted directory $here/gone/x"
[[ $out != *"$here/z"* ]] || fail "diff of other paths"

run vk export ov out.tar.zst
is "export" "$status$out$err" 0
mkdir x; tar -C x -xf out.tar.zst
is "the archive's files" "$(cd "x$here" && cat one z/more todir/in; ls -A gone . | grep wh)" $'s\nmore\nm\nin\n.wh.a\n.wh.dir\n.wh..wh..opq\n.wh.x'
for f in x.tar x.tar.gz x.tgz x.tar.xz x.tar.bz2 x.cpio x.zip; do
	run vk export ov "$f"
	[[ $status == 0 && -s $f ]] || fail "export $f: $status $err"
	[[ -z $err || $f == x.zip ]] || fail "export $f: $err"
done

# Nothing of all this has changed anything.
is "the host" "$(show)" "$before"
run vk commit ov "t/new" t/todir
is "commit of two" "$status$out$err" 0
is "two" "$(stat -c %y t/new | cut -c 1-22; cat t/todir/in; ls t | tr '\n' ' ')" $'2003-04-05 06:07:08.90\nin\na dir gone new one same sym todir tofile '
run vk commit ov
is "commit" "$status$out$err" 0
is "all" "$(show)" "$inside"
is "nothing is left" "$(vk diff ov; ls ov/data)" ""
is "the overlay is good for more" "$(vk --overlay ov -- sh -c 'cat t/one; echo z > t/one'; vk --overlay ov -- cat t/one; cat t/one)" $'s\nz\ns'
vk discard ov
[[ ! -e ov ]] || fail "discard left something"

# A link that is there now is not followed.
make
mkdir outside; echo o > outside/f
vk --overlay ov -- sh -c 'echo evil > t/a/b/f; rm t/gone/x/seq; echo evil > t/one'
rm -r t/a/b t/gone/x t/one
ln -s "$PWD/outside" t/a/b; mkdir t/gone/x2; ln -s "$PWD/outside/f" t/one
echo o > outside/seq; ln -s "$PWD/outside" t/gone/x
run vk commit ov
is "a link on the way: status" "$status$out" 125
like "a link on the way" "$err" "vksup: $here/a/b: is not what it was any more
vksup: $here/a/b/f: the directory that it is in is not there, or a link"
is "outside" "$(ls outside; cat outside/f)" $'f\nseq\no'

# Whoever is not root cannot write everywhere: said, and tried again later.
if [[ $(id -u) == 0 ]]; then
	make
	vk --overlay ov -- sh -c 'echo 1 > t/one; echo n > t/a/n; rm -r t/gone'
	cp -a ov ov.nobody; chown -R nobody ov.nobody; chown nobody .; chmod 711 .
	run setpriv --reuid nobody --regid nogroup --clear-groups "$VKSUP" commit ov.nobody
	is "no permission" "$status" 125
	like "no permission" "$err" "vksup: $here/a/n: Permission denied"
	is "nothing was deleted" "$(ls t)" $'a\ndir\ngone\none\nsame\nsym\ntodir\ntofile'
	run vk commit ov
	is "by who may" "$status$err$(cat t/one t/a/n; ls -d t/gone 2>&1 | grep -c No)" $'01\nn\n1'
fi
