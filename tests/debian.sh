# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# A Debian in a directory: to be sourced, as root. What is mounted there is so in the
# mount namespace of the caller.
#
#	codename NUMBER		12: bookworm, 13: trixie
#	bootstrap ROOT CODENAME	by debootstrap, with the machine's mirror
#	new_debian ROOT NUMBER	the same, but a copy of one that is in the cache;
#				brought up to date
#	mount_in ROOT		what a chroot needs of the kernel
#	in_root ROOT COMMAND...	runs a command there; what it needs mounted is gone
#				after it
#	apt_in ROOT WORD...	apt-get, without questions
#	finish_debian ROOT	deletes what nobody needs who copies it
#	overlay LOWER DIR	DIR/root: LOWER, and what is written goes to DIR

debian_tests=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

codename() {
	case $1 in
	12) echo bookworm ;;
	13) echo trixie ;;
	*) echo "Debian $1 is not known here; 12 and 13 are" >&2; return 1 ;;
	esac
}

mount_in() {
	mount -t proc proc "$1/proc"
	mount --rbind /sys "$1/sys"
	mount --rbind /dev "$1/dev"
}

in_root() {
	unshare -m --propagation private bash -c '
		. "$1"
		root=$2
		shift 2
		mount_in "$root"
		exec chroot "$root" "$@"' - "$debian_tests/debian.sh" "$@"
}

apt_in() {
	local root=$1
	shift
	in_root "$root" env LC_ALL=C DEBIAN_FRONTEND=noninteractive \
		apt-get -y -qq -o DPkg::Options::=--force-unsafe-io "$@"
}

bootstrap() {
	local root=$1 suite=$2 mirror=$debian_tests/mirror.sh conf

	mkdir -p "$root"
	conf=$("$mirror" --apt-conf)
	# debootstrap fetches by wget, which does not ask apt for a proxy.
	http_proxy=${http_proxy:-$(sed -n \
		's/^Acquire::http::Proxy "\(.*\)";$/\1/p' <<< "$conf" | tail -1)} \
		debootstrap --variant=minbase "$suite" "$root" \
		"$("$mirror" --uri "$suite")"
	echo "$conf" > "$root/etc/apt/apt.conf.d/00machine"
	"$mirror" "$suite" "$suite-security" > "$root/etc/apt/sources.list"
	# Documentation and translations are nothing that a test needs.
	cat > "$root/etc/dpkg/dpkg.cfg.d/ut" <<-END
		path-exclude=/usr/share/locale/*
		path-exclude=/usr/share/doc/*
		path-include=/usr/share/doc/usbip-tls*
	END
	# Nobody boots from the one that a kernel's package makes.
	mkdir -p "$root/etc/initramfs-tools/conf.d"
	echo MODULES=list > "$root/etc/initramfs-tools/conf.d/ut"
}

new_debian() {
	local bare lock

	bare=$("$debian_tests/fresh/chroot.sh" "$2" bare)
	# Not to be deleted by another run.
	exec {lock}< "$bare"
	flock -s "$lock"
	cp -a "$bare" "$1"
	exec {lock}<&-
	cp /etc/resolv.conf "$1/etc/resolv.conf"
	apt_in "$1" update
	apt_in "$1" dist-upgrade
}

finish_debian() {
	rm -rf "$1"/usr/share/locale/* "$1/etc/resolv.conf"
}

overlay() {
	mkdir -p "$2/upper" "$2/work" "$2/root"
	mount -t overlay -o "lowerdir=$1,upperdir=$2/upper,workdir=$2/work" \
		overlay "$2/root"
}
