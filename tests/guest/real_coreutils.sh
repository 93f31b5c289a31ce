#!/bin/bash
# coreutils over a tree of 10,000 files.
# timeout: 300
export LC_ALL=C PATH=/usr/bin:/bin TZ=UTC
say() { printf -- '-- %s\n' "$*"; }
shape() { (cd "$1" && find . -type f -printf '%P %m %s %n %TY-%Tm-%Td\n' -o -printf '%P %y %m %l\n' | sort | sha256sum); }
data() { (cd "$1" && find . -type f -print0 | sort -z | xargs -0 sha256sum | sha256sum); }
err() { sed 's/.*: //'; }

say "10,000 files"
mkdir -p $(seq -f 't/%g' 0 99)
for d in t/*; do seq 100 | split -l 1 -a 2 -d - "$d/f"; done
find t -type f | wc -l; ls t | wc -l; ls -R t | sha256sum; ls -U t/5 | sort | sha256sum; cat t/*/f00 | wc -c
touch -d '2001-02-03 04:05:06.789' $(seq -f 't/%g/f01' 0 99); find t ! -newermt 2001-02-04 -type f | wc -l; find t -type f -exec touch -d 2020-02-02 {} +
for i in {0..99}; do ln -s ../1/f00 t/$i/sym; ln t/$i/f02 t/$i/hard; done; chmod 600 t/7/*; chmod 1777 t/8; mkfifo t/fifo
shape t; data t

say "cp, mv, ln, rm"
cp -a t c; shape c; data c; diff -r -x fifo t c && echo equal; find c -links 2 -type f | wc -l; stat -c '%A %y' c/7/f01; stat -c %A c/8
cp -al t l; find l -type f -links +1 | wc -l; rm -rf l; ls l 2>&1 | err; cp -rs "$PWD/t/1" s; find s -type l | wc -l; cp -r --parents t/1/f00 s; ls s/t/1
mv c/1 c/one; mv c/[2-9] c/one/; ls c/one | tail -n 8; ls c | wc -l; mv c moved; mv -n moved/one/f00 moved/0/f00; ls moved/one/f00; mv -t moved/0 moved/one; ls -d moved/0/one/9
cp t nowhere 2>&1 | err; cp t/1/f00 t/1/f00 2>&1 | err; mv t t/1 2>&1 | err; cp -r t/1 t/1/in 2>&1 | err; rm t/1 2>&1 | err; rmdir t 2>&1 | err; ln t t2 2>&1 | err; mkdir t 2>&1 | err
rm -r moved/0 s; find moved -type f | wc -l; rm -rf moved; ls; ln -sf a b; ln -sfn c b; readlink b; ln -f t/1/f00 b; stat -c %h b; rm b

say "sort, uniq, comm, join, split, shuf"
find t -type f | sort > list; sort -c list && echo sorted; sort -r list | head -n 1; sort -t / -k 2,2n -k 3,3 list | sha256sum; cat t/*/f* | sort -n | uniq -c | awk '{print $1}' | sort -u
cat t/*/f* | sort -u | wc -l; seq 200000 | shuf --random-source=<(yes) > shuffled; sha256sum < shuffled; sort -n shuffled | cmp - <(seq 200000) && echo restored; sort -n -S 200K -T . --parallel=2 shuffled | sha256sum
comm -12 <(seq 1 2 100 | sort) <(seq 1 3 100 | sort) | wc -l; join <(seq 5 | sed 's/$/ a/') <(seq 3 8 | sed 's/$/ b/'); split -n 7 --numeric-suffixes shuffled s.; cat s.* | cmp - shuffled && echo joined; rm s.*
split -b 100K --filter='wc -c' shuffled | sort -n | uniq -c; split -l 50000 shuffled q; wc -l q*; csplit -s shuffled 100 '{3}'; ls xx*; tsort <<< 'a b b c'; ptx -w 20 <<< 'a b' | wc -l; rm q* xx*

say "checksums, encodings, numbers"
for s in md5sum sha1sum sha256sum sha512sum b2sum cksum sum; do $s list | cut -c 1-20; done; sha256sum t/1/* > sums 2>/dev/null; sha256sum -c --quiet sums; echo "$?"; echo bad > t/1/f05; sha256sum -c --status sums; echo "$?"
base64 -w 0 list | base64 -d | cmp - list && echo base64; od -An -tx1 -N 8 list; numfmt --to=iec 123456789; factor 1234567891; seq -s , 1 .5 3; expr 7 \* 6; printf '%d %o %e\n' 10 8 1.5; date -d '2001-02-03 04:05 +2 days' +%F; nl list | tail -n 1; fmt -w 30 <<< 'many words that are to be filled into lines'; pr -l 10 -t list | head -n 2; tac list | head -n 1; rev <<< abc; fold -w 3 <<< abcdefg; expand <<< $'a\tb'; tr -d a-f <<< abcxyz; cut -d / -f 2 list | uniq | wc -l; paste -sd + <(seq 5); head -c -5 <<< abcdefgh; echo; tail -c +3 <<< abc; od -c <<< $'\001'

say "install, stat, touch, truncate, dd, du, df"
install -D -m 741 list i/n/s/t; stat -c '%a %s %F' i/n/s/t; install -d -m 700 i/d; stat -c '%a %F' i/d; install -b -m 600 list i/n/s/t; ls i/n/s
touch -a -d @1 list; touch -m -d @2.5 list; stat -c '%X %.Y' list; touch -r t/2/f00 list; date -r list +%F; touch -c nope; ls nope 2>&1 | err; touch -h -d @5 t/3/sym; stat -c %Y t/3/sym
truncate -s 12345 z; truncate -s +5 z; truncate -s %1000 z; truncate -r list y; stat -c %s z y | head -n 1; cmp <(head -c 13000 /dev/zero) z && echo zeros; fallocate -l 64K fa 2>/dev/null; stat -c '%s' fa; stat -f -c '%T' /proc; stat -c %t,%T /dev/null; stat -Lc %F /dev/stdin < /dev/null
dd if=list of=o bs=64 skip=3 count=7 seek=2 conv=notrunc,sync status=none; stat -c %s o; dd if=/dev/zero bs=1K count=100 2>/dev/null | dd bs=7 2>/dev/null | wc -c; dd if=list bs=10 count=1 conv=ucase status=none; echo; dd if=list iflag=skip_bytes,count_bytes skip=5 count=10 status=none; echo
du --apparent-size -b t/4 -S | cut -f2; du -b --apparent-size t/4/f0* | head -n 2; du -c -b t/4/f00 t/4/f01 | tail -n 1; du --inodes -s t | cut -f1; df / > /dev/null && echo df; df --output=target /proc | tail -n 1; readlink -f t/9/sym | sed 's|.*/t|t|'; realpath --relative-to=t/1 t/2/f00; pathchk -p 'a b' 2>/dev/null; echo "$?"; mktemp -d m.XXXX | wc -c; ls -l t/7/f00 | cut -c 1-12; ls -la --time-style=+%Y t/8 | sed -n 2p | cut -c1-10; ls -i t/1/f02 t/1/hard | cut -d ' ' -f 1 | uniq | wc -l; ls -S t/6 | head -n 1; chmod -R a-w t/5; find t/5 -perm /222 ! -type l | wc -l; chmod -R u+w t/5; vdir t/6 | wc -l; sync list; echo "$?"; unlink fa; link list li; stat -c %h li; shred -u li; ls li 2>&1 | err

