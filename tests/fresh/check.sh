#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# fresh: a new machine. In chroots with nothing but what tests/install-deps.sh names,
# helper, modules, fuzzers and packages must build without a network; in others, with
# nothing but a Debian and its kernel, the packages must install with only their
# dependencies, and work. The chroots are cached; the build always runs.
#
# usage: tests/fresh/check.sh [--build] [NUMBER...]	12, 13; default: both
#   --build  without the installation
# Prints TAP and ends with "N passed, N failed".
set -euo pipefail

top=$(cd "$(dirname "$0")/../.." && pwd)
here=$top/tests/fresh
cache=${USBIP_TLS_CACHE:-/var/cache/usbip-tls}
jobs=${JOBS:-2}

# Everything runs in a mount namespace: when it ends nothing is mounted any longer,
# and only then are the directories deleted.
if [ "${1:-}" != --inside ]; then
	mkdir -p "$cache"
	dir=$(mktemp -d -p "$cache" fresh-work.XXXXXX)
	trap 'rm -rf --one-file-system "$dir"' EXIT
	trap 'exit 1' INT TERM
	unshare -m --propagation private "$0" --inside "$dir" "$@"
	exit
fi
dir=$2
shift 2
. "$top/tests/tap.sh"
. "$top/tests/debian.sh"
unset MAKEFLAGS MFLAGS MAKELEVEL

# Runs in a copy, in a network namespace without a network.
inside() {	# ROOT COMMAND...
	local root=$1
	shift
	unshare -n chroot "$root" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin \
		HOME=/root LC_ALL=C DEBIAN_FRONTEND=noninteractive JOBS="$jobs" \
		USBIP_TLS_CACHE="$cache" "$@"
}

# Makes the chroot if it does not exist, and a copy of it, $root, for changes.
copy() {	# NAME for the copy; words for chroot.sh
	local name=$1 base
	shift

	base=$("$here/chroot.sh" "$@") || return 1
	# Keeps another run from deleting it.
	exec {lock}< "$base"
	flock -s "$lock"
	overlay "$base" "$dir/$name"
	root=$dir/$name/root
	mount_in "$root"
}

bring_tree() {
	mkdir "$root/src"
	tar -C "$top" --exclude=./build --exclude=./.git --exclude='*.o' -cf - . |
		tar -C "$root/src" -xf -
}

# The kernels as kernels.py unpacked them, which must not be changed.
bring_kernels() {
	local kernel

	for kernel in "${kernels[@]}"; do
		"$top/tests/vm/kernels.py" path "$kernel" || return 1
	done
	mkdir -p "$root$cache/kernels"
	mount --bind "$cache/kernels" "$root$cache/kernels"
	mount -o remount,bind,ro "$root$cache/kernels"
}

builds() {	# MAKE ARGUMENTS...
	inside "$root" make -s -C /src -j"$jobs" "$@"
}

# Everything that install-deps.sh installs is there: it has nothing to do, and no
# network to do it.
packages_build() {
	builds deb && mkdir "$dir/debs-$number" &&
		cp "$root"/src/build/deb/*.deb "$dir/debs-$number"
}

fuzzers_build() {
	builds -C tests/fuzz check
}

lintian_is_content() {
	inside "$root" sh -c 'exec lintian --fail-on error,warning \
		--no-tag-display-limit /src/build/deb/*.changes'
}

check_build() {
	local kernel packages

	packages=$("$top/tests/install-deps.sh" --fuzz --list "$number")
	# shellcheck disable=SC2086
	copy "build-$number" "$number" build $packages ||
		{ result 1 "Debian $number: what install-deps.sh names"; return; }
	bring_tree
	try "Debian $number: the kernels are there" bring_kernels
	try "Debian $number: the helper builds" builds helper
	for kernel in "${kernels[@]}"; do
		try "Debian $number: modules for $kernel build" \
			builds modules K="$kernel"
	done
	try "Debian $number: the fuzzers build, and take their seeds" fuzzers_build
	try "Debian $number: the packages build" packages_build
	try "Debian $number: lintian has no error and no warning" \
		lintian_is_content
}

# Names of the packages that ours depend on.
depends() {	# FILE...
	local deb

	for deb; do
		dpkg-deb -f "$deb" Depends
	done | tr ',' '\n' | sed 's/[(|].*//; s/[[:space:]]//g' |
		grep -vE '^(usbip-tls.*)?$' | sort -u
}

