#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Installs our packages in a copy of the base, by apt as the README says, and makes
# a disk of it. The package builds the modules when it is installed; this happens
# here and not in the VM, because a compiler is slow under emulation. The test adds
# only its agent and a network configuration, and masks some units that would cost
# the VM time.
#
# usage: tests/system/layer.sh BASE AGENT DEBS UPGRADE
#	BASE     what base.sh printed
#	AGENT    program of tests/vm/guest
#	DEBS     directory with the packages
#	UPGRADE  a later usbip-tls_*.deb, for the VM to install
# Prints the path of the disk; it is cached under a name derived from all of these.
# Older ones are deleted, except for one that a run has locked.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
base=$1 agent=$2 debs=$3 upgrade=$4
cache=$(dirname "$base")
# base-NUMBER-...
number=$(basename "$base" | cut -d - -f 2)
size=3G
masked=(getty.target apt-daily.timer apt-daily-upgrade.timer e2scrub_all.timer
	e2scrub_reap.service fstrim.timer dpkg-db-backup.timer
	systemd-networkd-wait-online.service systemd-tmpfiles-clean.timer
	modprobe@{drm,dm_mod,loop,fuse,efi_pstore}.service
	systemd-update-utmp{,-runlevel}.service systemd-pstore.service)

name() {
	{ basename "$base"; cat "$here/layer.sh" "$here"/guest/ut-* "$here"/guest/*.network "$agent" \
		"$debs"/*.deb "$upgrade"; } | sha256sum | cut -c -12
}

install_ours() {	# ROOT
	export DEBIAN_FRONTEND=noninteractive LC_ALL=C
	mkdir "$1/var/tmp/debs" "$1/root/upgrade"
	cp "$debs"/usbip-tls_*.deb "$debs"/usbip-tls-dkms_*.deb \
		"$1/var/tmp/debs"
	cp "$upgrade" "$1/root/upgrade"
	chroot "$1" bash -c \
		'apt-get install -y -o DPkg::Options::=--force-unsafe-io /var/tmp/debs/*.deb'
	rm -r "$1/var/tmp/debs"
}

scaffold() {	# ROOT
	local unit

	install -m 755 "$agent" "$1/usr/local/sbin/ut-agent"
	install -m 644 -t "$1/etc/systemd/system" "$here/guest/ut-agent.service"
	install -m 644 -t "$1/root" "$here/../install/complete.bash"
	install -m 644 -t "$1/etc/systemd/network" "$here"/guest/*.network
	printf '127.0.0.1 localhost\n::1 localhost\n' > "$1/etc/hosts"
	# Each machine gets its own when it boots, and its name from the kernel's
	# command line.
	: > "$1/etc/machine-id"
	rm -f "$1/etc/hostname" "$1/var/lib/dbus/machine-id"
	chroot "$1" systemctl --quiet enable ut-agent.service systemd-networkd
	for unit in "${masked[@]}"; do
		ln -sf /dev/null "$1/etc/systemd/system/$unit"
	done
}

# Runs in a mount namespace, so that nothing stays mounted.
make_disk() {	# WORK DISK
	local root=$1/root

	mkdir "$1/upper" "$1/work" "$root"
	mount -t overlay -o \
		"lowerdir=$base/root,upperdir=$1/upper,workdir=$1/work" \
		overlay "$root"
	mount -t proc proc "$root/proc"
	mount --rbind /sys "$root/sys"
	mount --bind /dev "$root/dev"
	install_ours "$root"
	scaffold "$root"
	umount -R "$root/proc" "$root/sys" "$root/dev"
	mke2fs -q -t ext4 -d "$root" "$2" "$size"
}

if [ "${5:-}" = --inside ]; then
	make_disk "$6" "$7"
	exit
fi
exec 9> "$cache/lock"
flock 9
disk=$cache/disk-$number-$(name)
if [ ! -e "$disk" ]; then
	for old in "$cache/disk-$number"-*; do
		[ ! -e "$old" ] || flock -n "$old" rm -rf "$old" ||
			echo "layer.sh: $old is in use and stays" >&2
	done
	work=$(mktemp -d -p "$cache" disk-work.XXXXXX)
	trap 'rm -rf "$work"' EXIT
	unshare -m --propagation private "$here/layer.sh" "$@" --inside \
		"$work" "$disk.new" > "$cache/disk.log" 2>&1 || {
		tail -30 "$cache/disk.log" >&2
		exit 1
	}
	mv "$disk.new" "$disk"
fi
echo "$disk"
