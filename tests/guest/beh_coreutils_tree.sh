#!/bin/bash
# coreutils over a tree: cp -a, mv, ln, install, split, sort, stat, touch, truncate, chmod -R, du, rm -r.
export LC_ALL=C PATH=/usr/bin:/bin TZ=UTC
set -u
say() { printf '%s\n' "-- $*"; }
sum() { (cd "$1" && find . -type f -exec sha256sum {} + | sort -k2 | sha256sum); }
shape() { (cd "$1" && find . -printf '%P %y %m %s %l\n' | sed 's/ d \([0-9]*\) [0-9]*/ d \1/' | sort | sha256sum); }

say "make a tree"
for i in $(seq 10); do for j in $(seq 5); do mkdir -p "t/$i/$j"; done; done
for d in t/*/*; do for k in 1 2 3 4 5 6 7 8 9 10; do echo "$d $k"; done | split -l 1 - "$d/f."; done
find t -type f | wc -l; find t -type d | wc -l
for i in $(seq 10); do ln -s "../$i/1/f.aa" "t/$i/link"; ln "t/$i/1/f.aa" "t/$i/hard"; chmod "4$(printf %02o "$i")" "t/$i/2/f.ab"; done
touch -d '2001-02-03 04:05:06.789' t/1/1/f.ac; mkfifo t/fifo; sum t; shape t

say "cp"
cp -a t c; sum c; shape c
stat -c '%n %h %y' c/1/1/f.ac; stat -c '%n %h' c/1/hard
test c/1/hard -ef c/1/1/f.aa && echo "hard links kept"
diff -r t c > /dev/null 2>&1; echo "diff $?"
cp -r --no-preserve=all t/1 plain; find plain -type l | wc -l
cp --sparse=always t/1/1/f.aa sparse; cmp sparse t/1/1/f.aa && echo same
cp -l t/1/1/f.ab linked; stat -c %h linked
cp -s "$PWD/t/1/1/f.ab" sym; test -L sym && cat sym
cp -n t/1/1/f.ac linked; cat linked
cp -u t/1/1/f.ac linked; cat linked
cp t/1 nowhere 2>&1; echo "status $?"
cp -b t/1/1/f.ad sparse && ls sparse*

say "mv"
mv c/1 c/one; mv c/2 c/3 c/one/; ls c/one; mv -n c/4 c/one; ls -d c/4 2>&1 | sed 's/.*: //'
mv c/5/1/f.a[c-e] c/6/; ls c/6; mv c moved; sum moved
mv -T moved t 2>&1 | sed 's/.*: //'
mkdir e; mv -T e e2; ls -d e e2 2>&1 | sed 's/.*: //'

say "rename over, backup, exchange of names"
echo a > x; echo b > y; mv y x; cat x; ls y 2>&1 | sed 's/.*: //'
ln -sf target s; ln -sfn other s; readlink s; ln -f x z; stat -c %h x
ln x z 2>&1 | sed 's/.*: //'

say "install, mkdir, touch, truncate, split, cat"
install -D -m 750 x deep/er/x; stat -c '%a %s' deep/er/x; install -d -m 1777 sticky; stat -c %a sticky
mkdir -m 700 m; stat -c %a m; mkdir m 2>&1 | sed 's/.*: //'; mkdir -p m/a/b/c; rmdir -p m/a/b/c; ls -d m 2>&1 | sed 's/.*: //'
touch -t 200001010000 old; touch -r old new; stat -c %Y old new; [ x -nt old ] && echo newer
truncate -s 1M big; stat -c %s big; truncate -s -1K big; stat -c %s big; truncate -s '<10' big; stat -c %s big
seq 1000 > nums; split -n l/4 nums part.; cat part.* | cmp - nums && echo whole; rm part.*
split -b 1000 nums p.; ls p.*; cat p.* | cmp - nums && echo whole
dd if=nums of=dd bs=100 skip=2 count=3 seek=1 status=none; stat -c %s dd; head -c 5 dd | od -c | head -1
dd if=/dev/zero bs=1 count=1 seek=4999 of=hole status=none; stat -c %s hole
head -c 12 nums | tail -c 4; tac nums | head -2; sort -rn nums | head -2; shuf -n 5 nums | wc -l; sort -R nums | sort -n | cmp - nums && echo sorted
sort --parallel=2 -S 16K -T . nums -o sorted; wc -l < sorted
csplit -s nums 500; ls xx*; wc -l < xx00

say "chmod, du, stat, test"
chmod -R u=rwX,go= t/7; find t/7 ! -perm -u=r | wc -l; find t/7 -type d -perm 700 | wc -l
chmod +t,g+s t/8; stat -c %A t/8; chmod --reference=t/8 t/9; stat -c %A t/9
find t -newer old -type f | wc -l; find t -empty -type f | wc -l; find t -links +1 -type f | wc -l; find t -type l | wc -l
find t -name 'f.a[ab]' -path '*/3/*' | wc -l; find t -maxdepth 1 -type p
du --apparent-size -b t/1/1/f.aa | cut -f1; readlink -f t/1/link | sed "s|$PWD|CWD|"; realpath t/../t/1 | sed "s|$PWD|CWD|"
[ -p t/fifo ] && [ -L t/1/link ] && [ ! -e nothing ] && [ -d t ] && [ -f x ] && [ -r x ] && echo tests

say "rm"
rm t 2>&1 | sed 's/.*: //'; rm -r t/1; ls t/1 2>&1 | sed 's/.*: //'; find t -type f | wc -l
rm -rf t moved plain; rm missing 2>&1 | sed 's/.*: //'; rm -f missing; echo "$?"
timeout 0.2 sleep 5; echo "timeout $?"; : > grow; (sleep 0.2; echo x >> grow) & tail -f --pid=$! grow 2>/dev/null | head -1; wait
ls
