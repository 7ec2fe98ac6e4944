#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# make deb, twice: the packages of this tree, and those of a later version that is
# the same but for its number. Kept in the cache under a name made of the tree.
#
# usage: tests/system/debs.sh         prints a directory with now/ and later/
set -euo pipefail

top=$(cd "$(dirname "$0")/../.." && pwd)
cache=${USBIP_TLS_CACHE:-/var/cache/usbip-tls}/system
# Behind everything that Debian may put behind a version.
suffix=+later
# What only people read is left out.
sources=(Documentation/man Kbuild Makefile debian dkms.conf drivers helper
	include tests/system/debs.sh)

tree() {
	cd "$top"
	find "${sources[@]}" -type f ! -name '*.o' -print0 | sort -z |
		xargs -0 sha256sum | sha256sum | cut -c -12
}

make_debs() {	# DIR SUFFIX
	make -s -C "$top" deb DEB_SUFFIX="$2"
	mkdir -p "$1"
	cp "$top"/build/deb/*.deb "$1"
}

unset MAKEFLAGS MFLAGS MAKELEVEL
mkdir -p "$cache"
exec 9> "$cache/debs.lock"
flock 9
debs=$cache/debs-$(tree)
if [ ! -e "$debs" ]; then
	rm -rf "$cache"/debs-*
	{
		make_debs "$debs.new/later" $suffix
		make_debs "$debs.new/now" ""
	} >&2
	mv "$debs.new" "$debs"
fi
echo "$debs"