installs() {
	mkdir "$root/debs"
	cp "$dir/debs-$number"/*.deb "$root/debs"
	inside "$root" sh -c 'exec apt-get install -y --no-install-recommends \
		-o DPkg::Options::=--force-unsafe-io /debs/*.deb \
		linux-headers-amd64'
}

# Every program of the package finds its libraries.
programs_are_whole() {
	local file files

	files=$(inside "$root" dpkg -L usbip-tls)
	for file in $files; do
		[ "$(head -c 4 "$root$file" 2> /dev/null | tr -d '\0')" = $'\x7fELF' ] ||
			continue
		echo "$file"
		! inside "$root" ldd "$file" | grep 'not found' || return 1
	done > "$work/programs"
	cat "$work/programs"
	grep '^/usr/s\?bin/usbip-tlsd$' "$work/programs" &&
		grep '^/usr/s\?bin/usbip-tls$' "$work/programs"
}

# What works without our modules: certificates, and a configuration with them.
command_works() {
	inside "$root" sh -exc '
		cd /root
		usbip-tls pki init --dir pki
		usbip-tls pki issue --dir pki --role dock desk --out desk
		printf "[tls]\ncert = /root/desk/cert.pem\n" > conf
		usbip-tlsd dock --check-role -c conf
		usbip-tls help > /dev/null
		! usbip-tlsd tablet --check-role -c conf'
}

# dkms has built all three for the installed kernel, and no compiler printed
# anything.
modules_are_built() {
	local name release path log

	release=$(basename "$root"/lib/modules/*)
	for name in usbip_tls_core usbip_tls_host usbip_tls_vhci; do
		path=$(inside "$root" modinfo -k "$release" -n $name) || return 1
		echo "$path"
		[[ $path = */updates/dkms/* ]] || return 1
	done
	log=$(find "$root/var/lib/dkms/usbip-tls" -name make.log)
	[ -n "$log" ] || return 1
	! grep -iE 'warning|error:' "$log" | grep -v CONFIG_DEBUG_INFO_BTF
}

goes_again() {
	inside "$root" apt-get purge -y usbip-tls usbip-tls-dkms &&
		[ ! -e "$root/usr/sbin/usbip-tlsd" ] &&
		! find "$root"/lib/modules/ -name 'usbip_tls_*.ko*' | grep . &&
		inside "$root" dpkg --audit
}

check_install() {
	local needed

	needed=$(depends "$dir/debs-$number"/*.deb) ||
		{ result 1 "Debian $number: there are packages"; return; }
	# shellcheck disable=SC2086
	copy "install-$number" "$number" machine linux-image-amd64 -- \
		$needed linux-headers-amd64 ||
		{ result 1 "Debian $number: a machine"; return; }
	try "Debian $number: the packages install with what they depend on" \
		installs
	try "Debian $number: the programs find their libraries" \
		programs_are_whole
	try "Debian $number: the command works" command_works
	try "Debian $number: dkms has built the modules" modules_are_built
	try "Debian $number: the packages go again" goes_again
}

# Proves that kernels.py would notice what was once missing.
missing_is_seen() {
	python3 - "$top/tests/vm" <<-'END'
		import sys
		sys.path.insert(0, sys.argv[1])
		import kernels
		there = kernels.run(kernels.TOP / "tests/install-deps.sh", "--list").split()
		there.remove("pahole")
		assert kernels.unmet({"pahole", "libc6"}, there) == ["pahole"]
	END
}

kernels=(6.1 6.12)
install=yes
if [ "${1:-}" = --build ]; then
	install=no
	shift
fi
[ $# -gt 0 ] || set -- 12 13
try "kernels.py refuses headers that need what install-deps.sh lacks" \
	missing_is_seen
for number; do
	codename "$number" > /dev/null
	check_build
	[ $install = no ] || check_install
done
tap_end
