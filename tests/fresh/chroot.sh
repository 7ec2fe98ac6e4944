#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Makes a Debian with some packages, once, and prints its directory. It is cached
# under a name derived from the suite, the packages and how it is made; older ones of
# its kind are deleted, except for one that somebody has locked.
#
# usage: tests/fresh/chroot.sh NUMBER KIND PACKAGE... [-- PACKAGE...]
#        tests/fresh/chroot.sh NUMBER bare
#	NUMBER   of the Debian: 12 or 13
#	KIND     a word for the name; bare: the one that all others begin as copies of
# The packages before "--" are installed, without what they recommend. Everything
# needed to install those after it is downloaded, so that apt needs no network.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
. "$here/../debian.sh"
cache=${USBIP_TLS_CACHE:-/var/cache/usbip-tls}/fresh

fill() {	# ROOT NUMBER PACKAGE... [-- PACKAGE...]
	local root=$1 now=()

	new_debian "$root" "$2"
	shift 2
	while [ $# -gt 0 ] && [ "$1" != -- ]; do
		now+=("$1")
		shift
	done
	apt_in "$root" install --no-install-recommends "${now[@]}"
	apt_in "$root" clean
	if [ $# -gt 1 ]; then
		shift
		apt_in "$root" install --no-install-recommends --download-only "$@"
	fi
	finish_debian "$root"
}

# In a separate shell: after "||" none would end at its first error.
if [ "$1" = --fill ]; then
	shift
	if [ $# -gt 2 ]; then
		fill "$@"
	else
		bootstrap "$1" "$(codename "$2")"
	fi
	exit
fi
number=$1 kind=$2
shift 2
codename "$number" > /dev/null
mkdir -p "$cache"
exec 9> "$cache/lock-$number-$kind"
flock 9
name=$({ declare -f fill bootstrap new_debian finish_debian; printf '%s\n' "$@"; } |
	sha256sum | cut -c -12)
root=$cache/$number-$kind-$name
if [ ! -e "$root" ]; then
	for old in "$cache/$number-$kind"-*; do
		[ ! -e "$old" ] || flock -n "$old" rm -rf "$old" ||
			echo "chroot.sh: $old is in use and stays" >&2
	done
	echo "chroot.sh: making $root; this takes some minutes, once" >&2
	# Whatever is mounted while it is made disappears with its namespace.
	unshare -m --propagation private "$0" --fill "$root.new" "$number" "$@" \
		> "$root.log" 2>&1 < /dev/null || {
		tail -30 "$root.log" >&2
		rm -rf --one-file-system "$root.new"
		exit 1
	}
	mv "$root.new" "$root"
fi
echo "$root"
