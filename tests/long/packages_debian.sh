#!/bin/bash
# timeout: 3600
# needs: dpkg-buildpackage apt-get dh gcc makeinfo
# dpkg-buildpackage of hello and zlib with --fakeroot: the same packages, byte for
# byte, as natively (as root, or with fakeroot).
. "$ROOT/tests/long/packages.bash"

# The packages go to ./ of the build; what is compared is their sums.
deb() {
	dpkg-buildpackage -us -uc -b -d -P"$profiles"
}
manifest() {
	sha256sum *.deb
	cd src && find debian -maxdepth 1 -type d -name "$pkg" -exec find {} -printf '%p %y %m %U %G\n' \; | LC_ALL=C sort | sed 's/^/0000  /'
}
build() { deb; }
native_side() {
	mv src src.saved && cp -a src.saved src
	if ((EUID != 0)) && command -v fakeroot > /dev/null; then
		side "$1" fakeroot
	else
		side "$1"
	fi
	rm -rf src build.out *.deb *.buildinfo *.changes && mv src.saved src
}
VKSUP_PACKAGE_OPTIONS=(--fakeroot)
profiles=nocheck
# One package a run of this script; the session has its name from the environment.
if [[ $session ]]; then
	pkg=$VKSUP_DEB
	package "$pkg"
fi
for pkg in ${VKSUP_DEBS-hello zlib}; do
	export VKSUP_DEB=$pkg
	(package "$pkg") || status=1
done
exit "$status"
