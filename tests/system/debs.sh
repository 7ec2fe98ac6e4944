#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# make deb, twice, in a chroot with what tests/install-deps.sh names: the packages of
# this tree, and those of a later version that differs only in its number. They are
# cached under a name derived from the tree and the chroot.
#
# usage: tests/system/debs.sh NUMBER     of the Debian, 12 or 13; prints a directory
#                                        with now/ and later/
set -euo pipefail

top=$(cd "$(dirname "$0")/../.." && pwd)
. "$top/tests/debian.sh"
cache=${USBIP_TLS_CACHE:-/var/cache/usbip-tls}/system
number=${1:-12}
# Sorts after everything that Debian may append to a version.
suffix=+later
# Without the files that only people read.
sources=(Documentation/man Kbuild Makefile debian dkms.conf drivers helper
	include tests/install-deps.sh tests/system/debs.sh)

name() {
	basename "$root"
	cd "$top"
	find "${sources[@]}" -type f ! -name '*.o' -print0 | sort -z |
		xargs -0 sha256sum
}

make_debs() {	# ROOT DIR SUFFIX
	chroot "$1" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C \
		make -s -C /src deb DEB_SUFFIX="$3"
	mkdir -p "$2"
	cp "$1"/src/build/deb/*.deb "$2"
}

# Runs in a mount namespace, so that nothing stays mounted.
make_both() {	# CHROOT WORK DIR
	local root=$2/root

	overlay "$1" "$2"
	mount_in "$root"
	mkdir "$root/src"
	tar -C "$top" --exclude=./build --exclude=./.git --exclude='*.o' -cf - . |
		tar -C "$root/src" -xf -
	make_debs "$root" "$3/later" $suffix
	make_debs "$root" "$3/now" ""
}

unset MAKEFLAGS MFLAGS MAKELEVEL
if [ "${2:-}" = --inside ]; then
	make_both "$3" "$4" "$5"
	exit
fi
# shellcheck disable=SC2046
root=$("$top/tests/fresh/chroot.sh" "$number" build \
	$("$top/tests/install-deps.sh" --fuzz --list "$number"))
mkdir -p "$cache"
exec 9> "$cache/debs.lock"
flock 9
debs=$cache/debs-$number-$(name | sha256sum | cut -c -12)
if [ ! -e "$debs" ]; then
	rm -rf --one-file-system "$cache/debs-$number"-*
	work=$(mktemp -d -p "$cache" debs-work.XXXXXX)
	trap 'rm -rf --one-file-system "$work"' EXIT
	exec 8< "$root"
	flock -s 8
	unshare -m --propagation private "$0" "$number" --inside "$root" \
		"$work" "$debs.new" >&2
	mv "$debs.new" "$debs"
fi
echo "$debs"
