#!/bin/bash
# tar, gzip, xz, bzip2, zstd, cpio where they are: trees there and back, by pipe and by file.
export LC_ALL=C PATH=/usr/bin:/bin TZ=UTC
mkdir -p t/a/b t/empty; echo text > t/f; seq 5000 > t/a/nums; ln t/f t/a/hard; ln -s ../f t/a/sym; mkfifo t/a/b/fifo
printf 'x\ny' > "t/a/name with spaces"; head -c 100000 /dev/zero > t/zeros; truncate -s 1M t/sparse; chmod 741 t/a; chmod 4755 t/f
touch -d '1999-12-31 23:59:59' t/a/nums; touch -d '2005-05-05' t/empty
long=$(printf 'l%.0s' $(seq 120)); echo long > "t/$long"
shape() { (cd "$1" && find . -printf '%P %y %m %n %l\n' | sort; find . -type f -exec sha256sum {} + | sort -k2; stat -c '%n %Y' a/nums empty); }
shape t > before; wc -l < before
for z in "" gzip xz bzip2 zstd; do
	if [ -n "$z" ] && ! command -v $z > /dev/null; then echo "no $z"; continue; fi
	tar -cf "t.tar$z" ${z:+-I $z} --sort=name t || echo "tar failed"
	mkdir "x$z"; tar -xpf "t.tar$z" ${z:+-I $z} -C "x$z" || echo "untar failed"
	shape "x$z/t" | cmp - before && echo "same with ${z:-plain}"
	tar -tf "t.tar$z" ${z:+-I $z} | sed "s/l\{100,\}/LONG/" | sort | sha256sum
done
mkdir p; tar -C t -cf - . | tar -C p -xpf -; shape p | cmp - before && echo "same by pipe"
tar -cf s.tar -S t/sparse; [ "$(stat -c %s s.tar)" -lt 100000 ] && echo "holes found"
tar --delete -f t.tar t/f; tar -tf t.tar | grep -c '^t/f$'
echo new > t/f; tar -uf t.tar t/f; tar -xOf t.tar t/f
gzip -k t/a/nums; gunzip -c t/a/nums.gz | cmp - t/a/nums && echo gz; gzip -t t/a/nums.gz && echo sound
echo damaged | dd of=t/a/nums.gz conv=notrunc bs=1 seek=100 status=none; gzip -t t/a/nums.gz 2>/dev/null; echo "damaged: $?"
seq 100000 | gzip -1 | gunzip | tail -1
find t -newer before -type f | wc -l
