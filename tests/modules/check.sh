#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The kernel modules for every kernel of the test bed: they build without a
# warning at W=1, sparse has nothing to say, dkms adds, builds, installs and
# removes them. Nothing outside a temporary directory is touched.
#
# usage: tests/modules/check.sh [KERNEL ...]     default: 6.1 6.12
# A kernel is a name tests/vm/kernels.py knows, or the path of its headers.
# Prints TAP and ends with "N passed, N failed".
set -euo pipefail

top=$(cd "$(dirname "$0")/../.." && pwd)
modules=(usbip_tls_core usbip_tls_host usbip_tls_vhci)
version=$(sed -n 's/^PACKAGE_VERSION="\(.*\)"/\1/p' "$top/dkms.conf")
jobs=${JOBS:-2}
. "$top/tests/tap.sh"

need_tools() {
	local missing=() tool

	for tool in dkms sparse kmod make gcc-12; do
		command -v "$tool" >/dev/null || missing+=("$tool")
	done
	[ ${#missing[@]} -eq 0 ] && return
	echo "missing; run as root: apt-get install --no-install-recommends" \
		"${missing[*]}" >&2
	exit 1
}

copy_source() {	# DIR
	mkdir -p "$1"
	(cd "$top" && cp -r --parents -t "$1" Kbuild dkms.conf drivers include)
	find "$1" \( -name '*.o' -o -name '*.ko' -o -name '*.cmd' -o \
		-name '*.mod*' \) -delete
}

# What a compiler or modpost complains about. Headers of 6.12 carry a vmlinux, from
# which the link makes BTF with pahole; those of 6.1 do not, and say so. That is no
# fault of the modules.
complaints() {	# LOG
	grep -iE 'warning|error:' "$1" | grep -v 'CONFIG_DEBUG_INFO_BTF' || :
}

quiet_build() {	# KDIR DIR make arguments...
	local kdir=$1 dir=$2
	shift 2
	make -C "$kdir" M="$dir" -j"$jobs" "$@" modules > "$dir.log" 2>&1 || {
		cat "$dir.log"
		return 1
	}
	complaints "$dir.log" > "$dir.bad"
	cat "$dir.bad"
	[ ! -s "$dir.bad" ]
}

check_module() {	# DIR RELEASE NAME
	local ko=$1/$3.ko

	[ -s "$ko" ] || { echo "$3.ko is missing"; return 1; }
	[[ "$(modinfo -F vermagic "$ko")" = "$2 "* ]] ||
		{ echo "vermagic is $(modinfo -F vermagic "$ko")"; return 1; }
	[ "$(modinfo -F version "$ko")" = "$version" ] ||
		{ echo "version is $(modinfo -F version "$ko")"; return 1; }
	[[ "$(modinfo -F softdep "$ko")" = *tls* ]] ||
		{ echo "softdep is $(modinfo -F softdep "$ko")"; return 1; }
}

# What only user space includes is not shipped with the modules.
headers_used() {	# DIR
	local header unused=0

	while read -r header; do
		grep -qrF --include='.*.o.cmd' "/$header" "$1/drivers" || {
			echo "no module includes $header"
			unused=1
		}
	done < <(cd "$1" && find include -name '*.h')
	return $unused
}

# sparse ran on every file of ours and said nothing about one.
sparse_clean() {	# KDIR DIR
	local sources checked

	make -C "$1" M="$2" -j"$jobs" C=2 CHECK=sparse modules \
		> "$2.log" 2>&1 || { cat "$2.log"; return 1; }
	sources=$(find "$2/drivers" -name '*.c' | wc -l)
	checked=$(grep -cE '^ +CHECK +.*drivers/.*\.c$' "$2.log" || :)
	[ "$checked" -ge "$sources" ] ||
		{ echo "sparse saw $checked of $sources files"; return 1; }
	grep -E '(drivers|include)/(core|dock|tablet|compat|wire|uapi)/.*(warning|error):' \
		"$2.log" > "$2.bad" || :
	cat "$2.bad"
	[ ! -s "$2.bad" ]
}

# Proves that the check above can fail.
sparse_finds_planted() {	# KDIR DIR
	cat >> "$2/drivers/core/names.c" <<-'PLANTED'
	int usbip_tls_planted(const int __user *p);
	int usbip_tls_planted(const int __user *p)
	{
		return *p;
	}
	PLANTED
	: > "$2.bad"
	! sparse_clean "$1" "$2" && grep -q 'names.c:.*noderef' "$2.bad"
}

dkms_run() {	# VERB RELEASE KDIR more...
	local verb=$1 release=$2 kdir=$3
	shift 3
	# The signing keys are of no use outside; not those of the machine.
	mok_signing_key=$work/mok.key mok_certificate=$work/mok.pub \
		dkms "$verb" "usbip-tls/$version" "$@" --no-depmod \
		--dkmstree "$work/dkms" --sourcetree "$work/src" \
		--installtree "$work/root/lib/modules" \
		${release:+-k "$release" --kernelsourcedir "$kdir"}
}

dkms_state() {	# RELEASE: added, built or installed; empty if none
	dkms status "usbip-tls/$version" --dkmstree "$work/dkms" \
		--sourcetree "$work/src" --installtree "$work/root/lib/modules" |
		awk -v line="usbip-tls/$version" -v release="$1" '
			$0 == line ": added" ||
			index($0, line ", " release ",") == 1 {
				sub(/.*: /, ""); print; exit
			}'
}

is_state() {	# RELEASE WANTED
	local state
	state=$(dkms_state "$1")
	echo "dkms status: ${state:-nothing}"
	[ "$state" = "$2" ]
}

installed_files() {	# RELEASE
	find "$work/root/lib/modules/$1" -name 'usbip_tls_*.ko*'
}

# All three are there, and depmod finds their symbols in one another.
installed_well() {	# RELEASE
	local name
	installed_files "$1"
	[ "$(installed_files "$1" | wc -l)" -eq ${#modules[@]} ] || return 1
	depmod -b "$work/root" "$1"
	for name in usbip_tls_host usbip_tls_vhci; do
		grep -E "/$name\.ko[^:]*:.*/usbip_tls_core\.ko" \
			"$work/root/lib/modules/$1/modules.dep" || return 1
	done
	grep -E '^softdep usbip_tls_host pre: tls usbip-host' \
		"$work/root/lib/modules/$1/modules.softdep"
}

nothing_left() {	# RELEASE
	installed_files "$1"
	find "$work/dkms/usbip-tls" -name '*.ko*' 2>/dev/null || :
	[ -z "$(installed_files "$1")" ] && [ -z "$(dkms_state "$1")" ]
}

check_dkms() {	# RELEASE KDIR
	local release=$1 kdir=$2

	rm -rf "$work/dkms" "$work/src" "$work/root"
	mkdir -p "$work/dkms" "$work/root/lib/modules/$release"
	touch "$work/root/lib/modules/$release/modules.order" \
		"$work/root/lib/modules/$release/modules.builtin"
	copy_source "$work/src/usbip-tls-$version"

	try "$release: dkms add" dkms_run add '' ''
	try "$release: dkms knows the source" is_state '' added
	try "$release: dkms build" dkms_run build "$release" "$kdir"
	try "$release: dkms has built it" is_state "$release" built
	try "$release: dkms install" dkms_run install "$release" "$kdir"
	try "$release: dkms has installed it" is_state "$release" installed
	try "$release: depmod is content" installed_well "$release"
	try "$release: dkms remove" dkms_run remove "$release" "$kdir"
	try "$release: nothing is left" nothing_left "$release"
}

check_kernel() {	# NAME
	local kdir=$1 release name

	if [[ $1 != /* ]]; then
		kdir=$("$top/tests/vm/kernels.py" kdir "$1")
	fi
	# Not kernel.release, which is another one in Debian's packages.
	release=$(sed -n 's/^#define UTS_RELEASE "\(.*\)"/\1/p' \
		"$kdir/include/generated/utsrelease.h")

	copy_source "$work/w1-$release"
	try "$release: builds without a warning at W=1" \
		quiet_build "$kdir" "$work/w1-$release" W=1
	for name in "${modules[@]}"; do
		try "$release: $name.ko is whole" \
			check_module "$work/w1-$release" "$release" "$name"
	done
	try "$release: the modules include all headers that they ship" \
		headers_used "$work/w1-$release"

	copy_source "$work/sparse-$release"
	try "$release: sparse has nothing to say" \
		sparse_clean "$kdir" "$work/sparse-$release"
	try "$release: sparse would find a mistake" \
		sparse_finds_planted "$kdir" "$work/sparse-$release"
	check_dkms "$release" "$kdir"
}

# An outer "make -s" must not silence the lines that are counted here.
unset MAKEFLAGS MFLAGS
need_tools
if [ $# -eq 0 ]; then
	set -- 6.1 6.12
fi
for kernel; do
	check_kernel "$kernel"
done
tap_end
