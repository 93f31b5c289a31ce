#!/bin/bash
# --stats: rows at the end, for people and as JSON; bad values.
. "$ROOT/tests/cli/cli.bash"
command -v python3 >/dev/null || exit 77

run vk --stats -- sh -c 'head -c 5000 /dev/zero | wc -c; exit 3'
is "status" "$status $out" "3 5000"
for row in 'wall clock +[0-9.]+ s' 'CPU of guests +[0-9.]+ s' 'CPU of the vkernel +[0-9.]+ s' \
	'most memory promised +[0-9.]+ [KM]iB' 'processes +3' 'bytes read +[0-9.]+ KiB' 'refused +[0-9]+' \
	'call +count +errors +seconds' 'pipe2? +1 +0 +[0-9.]+' 'execve +2 +[0-9]+ +[0-9.]+'; do
	like "a row" "$err" "$row"
done

run vk --stats=json:.stats -- sh -c 'cat missing /etc/shadow 2>/dev/null; head -c 70000 /dev/zero >/tmp/x; cat /tmp/x >/dev/null; i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done'
is "status, json" "$status $out $err" "0  "
python3 - <<'PY' || fail "json"
import json
s = json.load(open(".stats"))
assert s["wall_ns"] > 1000000 and s["vkernel_cpu_ns"] > 0, s
assert 0 < s["guests_cpu_ns"] < 8 * s["wall_ns"], s
assert s["read_bytes"] >= 140000 and s["written_bytes"] >= 140000, s
assert s["memory_peak_bytes"] >= 70000 and s["process_peak_bytes"] > 500000, s
assert s["denied"] >= 1 and s["processes"] == 4, s
c = s["calls"]["openat"]
assert c["count"] > c["errors"] >= 2 and c["ns"] > 0, c
assert list(s["calls"]) == sorted(s["calls"], key=lambda n: -s["calls"][n]["count"])
PY
run vk --stats=json -- true
like "json on stderr" "$err" '^\{"wall_ns":[0-9]+,.*\}$'
run vk --stats=text:.text -- true
is "text in a file" "$status $err" "0 "
like "text in a file" "$(<.text)" "wall clock"
for v in x js json: jsonx text:/nonexistent/x : ''; do
	run vk --stats="$v" -- true
	is "--stats=$v" "$status" 125
	like "--stats=$v" "$err" "^vksup: --stats [^ ]+: "
done
