#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Installs what building and testing need on Debian 12 or 13. Packages that are
# there already are left alone; if none is missing nothing is downloaded.
#
# usage: tests/install-deps.sh [--fuzz | --deb] [--list [12 | 13]]
#   --fuzz  what make fuzz needs as well
#   --deb   only what make deb needs
#   --list  print the packages and do nothing: those for the Debian that runs, or
#           for another one
set -euo pipefail

# gcc-12 is what Debian 12 builds its kernels with, and their modules have to be.
build=(gcc gcc-12 make pkg-config libc6-dev libgnutls28-dev libnl-3-dev
	libnl-genl-3-dev libudev-dev libsystemd-dev libjson-c-dev
	libseccomp-dev libavahi-client-dev)
unit=(libcmocka-dev gnutls-bin openssl iproute2 dbus avahi-daemon zsh)
# pahole: makes BTF for modules where the headers carry a vmlinux.
modules=(dkms sparse kmod libelf-dev bc flex bison pahole)
# usbip, stunnel4, socat: peers that are not ours, in the machines.
machines=(python3 qemu-system-x86 busybox-static alsa-utils zstd xz-utils
	cpio dpkg debian-archive-keyring usbip stunnel4 socat)
deb=(build-essential debhelper dh-dkms)
# Checks of what is installed: units, udev rules, packages.
installed=(systemd udev procps lintian)
# make style, besides python3.
style=(shellcheck pyflakes3)
# Disks with a Debian.
system=(debootstrap qemu-utils e2fsprogs)
packages=("${build[@]}" "${unit[@]}" "${modules[@]}" "${machines[@]}"
	"${deb[@]}" "${installed[@]}" "${style[@]}" "${system[@]}")

what=${1:-}
if [ "$what" = --fuzz ]; then
	shift
elif [ "${1:-}" = --deb ]; then
	packages=("${build[@]}" "${deb[@]}")
	shift
fi
debian=$(. /etc/os-release && echo "${VERSION_ID:-}")
[ "${1:-}" != --list ] || debian=${2:-$debian}
if [ "$what" = --fuzz ]; then
	case $debian in
	12) packages+=(clang libclang-rt-14-dev) ;;
	13) packages+=(clang libclang-rt-19-dev) ;;
	*)
		echo "this is for Debian 12 and 13, not for \"$debian\"" >&2
		exit 1
		;;
	esac
fi
if [ "${1:-}" = --list ]; then
	printf '%s\n' "${packages[@]}"
	exit
fi

missing=()
for package in "${packages[@]}"; do
	state=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) ||
		state=none
	[ "$state" = installed ] || missing+=("$package")
done
[ ${#missing[@]} -eq 0 ] && exit

if [ "$(id -u)" != 0 ]; then
	echo "missing packages; run as root: apt-get install" \
		"--no-install-recommends ${missing[*]}" >&2
	exit 1
fi
echo "installing ${missing[*]}"
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
apt-get install -y -qq --no-install-recommends "${missing[@]}" \
	</dev/null >/dev/null
