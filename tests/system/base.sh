#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Makes a Debian into which the full-system test installs our packages: by
# debootstrap, with Debian's kernel and what dkms needs to build for it. It contains
# nothing of ours, so it is cached, under a name derived from how it is made.
#
# usage: tests/system/base.sh NUMBER     12 or 13; prints the directory, makes it if
#                                        it is not there: root/, vmlinux, release
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
. "$here/../debian.sh"
cache=${USBIP_TLS_CACHE:-/var/cache/usbip-tls}/system
# What a machine has on which our packages are installed.
system=(systemd-sysv udev dbus kmod iproute2 procps ca-certificates
	libpam-systemd initramfs-tools zstd)
# The kernel and its headers; discovery; completion; libraries of our packages, so
# that these can be installed without a network.
packages=(linux-image-amd64 linux-headers-amd64 dkms avahi-daemon libnss-mdns
	bash-completion libavahi-client3 libinih1 libjson-c5
	libnl-3-200 libnl-genl-3-200 libseccomp2)
declare -A gnutls=([12]=libgnutls30 [13]=libgnutls30t64)

say() {
	echo "base.sh: $*" >&2
}

# The kernel in the form that QEMU boots fastest.
take_kernel() {	# DIR
	local release

	release=$(basename "$1"/root/lib/modules/*)
	echo "$release" > "$1/release"
	python3 - "$1/root/boot/vmlinuz-$release" "$1/vmlinux" <<-END
		import pathlib, sys
		sys.path.insert(0, "$here/../vm")
		import kernels
		kernels.extract_vmlinux(*map(pathlib.Path, sys.argv[1:]))
	END
}

make_base() {
	local new=$base.new

	rm -rf --one-file-system "$cache/base-$number"-* "$new"
	mkdir "$new"
	new_debian "$new/root" "$number"
	apt_in "$new/root" install --no-install-recommends "${system[@]}" \
		"${packages[@]}" "${gnutls[$number]}"
	apt_in "$new/root" clean
	rm -rf "$new"/root/var/lib/apt/lists/*
	finish_debian "$new/root"
	take_kernel "$new"
	mv "$new" "$base"
}

number=${1:-12}
codename "$number" > /dev/null
base=$cache/base-$number-$({
	declare -f make_base take_kernel bootstrap new_debian finish_debian
	echo "${system[*]} ${packages[*]} ${gnutls[$number]}"; } |
	sha256sum | cut -c -12)
# In a separate shell: after "||" none would end at its first error.
if [ "${2:-}" = --make ]; then
	make_base
	exit
fi
mkdir -p "$cache"
exec 9> "$cache/lock-base-$number"
flock 9
if [ ! -e "$base" ]; then
	say "making $base; this takes some minutes, once"
	unshare -m --propagation private "$here/base.sh" "$number" --make \
		> "$cache/base-$number.log" 2>&1 < /dev/null || {
		tail -30 "$cache/base-$number.log" >&2
		exit 1
	}
fi
echo "$base"
