#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Where to get a suite of Debian from, as the machine's own apt is configured. So a
# local mirror or a proxy is used by the tests as well.
#
# usage: tests/mirror.sh SUITE...        lines for a sources.list
#        tests/mirror.sh --uri SUITE     the address alone, for debootstrap
#        tests/mirror.sh --apt-conf      how apt gets through to it: for the
#                                        configuration of apt in a chroot
#
# A suite that apt knows comes from there; another one comes from the archive that
# has the release of this machine, security suites from the one of its security
# updates. USBIP_TLS_MIRROR and USBIP_TLS_SECURITY_MIRROR name others. Runs apt-get
# update if apt has no lists, which needs root.
set -euo pipefail

keyring=/usr/share/keyrings/debian-archive-keyring.gpg

die() { echo "mirror.sh: $*" >&2; exit 1; }

# "CODENAME URI" of all that says it is Debian's.
known() {
	local codename component uri origin

	apt-get indextargets 'Created-By: Packages' --format \
		'$(CODENAME) $(COMPONENT) $(REPO_URI) $(ORIGIN)' |
	while read -r codename component uri origin; do
		[[ $component = main && $origin = Debian* ]] || continue
		[[ $uri != cdrom:* ]] || continue
		# A list of mirrors, as images for clouds have it: apt reads
		# that, but debootstrap does not.
		[[ $uri != mirror+file:* ]] ||
			uri=$(awk '!/^#/ && NF { print $1; exit }' "${uri#mirror+file:}")
		echo "$codename ${uri%/}"
	done
}

is_security() { [[ $1 = *-security ]]; }

address() {	# SUITE
	local codename uri

	if is_security "$1" && [ -n "${USBIP_TLS_SECURITY_MIRROR:-}" ]; then
		echo "$USBIP_TLS_SECURITY_MIRROR"
		return
	elif ! is_security "$1" && [ -n "${USBIP_TLS_MIRROR:-}" ]; then
		echo "$USBIP_TLS_MIRROR"
		return
	fi
	while read -r codename uri; do
		[ "$codename" != "$1" ] || { echo "$uri"; return; }
	done <<< "$sources"
	while read -r codename uri; do
		if is_security "$1"; then
			is_security "$codename" || continue
		else
			# Backports and updates may have a place of their own.
			[[ -n $codename && $codename != *-* ]] || continue
		fi
		echo "$uri"
		return
	done <<< "$sources"
	die "apt knows no archive of Debian that may have $1; configure apt, or" \
		"set USBIP_TLS_MIRROR and USBIP_TLS_SECURITY_MIRROR"
}

# What the machine's configuration says of connections. Its programs are not in a
# chroot, so a proxy that one of them finds is asked for here.
apt_conf() {
	local found

	apt-config dump | grep -E '^Acquire::(https?::(Proxy|Verify|Ca|Timeout)|Retries|Check-|ForceIPv)' |
		grep -v 'Proxy-Auto-Detect' || [ $? = 1 ]
	found=$(/usr/lib/apt/apt-helper auto-detect-proxy "$(address "$suite")/" |
		sed -n 's/^Using proxy .\(.*\). for URL.*/\1/p')
	[[ -z $found || $found = DIRECT ]] || echo "Acquire::http::Proxy \"$found\";"
}

[ $# -gt 0 ] || { sed -n '/^# usage/,/^$/s/^# \?//p' "$0" >&2; exit 2; }
sources=$(known)
if [ -z "$sources" ] && [ "$(id -u)" = 0 ]; then
	apt-get update -qq >&2
	sources=$(known)
fi
suite=$(. /etc/os-release && echo "${VERSION_CODENAME:-stable}")
case $1 in
--uri)
	address "$2"
	;;
--apt-conf)
	apt_conf
	;;
*)
	for suite; do
		uri=$(address "$suite")
		echo "deb [arch=$(dpkg --print-architecture) signed-by=$keyring] $uri $suite main"
	done
	;;
esac
