#!/bin/bash
# tar with gz, xz and zst: there and back, by file, by pipe, incremental, threads.
# needs: tar gzip xz zstd
# timeout: 120
export LC_ALL=C PATH=/usr/bin:/bin TZ=UTC
for i in $(seq 30); do mkdir -p "t/d$i/e"; for k in $(seq 20); do seq $((i * k)) > "t/d$i/f$k"; done; ln -s ../f1 "t/d$i/e/s"; ln "t/d$i/f2" "t/d$i/e/h"; done
touch -d '2001-02-03 04:05:06.789123456' t/d1/f1; chmod 4751 t/d2/f1; chmod 1777 t/d3; mkfifo t/fifo; truncate -s 3M t/sparse; printf x | dd of=t/sparse bs=1 seek=1000000 conv=notrunc status=none; head -c 1000000 /dev/zero > t/zeros; printf 'umlaut' > $'t/\303\244'; long=t/$(printf 'long%.0s' {1..30}); mkdir -p "$long/$long"; echo deep > "$long/$long/x"
find t -exec touch -h -d 2010-01-01 {} +; touch -d '2001-02-03 04:05:06.789123456' t/d1/f1
shape() { (cd "$1" && find . -printf '%P %y %m %n %l %TY%Tm%Td%TS\n' | sort | sha256sum; find . -type f -print0 | sort -z | xargs -0 sha256sum | sha256sum); }
shape t; opts='--sort=name --owner=0 --group=0 --numeric-owner --mtime=2020-01-01'
for z in '' z J --zstd; do
	name=t.tar${z#--}; tar -c$z -f "$name" t 2>/dev/null || tar -c $z -f "$name" t; mkdir x; tar -xpf "$name" -C x; shape x/t; rm -r x; tar -tf "$name" | wc -l; tar -df "$name"; echo "diff $?"
done
for z in gzip xz zstd bzip2; do command -v $z > /dev/null || continue; tar -cf - $opts t | $z -c | $z -dc | tar -xf - --to-stdout t/d5/f3 | sha256sum; tar -cf - $opts t | tee >(sha256sum > sum) | $z -1 > p.$z; for i in {1..50}; do [[ -s sum ]] && break; sleep 0.02; done; $z -dc p.$z | sha256sum | cmp - sum && echo "$z same"; $z -t p.$z; echo "$?"; head -c 1000 p.$z > cut; $z -dc < cut > /dev/null 2>&1; echo "cut $?"; : > sum; done
seq 500000 > n; xz -T2 -k -1 n; zstd -q -T2 n; zstd -q -19 --long=20 -f zz 2>/dev/null; gzip -k9 n; for f in n.xz n.zst n.gz; do stat -c %n $f; done; xz -dc n.xz | cmp - n && zstd -dc n.zst | cmp - n && gzip -dc n.gz | cmp - n && echo all; zstd -q -b1 -e1 -i0 n > /dev/null 2>&1; cat n.gz n.gz | gzip -dc | wc -l; zcat n.gz | tail -n 1; xzcat n.xz | sha256sum; zgrep -c 99 n.gz; xz --robot -l n.xz | tail -n 1 | cut -f 1-3
pipe() { mkdir y; tar -C t -cf - . | (cd y && tar -xpf -); shape y; rm -r y; }; pipe; tar -cf - t | tar -tf - | tail -n 1 | wc -l
tar -cSf s.tar t/sparse; [[ $(stat -c %s s.tar) -lt 200000 ]] && echo sparse; mkdir y; tar -xSf s.tar -C y; cmp t/sparse y/t/sparse && [[ $(stat -c %b y/t/sparse) -lt 1000 ]] && echo "sparse again"
tar -cf i0.tar -g snap t; echo new > t/new; rm t/d4/f4; tar -cf i1.tar -g snap t; tar -tf i1.tar | grep -v '/$'; mkdir w; tar -xf i0.tar -g /dev/null -C w; tar -xf i1.tar -g /dev/null -C w; ls w/t/new w/t/d4/f4 2>&1 | sed 's/.*: //'; echo add > add; tar -rf i0.tar add; tar -tf i0.tar | tail -n 1; tar -cf x.tar --exclude='f*' --transform 's,^t,u,' t/d1; tar -tf x.tar | sort; tar -cML 200 -f v1.tar -F 'echo v2.tar >&$TAR_FD' t/zeros 2>/dev/null; ls v*.tar 2>/dev/null | wc -l; tar -xf nothing.tar 2>&1 | head -n 1 | sed 's/.*: //'; tar -xf n 2>&1 | tail -n 1; (umask 077; mkdir um; tar -xf x.tar -C um; stat -c %a um/u/d1); tar --use-compress-program='xz -0' -cf q.txz t/d9; tar -xOf q.txz t/d9/f9 | wc -l; tar -cf - --format=posix "$long" | tar -tf - | wc -l
