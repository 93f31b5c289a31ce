#!/bin/bash
# busybox-static: its shell and its applets, all one static program.
# needs: busybox
b=$(command -v busybox); export LC_ALL=C TZ=UTC
mkdir bin; for a in sh ls cat sed awk grep sort uniq wc tar gzip gunzip find xargs vi head tail cut tr dd od md5sum sha1sum \
	cp mv rm ln mkdir rmdir stat chmod touch seq sleep kill ps diff cmp printf test expr env date basename dirname \
	readlink tee timeout nohup bunzip2 xz cpio du id mktemp mkfifo mknod pidof realpath rev split sum sync time truncate \
	uname unzip usleep uudecode uuencode watch which yes true false echo bc dc factor tac nl fold expand hexdump pgrep; do
	"$b" --list | grep -qx "$a" && ln -s "$b" "bin/$a"
done
PATH=$PWD/bin
cat > script <<'END'
echo "-- shell"; x=1; (x=2; exit 3); echo "$x $?"; seq 30 | grep 2 | sort -rn | head -n 3; cat <<A
here $x $(echo sub)
A
f() { local x=5; echo "f $x"; return 4; }; f; echo "$?"; i=0; while [ $i -lt 200 ]; do i=$((i + 1)); (exit 0); done; echo $i
s=abc.def; echo "${s%.*} ${s#*.} ${#s} ${s/b/B} ${s:1:2}"; echo $((3 * 7)); [[ abc == a* ]] && echo match; case $s in *.def) echo def;; esac
sleep 5 & { kill $!; wait $!; } 2>/dev/null; echo "$?"; for n in 1 2 3; do (exit $n) & eval p$n=$!; done; wait $p2; echo "$?"; wait
trap 'echo usr1' USR1; kill -USR1 $$; trap - USR1; (trap 'echo bye' EXIT; exit 2); echo "$?"; sh -c 'kill -9 $$'; echo "$?"
exec 3>out; echo three >&3; exec 3>&-; cat out; mkfifo p; echo fifo >p & cat p; wait; yes | head -n 3 | wc -l; read -t 1 l <out; echo "$l"
set -o pipefail; false | true; echo "$?"; echo -e 'a\tb' | cut -f2; printf '%03d\n' 7; (ulimit -n 20; ulimit -n)
time_of() { time true; }; time_of 2>&1 | wc -l; command -v cd; nothere 2>/dev/null; echo "$?"; exit 9
END
sh script; echo "status $?"
echo "-- applets"
seq 1 100 > n; sort -rn n | head -n 3; tac n | head -n 1; awk '{s += $1} END {print s}' n; sed -n '5,7p;$=' n; sed -i 's/^5$/five/' n; grep -n five n
md5sum n; sha1sum n; gzip -c n > n.gz; gunzip -c n.gz | cmp - n && echo gz; wc n; od -c n | head -n 2; split -l 30 n part; ls part*
mkdir -p d/e; cp n d/e; ln -s e/n d/l; ln n d/h; tar cf t.tar d; tar tf t.tar | sort; mkdir x; tar xf t.tar -C x; cat x/d/l | md5sum; find d -type f | sort; find d -name n -exec wc -l {} \;
printf '%s\n' a b c | xargs -n 1 echo item; seq 8 | xargs -P 4 -n 1 sh -c 'exit 0'; echo "$?"; stat -c '%s %a %h' n; chmod 600 n; stat -c %a n; touch -d '2001-01-01 00:00' n; date -r n +%Y; mv n m; rm -r d; ls
timeout 0.2 sleep 5; echo "$?"; tail -n 2 m; dd if=m bs=10 count=2 2>/dev/null | wc -c; expr 3 + 4; env -i A=1 env; basename /a/b.c .c; dirname /a/b; readlink bin/ls | sed 's|.*/||'
diff m part* > /dev/null 2>&1; echo "$?"; uniq -c <<< $'a\na\nb'; tr a-z A-Z <<< abc; fold -w 2 <<< abcd; rev <<< abc; nl <<< x; factor 12; printf '2^64\n' | bc; truncate -s 5000 m; du -k m | cut -f2; realpath . | sed "s|$PWD|here|"; test -f m; echo "$?"; mktemp -u x.XXXXXX | wc -c; ps > /dev/null; echo "$?"; id -u; uname -s; printf 'x' | hexdump -C | head -n 1; find m | cpio -o -H newc 2>/dev/null | cpio -t 2>/dev/null; which ls | sed "s|$PWD/||"
