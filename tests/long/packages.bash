# packages.bash - what the package builds have in common: each sources it,
# defines build and check, and calls package.
#
# A package is unpacked from Debian's source archive into ./src and built in
# ./src three times, in the same directory: twice natively, to know what is the
# same every time at all, and once under vksup.  There the build is a copy in
# memory, so that the directory is as unpacked after it.  Compared are
#
#   - how the build and the package's own tests end, and what these count
#   - the SHA-256 of every file that the native builds agree on
#
#   fetch NAME       the source of NAME, unpacked, is ./src
#   build, check     functions that run in ./src; check may be empty
#   quick=yes        one native build only, and all its files must agree
#   as_nobody=yes    when we are root: the tests want an ordinary user
#   check_once=yes   the second native build has no tests
#   counts           filter: of a log of the tests, the lines that must agree
#   package NAME     does all this
#
# apt-get runs with a configuration of its own in $SOURCES, where archives are
# kept for the next time; the sources of the host are not touched.
set -u
SOURCES=${VKSUP_SOURCES:-${XDG_CACHE_HOME:-/var/tmp}/vksup-sources-$(id -u)}
status=0

say() {
	printf '%(%H:%M:%S)T %s\n' -1 "$*"
}

bad() {
	say "FAILED: $*"
	status=1
}

skip() {
	echo "$*"
	exit 77
}

apt_private() {
	local uri suite
	. /etc/os-release
	suite=${VERSION_CODENAME:-bookworm}
	uri=${VKSUP_MIRROR:-http://deb.debian.org/debian}
	mkdir -p "$SOURCES"/{lists/partial,cache/archives/partial}
	echo "deb-src [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $uri $suite main" > "$SOURCES/sources.list"
	cat > "$SOURCES/apt.conf" <<-END
		Dir::Etc::sourcelist "$SOURCES/sources.list";
		Dir::Etc::sourceparts "-";
		Dir::State::lists "$SOURCES/lists";
		Dir::Cache "$SOURCES/cache";
		APT::Sandbox::User "$(id -un)";
	END
	export APT_CONFIG=$SOURCES/apt.conf
	[[ -n $(find "$SOURCES/lists" -name '*Sources*' -print -quit) ]] || apt-get -q update
}

fetch() {
	local dsc
	dsc=$(find "$SOURCES" -maxdepth 1 -name "$1_*.dsc" 2>/dev/null | head -n 1)
	if [[ -z $dsc ]]; then
		(apt_private && cd "$SOURCES" && apt-get -q source --download-only "$1") > fetch.log 2>&1
		dsc=$(find "$SOURCES" -maxdepth 1 -name "$1_*.dsc" 2>/dev/null | head -n 1)
		[[ -n $dsc ]] || skip "no source of $1: $(tail -n 1 fetch.log)"
	fi
	rm -rf src
	dpkg-source --no-check -x "$dsc" src > unpack.log 2>&1 || skip "cannot unpack $1: $(tail -n 1 unpack.log)"
}

counts() {
	grep -E '^# (TOTAL|PASS|SKIP|XFAIL|FAIL|XPASS|ERROR):' "$1"
}

# Files of ./src with their sums, but for logs.
manifest() {
	(cd src || exit
	find . -type f ! -name '*.log' ! -name '*.trs' -print0 | LC_ALL=C sort -z | xargs -0 sha256sum
	find . -type l -printf 'link to %l  %p\n' | LC_ALL=C sort)
}

# One build with its tests: what came of it on stdout, the logs on stderr.
session() {
	local s
	[[ -d src ]] || exit
	(cd src && build) < /dev/null > build.out 2>&1
	s=$?
	cat build.out >&2
	echo "= build $s"
	if declare -F check > /dev/null && [[ -z ${NO_CHECK-} ]]; then
		(cd src && check) < /dev/null > check.out 2>&1
		s=$?
		cat check.out >&2
		echo "= check $s"
		counts check.out | sed 's/^/= /'
	fi
	manifest
}

# side NAME COMMAND...: a session of this script, in NAME.out and NAME.log
side() {
	local name=$1 begun=$SECONDS
	shift
	[[ -z ${as_nobody-} || $EUID != 0 ]] || set -- setpriv --reuid=65534 --regid=65534 --clear-groups "$@"
	"$@" /usr/bin/env -i PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin HOME=/nonexistent \
		LC_ALL=C.UTF-8 TZ=UTC TERM=dumb SOURCE_DATE_EPOCH=1700000000 ROOT="$ROOT" \
		NO_CHECK="${NO_CHECK-}" VKSUP_DEB="${VKSUP_DEB-}" bash "$0" --session > "$name.out" 2> "$name.log"
	say "  $name: $((SECONDS - begun)) s, $(grep '^= ' "$name.out" | sed 's/^= //' | paste -sd ' ')"
	grep -q '^= build' "$name.out" || bad "$name: $(tail -n 3 "$name.log")"
}

native_side() {
	mv src src.saved && cp -a src.saved src
	side "$1"
	rm -rf src build.out check.out && mv src.saved src
}

compare() {
	local same differ
	grep -q '^= build 0' native1.out || bad "does not build natively"
	! grep '^= check' native1.out | grep -qv ' 0$' || say "  its tests fail natively"
	grep '^= ' native1.out > native.results
	grep '^= ' vksup.out > vksup.results
	cmp -s native.results vksup.results || bad "ends otherwise: $(diff native.results vksup.results)"
	grep -v '^= ' native1.out | LC_ALL=C sort > native1.sums
	grep -v '^= ' native2.out | LC_ALL=C sort | LC_ALL=C comm -12 native1.sums - > stable.sums
	grep -v '^= ' vksup.out | LC_ALL=C sort > vksup.sums
	same=$(LC_ALL=C comm -12 stable.sums vksup.sums | wc -l)
	differ=$(LC_ALL=C comm -23 stable.sums vksup.sums | awk '{print $NF}')
	say "  $(wc -l < native1.sums) files, $(wc -l < stable.sums) the same in two native builds, $same under vksup too"
	[[ -z $differ ]] || bad "differ: $(head -n 20 <<< "$differ" | paste -sd ' ')"
	LC_ALL=C comm -13 <(sed 's/.*  //' native1.sums | LC_ALL=C sort) <(sed 's/.*  //' vksup.sums | LC_ALL=C sort) > extra
	[[ ! -s extra ]] || bad "only under vksup: $(head -n 20 extra | paste -sd ' ')"
}

package() {
	if [[ ${session-} ]]; then
		session
		exit 0
	fi
	fetch "$1"
	if [[ ${as_nobody-} && $EUID = 0 ]]; then
		chmod 777 .
		chown -R 65534:65534 src
	fi
	(cd src && find . | LC_ALL=C sort) > before
	say "$1"
	native_side native1
	if [[ ${quick-} ]]; then
		cp native1.out native2.out
	else
		NO_CHECK=${check_once-} native_side native2
	fi
	side vksup "$VKSUP" "${VKSUP_PACKAGE_OPTIONS[@]}" --
	(cd src && find . | LC_ALL=C sort) | cmp -s - before || bad "the source tree was changed"
	compare
	rm -rf src
	[[ $status = 0 ]] && say "$1: the same"
	exit "$status"
}

VKSUP_PACKAGE_OPTIONS=()
session=
[[ ${1-} != --session ]] || session=yes