say "processes"
timeout 0.2 sleep 9; echo "$?"; { timeout -s KILL 0.2 sleep 9; } 2>/dev/null; echo "$?"; timeout 5 sh -c 'exit 3'; echo "$?"; timeout --preserve-status 0.2 sh -c 'trap "exit 7" TERM; sleep 9 & wait'; echo "$?"; { timeout -k 0.2 0.2 sh -c 'trap "" TERM; while :; do sleep 0.1; done'; } 2>/dev/null; echo "$?"; timeout 1 nothere 2>/dev/null; echo "$?"
: > grow; (for i in 1 2 3; do sleep 0.1; echo $i >> grow; done) & timeout 10 tail -n +1 -f -s 0.05 --pid=$! grow; tail -n 0 -F later --pid=$! 2>/dev/null; nohup sh -c 'kill -HUP $$; echo survived' < /dev/null 2>/dev/null; nice -n 3 nice; env -u HOME -C / pwd; stdbuf -oL echo unbuffered; nproc --all > /dev/null; tee a b <<< tee > /dev/null; cat a b; yes no | head -n 2; sleep 0.01s; chroot / true 2>/dev/null; [[ $? == 0 || $EUID != 0 ]] && echo chroot; id -u > /dev/null; printenv HOME > /dev/null && echo env; tty; test -t 0; echo "$?"; kill -l 9; uname -s; hostid | wc -c; arch; pinky > /dev/null 2>&1; logname > /dev/null 2>&1; whoami > /dev/null; who > /dev/null; users > /dev/null; echo end; rm -rf t m.*; ls
