#!/bin/bash
# sqlite3: journals of every kind, WAL, rollback, two processes and their locks, recovery after a kill.
# needs: sqlite3
export LC_ALL=C PATH=/usr/bin:/bin HOME=$PWD
for j in delete truncate persist memory off wal; do
	echo "-- $j"
	sqlite3 $j.db "pragma journal_mode=$j; create table t(a integer primary key, b text); with recursive n(x) as (select 1 union all select x + 1 from n where x < 3000) insert into t select x, 'row ' || x from n; create index i on t(b); select count(*), sum(a), max(b) from t;"
	sqlite3 $j.db "begin; delete from t where a % 2; select count(*) from t; rollback; select count(*) from t; begin; update t set b = upper(b) where a < 100; savepoint s; delete from t; rollback to s; commit; select b from t where a = 5; pragma integrity_check;"
	ls $j.db*
done
echo "-- two processes"
cat > l.sql <<'END'
create table c(n); insert into c values (0);
END
for j in delete wal; do
	sqlite3 c$j.db "pragma journal_mode=$j" < /dev/null; sqlite3 c$j.db < l.sql
	for p in 1 2 3 4; do for k in $(seq 10); do echo '.timeout 20000'; echo 'begin immediate; update c set n = n + 1; commit;'; done | sqlite3 c$j.db & done; wait
	sqlite3 c$j.db 'select n from c; pragma integrity_check'
done
mkfifo f; sqlite3 cdelete.db < f > /dev/null & exec 3> f; echo 'begin exclusive; update c set n = -1; select 1;' >&3; for i in $(seq 50); do [ -e cdelete.db-journal ] && break; sleep 0.05; done
sqlite3 cdelete.db 'select n from c' 2>&1; echo "$?"; kill -KILL $!; wait $! 2>/dev/null; exec 3>&-; ls cdelete.db*; sqlite3 cdelete.db 'select n from c; pragma integrity_check'; ls cdelete.db*
sqlite3 cwal.db < f > /dev/null & exec 3> f; echo 'begin immediate; update c set n = -1;' >&3; sleep 0.3; sqlite3 cwal.db 'select n from c'; sqlite3 cwal.db 'update c set n = 5' 2>&1; echo 'commit;' >&3; exec 3>&-; wait; sqlite3 cwal.db 'select n from c; pragma wal_checkpoint(truncate)'; ls cwal.db*
echo "-- more"
sqlite3 wal.db 'pragma mmap_size=10000000; select count(*) from t; vacuum; pragma page_count' ; sqlite3 wal.db .dump | sha256sum; sqlite3 wal.db '.backup copy.db'; sqlite3 copy.db 'select sum(a) from t'; sqlite3 wal.db -csv 'select * from t limit 3'; sqlite3 big.db 'create table b(x blob); insert into b values (zeroblob(5000000)); select length(x) from b'; stat -c %s big.db; sqlite3 :memory: "select json_extract('{\"a\":[1,2]}', '$.a[1]'), sqlite_version() > '3'"; sqlite3 wal.db "attach 'copy.db' as c; begin; delete from t where a > 10; delete from c.t where a > 20; commit; select count(*) from t union all select count(*) from c.t"; sqlite3 wal.db "create virtual table ft using fts5(x); insert into ft values ('hello world'), ('other'); select x from ft where ft match 'world'"; sqlite3 nothing/x.db 'select 1; create table t(a)' 2>&1; echo junk > bad.db; printf '%01000d' 0 >> bad.db; sqlite3 bad.db 'select * from t' 2>&1; chmod 444 big.db; printf 'a,b\n1,2\n' > in.csv; sqlite3 i.db '.import --csv in.csv t' 'select * from t'
