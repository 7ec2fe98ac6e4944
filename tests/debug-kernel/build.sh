#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Builds the debug kernel once and prints the directory that holds it.
#
# usage: tests/debug-kernel/build.sh [--update] [--check]
#   --update  ask Debian for a newer linux-source first (default: use the one
#             that is in the cache, so that a second run needs no network)
#   --check   do not build; exit 0 and print the directory if it is there
#
# The directory is ${USBIP_TLS_CACHE:-/var/cache/usbip-tls}/debug-kernel-HASH,
# where HASH covers the source version, the compiler, the configuration and
# $recipe below. It holds
#   version              the kernel release
#   bzImage, vmlinux     the kernel; vmlinux is the one QEMU boots directly
#   config               its full configuration
#   modules/lib/modules/RELEASE   its modules
#   kdir                 what modules are built against: make -C kdir M=...
set -euo pipefail

series=6.12
# The newest of them counts.
suites="bookworm-backports bookworm-security"
package=linux-source-$series
recipe=3	# raise it when a change of this script changes what it builds
here=$(cd "$(dirname "$0")" && pwd)
cache=${USBIP_TLS_CACHE:-/var/cache/usbip-tls}
apt=$cache/debug-kernel-apt
jobs=${JOBS:-2}
cc=${KCC:-gcc-12}

die() { echo "debug-kernel: $*" >&2; exit 1; }
say() { echo "debug-kernel: $*" >&2; }

apt_private() {
	apt-get -qq -o APT::Sandbox::User=root \
		-o Dir::Etc::sourcelist="$apt/sources.list" \
		-o Dir::Etc::sourceparts=/dev/null \
		-o Dir::Etc::preferences="$apt/preferences" \
		-o Dir::Etc::preferencesparts=/dev/null \
		-o Dir::State::lists="$apt/lists" \
		-o Dir::Cache="$apt/cache" "$@"
}

need_tools() {
	local missing=()

	command -v flex >/dev/null || missing+=(flex)
	command -v bison >/dev/null || missing+=(bison)
	command -v bc >/dev/null || missing+=(bc)
	command -v make >/dev/null || missing+=(make)
	command -v cpio >/dev/null || missing+=(cpio)
	command -v xz >/dev/null || missing+=(xz-utils)
	command -v depmod >/dev/null || missing+=(kmod)
	command -v "$cc" >/dev/null || missing+=("$cc")
	[ -e /usr/include/gelf.h ] || missing+=(libelf-dev)
	[ ${#missing[@]} -eq 0 ] && return
	[ "$(id -u)" = 0 ] || die "missing packages; run as root:" \
		"apt-get install --no-install-recommends ${missing[*]}"
	say "installing ${missing[*]}"
	apt-get install -y -qq --no-install-recommends "${missing[@]}" >&2
}

# Leaves the path of the source package in $deb.
fetch() {
	mkdir -p "$apt/lists/partial" "$apt/cache/archives/partial" "$apt/archives"
	# shellcheck disable=SC2086
	"$here/../mirror.sh" $suites > "$apt/sources.list"
	printf '%s\n' 'Package: *' 'Pin: release *' 'Pin-Priority: 500' \
		> "$apt/preferences"
	say "asking Debian for $package"
	# A mirror need not have both suites.
	apt_private update >&2 || say "looking at what did come"
	(cd "$apt/archives" && apt_private download "$package" >&2)
	apt_private download --print-uris "$package" |
		awk '{ print $2 }' > "$apt/current.new"
	[ -s "$apt/archives/$(cat "$apt/current.new")" ] ||
		die "apt did not deliver $(cat "$apt/current.new")"
	mv "$apt/current.new" "$apt/current"
}

configure() {
	local line name

	KCONFIG_ALLCONFIG=$here/config \
		make -s CC="$cc" HOSTCC="$cc" allnoconfig >&2
	while read -r line; do
		case $line in
		CONFIG_*=*)
			grep -qxF -- "$line" .config || die "config: $line was lost" ;;
		'# CONFIG_'*' is not set')
			name=${line#'# '}
			! grep -q "^${name%% *}=" .config ||
				die "config: ${name%% *} came back" ;;
		esac
	done < "$here/config"
}

# Runs in the source tree; $1 is the directory to fill.
collect() {
	local release

	release=$(make -s CC="$cc" kernelrelease)
	make -s CC="$cc" HOSTCC="$cc" INSTALL_MOD_PATH="$1/modules" \
		modules_install >&2
	rm -f "$1/modules/lib/modules/$release/build" \
		"$1/modules/lib/modules/$release/source"
	cp arch/x86/boot/bzImage "$1/bzImage"
	cp vmlinux "$1/vmlinux"
	cp .config "$1/config"
	make -s CC="$cc" HOSTCC="$cc" run-command \
		KBUILD_RUN_COMMAND="\$(srctree)/scripts/package/install-extmod-build $1/kdir" >&2
	cp .config "$1/kdir/.config"
	echo "$release" > "$1/version"
}

build() {
	local work=$cache/debug-kernel-work fresh=$out.new started=$SECONDS

	rm -rf "$work" "$fresh"
	mkdir -p "$work" "$fresh"
	say "unpacking $deb"
	dpkg-deb --fsys-tarfile "$apt/archives/$deb" |
		tar -xO --wildcards "*/$package.tar.xz" | tar -xJ -C "$work"
	cd "$work/$package"
	configure
	say "building with -j$jobs, about 10 minutes"
	nice -n 10 make -s -j"$jobs" CC="$cc" HOSTCC="$cc" bzImage modules >&2
	collect "$fresh"
	cd "$cache"
	rm -rf "$work"
	mv "$fresh" "$out"
	say "done in $((SECONDS - started)) s"
}

update=no
check=no
for arg; do
	case $arg in
	--update) update=yes ;;
	--check) check=yes ;;
	*) die "unknown argument $arg" ;;
	esac
done

mkdir -p "$cache"
exec 9> "$cache/debug-kernel.lock"
flock 9

if [ $check = yes ]; then
	[ -s "$apt/current" ] || die "not built yet; run $0"
elif [ $update = yes ] || [ ! -s "$apt/current" ] ||
     [ ! -s "$apt/archives/$(cat "$apt/current")" ]; then
	fetch
fi

deb=$(cat "$apt/current")
hash=$({ echo "$deb"; "$cc" -dumpfullversion; echo "$recipe"
	cat "$here/config"; } |
	sha256sum | cut -c1-12)
out=$cache/debug-kernel-$hash
if [ ! -s "$out/version" ]; then
	[ $check = no ] || die "not built yet; run $0"
	need_tools
	build
fi
echo "$out"
