#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Builds the Debian packages in a copy of the tree, so that nothing of it ends up
# here, and puts them into build/deb. The version is the caller's: dkms.conf is
# the one place that has it.
#
# usage: debian/make.sh VERSION        see make deb
set -euo pipefail

version=$1
top=$(cd "$(dirname "$0")/.." && pwd)
out=$top/build/deb
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

mkdir "$work/usbip-tls"
tar -C "$top" --exclude=./build --exclude=./.git --exclude='*.o' -cf - . |
	tar -C "$work/usbip-tls" -xf -
cd "$work/usbip-tls"
sed -i "1s/([^)]*)/($version)/" debian/changelog
# What an outer make was told is not meant for this one.
unset MAKEFLAGS MFLAGS MAKELEVEL DESTDIR
dpkg-buildpackage -b -us -uc -j"${JOBS:-2}" > "$work/log" 2>&1 || {
	tail -50 "$work/log" >&2
	exit 1
}
rm -rf "$out"
mkdir -p "$out"
cp "$work"/*.deb "$work"/*.changes "$work"/*.buildinfo "$out"
cp "$work/log" "$out/build.log"
ls "$out"/*.deb
