#!/bin/bash
# --trace-json and --trace-perfetto: every line and every event as documented, slices that nest, arrows with both ends.
# needs: python3
. "$ROOT/tests/cli/cli.bash"

printf 'caf\xc3\xa9 "x"\\\n' > 'name
with "quotes"'
timeout -s KILL 60 "$VKSUP" --trace-json lines --trace-perfetto events -- \
	bash -c 'sleep 0.1 | cat; cat name*; (kill -SEGV $BASHPID); python3 -c "
import threading, ctypes
t = [threading.Thread(target=lambda: None) for i in range(3)]
[x.start() for x in t]; [x.join() for x in t]
ctypes.CDLL(None).syscall(999, 1, 2)
ctypes.string_at(0)"; exit 3' > .out 2> .err
is "status" $? 3

cat > lines.py <<'END'
import json
KEYS = {
    'call': {'name': str, 'number': int, 'args': list, 'text': str},
    'wait': {'duration': int, 'error': int}, 'wake': {'by': int}, 'fault': {'address': int},
    'signal': {'signal': int}, 'start': {'parent': int}, 'end': {'status': int}, 'exec': {'path': str},
}
MORE = {'call': {'result', 'duration', 'error'}}
seen = {}
for line in open('lines', encoding='ascii'):
    e = json.loads(line)
    kind = e['type']
    for key, t in {'time': int, 'pid': int, 'tid': int, **KEYS[kind]}.items():
        assert type(e[key]) is t, (key, line)
    extra = set(e) - {'type', 'time', 'pid', 'tid'} - set(KEYS[kind]) - MORE.get(kind, set())
    assert not extra, line
    assert e['time'] >= 0 and e.get('duration', 0) >= 0, line
    seen.setdefault(kind, []).append(e)
assert set(seen) == set(KEYS), set(KEYS) - set(seen)
calls = seen['call']
opened = [c for c in calls if c['name'] == 'openat' and 'with' in c['text']]
assert opened and opened[0]['text'].startswith('openat(AT_FDCWD, "name\\nwith \\"quotes\\"", O_RDONLY'), opened
assert opened[0]['result'] >= 3 and 'error' not in opened[0]
assert any(c.get('error') == 'ENOENT' and c['result'] == -2 for c in calls)
assert any(c['number'] == 999 and c['error'] == 'ENOSYS' for c in calls)
assert any(c['name'] == 'exit_group' and 'result' not in c and c['args'][0] == 3 for c in calls)
assert any(c['name'] == 'getpid' for c in calls), 'calls that carriers answer are left out'
assert any(f['address'] == 0 for f in seen['fault'])
assert any(s['signal'] == 11 for s in seen['signal'])
assert any(w['duration'] > 50_000_000 for w in seen['wait'])
assert any(e['path'].endswith('/cat') for e in seen['exec'])
# Who is woken by somebody is woken by one who is there; and all that start end.
tids = {e['tid'] for e in seen['start']}
assert {w['by'] for w in seen['wake']} - {0} <= tids and len(tids) >= 8
assert tids == {e['tid'] for e in seen['end']}
END
python3 lines.py || fail "--trace-json"

cat > events.py <<'END'
import json
trace = json.load(open('events', encoding='ascii'))
assert trace['displayTimeUnit'] in ('ms', 'ns')
# The Trace Event Format: what each phase must have, and may.
COMMON = {'ph': str, 'name': str, 'pid': int, 'tid': int, 'ts': (int, float)}
PHASES = {
    'B': ({}, {'cat', 'args'}), 'E': ({}, {'cat', 'args'}),
    'X': ({'dur': (int, float)}, {'cat', 'args'}),
    'M': ({'args': dict}, set()),
    'i': ({'s': str}, {'cat', 'args'}),
    's': ({'id': (int, str), 'cat': str}, {'args'}),
    'f': ({'id': (int, str), 'cat': str}, {'bp', 'args'}),
}
stacks, flows, names, slices, waits, arrows = {}, {}, {}, 0, 0, 0
last = {}
for e in trace['traceEvents']:
    need, may = PHASES[e['ph']]
    for key, t in {**COMMON, **need}.items():
        assert isinstance(e[key], t), (key, e)
    assert set(e) <= set(COMMON) | set(need) | may, e
    assert e['ts'] >= 0 and isinstance(e.get('args', {}), dict), e
    who = e['pid'], e['tid']
    if e['ph'] == 'M':
        assert e['name'] in ('process_name', 'thread_name') and isinstance(e['args']['name'], str), e
        names[who] = e['args']['name']
        continue
    assert who in names, ('nameless', e)
    stack = stacks.setdefault(who, [])
    if e['ph'] in 'BE' and who != (0, 0):
        assert e['ts'] >= last.get(who, 0), ('backwards', e)
        last[who] = e['ts']
    if e['ph'] == 'B':
        assert (e['name'] == 'wait') or not stack or stack[-1]['name'] != 'wait', ('a call in a wait', e)
        stack.append(e)
        slices += 1
        waits += e['name'] == 'wait'
    elif e['ph'] == 'E':
        b = stack.pop()
        assert b['name'] == e['name'] and b['ts'] <= e['ts'], (b, e)
    elif e['ph'] == 'i':
        assert e['s'] in 'gpt', e
    elif e['ph'] == 's':
        assert e['id'] not in flows
        flows[e['id']] = e
    elif e['ph'] == 'f':
        assert e['bp'] == 'e' and stack and stack[-1]['name'] == 'wait', e
        s = flows.pop(e['id'])
        assert s['ts'] <= e['ts'] and s['name'] == e['name'] and s['cat'] == e['cat'], (s, e)
        arrows += 1
for who, stack in stacks.items():
    # The program's last call may be under way when the run ends.
    assert not stack or all(b['name'] in ('exit', 'exit_group', 'wait') for b in stack), (who, stack)
assert slices > 200 and waits >= 4 and arrows >= 2, (slices, waits, arrows)
assert names[(0, 0)] and 'cat' in names.values() and 'sleep' in names.values(), names
call = next(e for e in trace['traceEvents'] if e['ph'] == 'B' and e['name'] == 'openat')
assert call['args']['call'].startswith('openat(AT_FDCWD, "/etc/ld.so'), call
END
python3 events.py || fail "--trace-perfetto"

# The same calls as --strace has.
timeout -s KILL 60 "$VKSUP" --strace -o strace --trace-json lines -- cat /etc/hostname > /dev/null
python3 - <<'END' || fail "other calls than --strace"
import json
calls = [json.loads(l) for l in open('lines')]
mine = [c['name'] for c in calls if c['type'] == 'call']
theirs = [l.split('(')[0] for l in open('strace') if not l.startswith(('+++', '---'))]
assert theirs.pop(0) == 'execve'	# that which starts the program is no call of it
assert mine == theirs, (mine, theirs)
END

expect "cannot write" 125 "" "vksup: --trace-json /nonexistent/x: No such file or directory" \
	timeout -s KILL 60 "$VKSUP" --trace-json /nonexistent/x -- true
# A disk that is full does not stop the program.
expect "full" 0 hello "" timeout -s KILL 60 "$VKSUP" --trace-json /dev/full --trace-perfetto /dev/full -- echo hello
