#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Makes the Debian 12 that the full-system test installs our packages into: by
# debootstrap, with Debian's kernel and what dkms needs to build for it. Nothing of
# ours is in it, so it is kept in the cache, under a name made of this file.
#
# usage: tests/system/base.sh         prints the directory, makes it if it is not
#                                     there: root/, vmlinux, release
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
cache=${USBIP_TLS_CACHE:-/var/cache/usbip-tls}/system
mirror=${USBIP_TLS_MIRROR:-http://deb.debian.org/debian}
security=${USBIP_TLS_SECURITY_MIRROR:-http://deb.debian.org/debian-security}
base=$cache/base-$(sha256sum < "${BASH_SOURCE[0]}" | cut -c -12)
# What a machine has that our packages are installed on.
system=systemd-sysv,udev,dbus,kmod,iproute2,procps,ca-certificates
system+=,libpam-systemd,initramfs-tools,zstd
# The kernel and its headers; discovery; completion; libraries of our packages, so
# that these can be installed without a network.
packages=(linux-image-amd64 linux-headers-amd64 dkms avahi-daemon libnss-mdns
	bash-completion libavahi-client3 libgnutls30 libinih1 libjson-c5
	libnl-3-200 libnl-genl-3-200 libseccomp2)
apt=(-y -qq --no-install-recommends -o DPkg::Options::=--force-unsafe-io)

say() {
	echo "base.sh: $*" >&2
}

# In a mount namespace: what a chroot needs is gone when it ends.
in_root() {	# ROOT COMMAND...
	unshare -m --propagation private bash -c '
		root=$1
		shift
		mount -t proc proc "$root/proc"
		mount --rbind /sys "$root/sys"
		mount --bind /dev "$root/dev"
		exec chroot "$root" "$@"' - "$@"
}

configure() {	# ROOT
	# Documentation and translations are nothing that a test needs.
	cat > "$1/etc/dpkg/dpkg.cfg.d/ut" <<-END
		path-exclude=/usr/share/locale/*
		path-exclude=/usr/share/doc/*
		path-include=/usr/share/doc/usbip-tls*
	END
	cat > "$1/etc/apt/sources.list" <<-END
		deb $mirror bookworm main
		deb $security bookworm-security main
	END
	# Nobody boots from it; make it small.
	echo MODULES=list > "$1/etc/initramfs-tools/conf.d/ut"
	cp /etc/resolv.conf "$1/etc/resolv.conf"
}

install_packages() {	# ROOT
	export DEBIAN_FRONTEND=noninteractive LC_ALL=C
	in_root "$1" apt-get update -qq
	in_root "$1" apt-get "${apt[@]}" dist-upgrade
	in_root "$1" apt-get "${apt[@]}" install "${packages[@]}"
	in_root "$1" apt-get clean
	rm -rf "$1"/var/lib/apt/lists/* "$1"/usr/share/locale/* \
		"$1/etc/resolv.conf"
}

# The kernel as QEMU boots it fastest.
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

	rm -rf "$cache"/base-*
	mkdir -p "$new"
	debootstrap --variant=minbase --include="$system" bookworm \
		"$new/root" "$mirror"
	configure "$new/root"
	install_packages "$new/root"
	take_kernel "$new"
	mv "$new" "$base"
}

# A shell of its own: behind "||" none would end at its first error.
if [ "${1:-}" = --make ]; then
	make_base
	exit
fi
mkdir -p "$cache"
exec 9> "$cache/lock"
flock 9
if [ ! -e "$base" ]; then
	say "making $base; this takes some minutes, once"
	"$here/base.sh" --make > "$cache/base.log" 2>&1 < /dev/null || {
		tail -30 "$cache/base.log" >&2
		exit 1
	}
fi
echo "$base"
