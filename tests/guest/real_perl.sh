#!/bin/bash
# perl: processes, signals, files, sockets, sorting.
# needs: perl
export LC_ALL=C
cat > t.pl <<'END'
use strict; use warnings; use POSIX qw(:sys_wait_h :fcntl_h setsid sigaction SIGUSR1 SIGALRM dup2);
use IO::Handle; use IO::Select; use Socket; use Fcntl qw(:flock :mode); use File::Temp qw(tempfile tempdir); use File::Find; use Time::HiRes qw(sleep alarm);
use IPC::Open3; use Cwd; use Storable qw(freeze thaw); use List::Util qw(sum shuffle); use Digest::SHA qw(sha256_hex); use threads; use threads::shared;
$| = 1;
# processes
my @k = map { my $n = $_; my $p = fork // die; POSIX::_exit($n) unless $p; $p } 1 .. 20; my $t = 0; for (@k) { waitpid $_, 0; $t += $? >> 8 } print "children $t\n";
print "system ", system("sh", "-c", "exit 3") >> 8, "\n"; print "backtick ", `echo out; exit 2`, $? >> 8, "\n"; system("kill -9 \$\$"); print "signal ", $? & 127, "\n";
open(my $p, "-|", "seq 1000") or die; my $s = 0; $s += $_ while <$p>; close $p; print "read $s $?\n"; open($p, "|-", "sort -n | head -n 2") or die; print $p "$_\n" for reverse 1 .. 100; close $p;
my $pid = open3(my $in, my $out, undef, "tr", "a-z", "A-Z"); print $in "upper\n"; close $in; print "open3 ", scalar <$out>; waitpid $pid, 0;
pipe(my $r, my $w); if (!fork) { close $r; print $w "x" x 300000; close $w; POSIX::_exit(0) } close $w; my $n = 0; my $buf; while (my $g = sysread $r, $buf, 8192) { $n += $g } wait; print "pipe $n\n";
print "none ", waitpid(-1, WNOHANG), "\n"; if (!($pid = fork)) { setsid; CORE::sleep 5; POSIX::_exit(0) } kill 'STOP', $pid; waitpid $pid, WUNTRACED; print "stopped ", WIFSTOPPED(${^CHILD_STATUS_NATIVE}) ? 1 : 0, "\n"; kill 'KILL', $pid; waitpid $pid, 0; print "killed ", $? & 127, "\n";
# signals
my $got = 0; $SIG{USR1} = sub { $got++ }; kill USR1 => $$ for 1 .. 10; print "usr1 $got\n"; $SIG{CHLD} = sub { 1 while waitpid(-1, WNOHANG) > 0; $got = 100 }; if (!fork) { POSIX::_exit(0) } sleep 2 while $got < 100; print "chld $got\n"; $SIG{CHLD} = 'DEFAULT';
eval { local $SIG{ALRM} = sub { die "alarm\n" }; alarm 0.1; sleep 10; }; print "eval $@"; local $SIG{__WARN__} = sub { print "warn: $_[0]" }; warn "w\n"; $SIG{TERM} = 'IGNORE'; kill TERM => $$; print "ignored\n";
my $set = POSIX::SigSet->new(SIGUSR1); POSIX::sigprocmask(&POSIX::SIG_BLOCK, $set); $got = 0; kill USR1 => $$; print "blocked $got\n"; POSIX::sigprocmask(&POSIX::SIG_UNBLOCK, $set); print "unblocked $got\n";
# files
my $d = tempdir(DIR => ".", CLEANUP => 1); for my $i (1 .. 200) { open my $f, ">", "$d/f$i" or die; print $f "line $i\n" x $i } my $size = 0; find(sub { $size += -s if -f }, $d); print "size $size\n"; opendir my $dh, $d; print "entries ", scalar(readdir_all($dh)), "\n"; sub readdir_all { my @e = readdir $_[0]; scalar @e }
rename "$d/f1", "$d/g1" or die; symlink "g1", "$d/s"; link "$d/g1", "$d/h"; print "nlink ", (stat "$d/s")[3], " ", readlink "$d/s", "\n"; chmod 0640, "$d/g1"; printf "mode %o\n", (stat "$d/g1")[2] & 07777; utime 1, 2, "$d/g1"; print "mtime ", (stat "$d/g1")[9], "\n"; unlink "$d/h"; print "gone ", (-e "$d/h" ? 1 : 0), " $!\n";
open my $f, "+>", "$d/rw"; print $f "0123456789"; seek $f, 3, 0; read $f, $buf, 4; print "read $buf ", tell $f, "\n"; truncate $f, 5; print "size ", -s $f, "\n"; flock $f, LOCK_EX or die; if (!fork) { open my $g, "+<", "$d/rw"; print "lock ", (flock($g, LOCK_EX | LOCK_NB) ? "got" : "busy"), "\n"; POSIX::_exit(0) } wait; sysopen my $x, "$d/rw", O_RDWR | O_CREAT | O_EXCL or print "excl $!\n";
{ local @ARGV = ("$d/f3"); local $^I = ".bak"; while (<>) { s/line/LINE/; print } } open $f, "<", "$d/f3"; print "edited ", scalar <$f>; { local $/; open $f, "<", "$d/f200"; print "slurp ", length <$f>, "\n" } mkdir "$d/sub"; chdir "$d/sub"; print "cwd ", (getcwd =~ m{/sub$} ? "ok" : "no"), "\n"; chdir "../.."; my @g = glob "$d/f1?"; print "glob ", scalar @g, "\n";
# sockets
socketpair my $sa, my $sb, AF_UNIX, SOCK_STREAM, PF_UNSPEC; if (!fork) { close $sa; while (<$sb>) { print $sb scalar reverse $_; $sb->flush; last if /end/ } POSIX::_exit(0) } close $sb; $sa->autoflush; print $sa "hello\n"; my $l = <$sa>; print $sa "end\n"; print "socket ", defined $l ? "reply" : "none", "\n"; wait;
socket my $srv, PF_INET, SOCK_STREAM, 0; bind $srv, sockaddr_in(0, INADDR_LOOPBACK) or die "bind $!"; listen $srv, 5; my ($port) = sockaddr_in getsockname $srv; if (!fork) { socket my $q, PF_INET, SOCK_STREAM, 0; connect $q, sockaddr_in($port, INADDR_LOOPBACK); syswrite $q, "tcp data"; POSIX::_exit(0) } accept my $conn, $srv; sysread $conn, $buf, 100; print "tcp $buf\n"; wait;
my $sel = IO::Select->new($srv); print "select ", scalar(my @r = $sel->can_read(0.05)), "\n";
# the rest
my $v : shared = 0; my @th = map { threads->create(sub { for (1 .. 100) { lock $v; $v++ } }) } 1 .. 4; $_->join for @th; print "threads $v\n"; print "sha ", sha256_hex("x" x 1000000), "\n"; print "sum ", sum(1 .. 100000), "\n"; print "frozen ", thaw(freeze({ a => [1 .. 5] }))->{a}[4], "\n"; my %h = map { $_ => $_ ** 2 } 1 .. 50000; my $z = 0; $z += $h{$_} for sort { $::a <=> $::b } keys %h; print "hash $z\n";
my $text = join " ", map { "word$_" } 1 .. 20000; my %c; $c{length $1}++ while $text =~ /(\w+)/g; print join(",", map { "$_=$c{$_}" } sort { $::a <=> $::b } keys %c), "\n"; printf "%s\n", join ",", (localtime 0)[5, 7]; print "env $ENV{LC_ALL}\n"; $0 = "renamed"; open $f, "<", "/proc/self/cmdline"; print "name ", <$f> =~ /^renamed/ ? "ok" : "no", "\n"; END { print "END\n" } exec "sh", "-c", "echo exec; exit 4" if !fork; wait; print $? >> 8, "\n"; exit 5;
END
perl t.pl; echo "status $?"
perl -e 'print "-e $_\n" for @ARGV' a b; seq 5 | perl -ne '$s += $_; END { print "$s\n" }'; echo a > f; perl -pi -e 's/a/b/' f; cat f
perl -e 'die "dead\n"'; echo "$?"; { perl -e 'kill 9, $$'; } 2>/dev/null; echo "$?"; perl -c t.pl 2>&1; perl -e '$SIG{SEGV} = sub { print "segv\n"; exit 3 }; kill SEGV => $$; 1 for 1..10'; echo "$?"; perl -MConfig -e 'print $Config{archname} ne "" ? "config\n" : "no\n"'; rm -f f* t.pl
