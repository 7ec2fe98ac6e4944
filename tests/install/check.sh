#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Installation: the Debian packages and make install put the same files into the
# same places, make uninstall removes them again, and the installed files are
# right: lintian, units and their sandbox, udev rules, firewall files, purge.
# Nothing outside a temporary directory and build/deb is touched.
#
# usage: tests/install/check.sh          as root, after make helper
# Prints TAP and ends with "N passed, N failed".
set -euo pipefail

top=$(cd "$(dirname "$0")/../.." && pwd)
. "$top/tests/tap.sh"
here=$top/tests/install
version=$(sed -n 's/^PACKAGE_VERSION="\(.*\)"/\1/p' "$top/dkms.conf")
roles="dock tablet"
# The highest exposure level that systemd-analyze security may report, in tenths.
exposure=20

need_tools() {
	local missing=() tool

	for tool in systemd-analyze systemd-sysusers udevadm dpkg-deb \
			unshare; do
		command -v "$tool" > /dev/null || missing+=("$tool")
	done
	if [ ${#missing[@]} -gt 0 ] || [ "$(id -u)" != 0 ]; then
		echo "run tests/install-deps.sh as root, and this too;" \
			"missing: ${missing[*]}" >&2
		exit 1
	fi
}

make_() {	# GOAL VARIABLE=VALUE...
	make -s -C "$top" "$@"
}

# "mode /path" of every file below a directory.
files_of() {	# DIR
	(cd "$1" && find . -not -type d -printf '%m %p\n' | sed 's|\.||') |
		sort -k 2
}

# The same for a package: its manual pages count as uncompressed, and what
# Debian 12 has below /lib counts where it is on disk.
package_files() {	# DEB
	rm -rf "$work/deb"
	dpkg-deb -x "$1" "$work/deb"
	files_of "$work/deb" | grep -v ' /usr/share/doc/' |
		sed -e 's| /lib/| /usr/lib/|' -e 's|\(/man/.*\)\.gz$|\1|' |
		sort -k 2
}

deb() {	# NAME ARCHITECTURE
	echo "$top/build/deb/$1_${version}_$2.deb"
}

# --- packages ---

builds() {
	make_ deb && [ -f "$helper_deb" ] && [ -f "$dkms_deb" ]
}

one_version() {
	local changelog

	changelog=$(sed -n '1s/.*(\(.*\)).*/\1/p' "$top/debian/changelog")
	echo "dkms.conf $version, debian/changelog $changelog"
	[ "$changelog" = "$version" ] &&
		[ "$(dpkg-deb -f "$helper_deb" Version)" = "$version" ] &&
		[ "$(dpkg-deb -f "$dkms_deb" Version)" = "$version" ]
}

same_files_as_package() {
	package_files "$helper_deb" > "$work/package"
	files_of "$work/dest" > "$work/installed"
	[ -s "$work/package" ] && diff "$work/package" "$work/installed"
}

same_modules_as_package() {
	package_files "$dkms_deb" > "$work/package"
	make_ dkms-source DESTDIR="$work/dkms" && files_of "$work/dkms" \
		> "$work/installed"
	grep -q dkms.conf "$work/package" &&
		diff "$work/package" "$work/installed"
}

configuration_is_conffile() {
	dpkg-deb -I "$helper_deb" conffiles > "$work/conffiles"
	(cd "$work/dest" && find etc -type f | sed 's|^|/|') | sort |
		diff <(sort "$work/conffiles") -
}

owned_by_root() {
	local odd

	odd=$({ dpkg-deb -c "$helper_deb"; dpkg-deb -c "$dkms_deb"; } |
		awk '$2 != "root/root" || $1 ~ /[sStT]/ || $1 ~ /^.....w/')
	echo "$odd"
	[ -z "$odd" ]
}

lintian_is_content() {
	lintian --fail-on error,warning --no-tag-display-limit \
		"$top"/build/deb/*.changes > "$work/lintian" 2>&1 ||
		{ cat "$work/lintian"; return 1; }
}

# By then dpkg has deleted the conffiles. Certificates stay; the rest is removed.
purge() {	# in a mount namespace
	mount -t tmpfs none /etc
	mount -t tmpfs none /run
	mount -t tmpfs none /var/lib
	mkdir -p /etc/usbip-tls/conf.d /etc/usbip-tls/pki /var/lib/usbip-tls
	touch /etc/usbip-tls/key.pem /etc/usbip-tls/pki/ca.key \
		/etc/usbip-tls/conf.d/50-enroll.conf /var/lib/usbip-tls/x
	sh "$1" purge 2> /run/said
	[ "$(cd /etc/usbip-tls && find . -type f | sort | xargs)" = \
		"./key.pem ./pki/ca.key" ]
	[ ! -e /etc/usbip-tls/conf.d ]
	[ ! -e /var/lib/usbip-tls ]
	grep "keys stay in /etc/usbip-tls" /run/said
	rm -r /etc/usbip-tls/pki /etc/usbip-tls/key.pem
	sh "$1" purge
	[ ! -e /etc/usbip-tls ]
}

purge_keeps_keys() {
	dpkg-deb -I "$helper_deb" postrm > "$work/postrm"
	unshare -m bash -exc "$(declare -f purge); purge $work/postrm"
}

check_packages() {
	helper_deb=$(deb usbip-tls "$(dpkg --print-architecture)")
	dkms_deb=$(deb usbip-tls-dkms all)
	try "make deb" builds
	try "one version" one_version
	try "package and make install: the same files" same_files_as_package
	try "dkms package and make dkms-install: the same files" \
		same_modules_as_package
	try "everything in /etc is a conffile" configuration_is_conffile
	try "owners and modes in the packages" owned_by_root
	try "lintian has no error and no warning" lintian_is_content
	try "purge deletes configuration and keeps keys" purge_keeps_keys
}

# --- make install ---

installs() {
	make_ install DESTDIR="$work/dest"
	make -s -C "$top/helper/etc" list | sort -k 2 > "$work/list"
	files_of "$work/dest" | diff "$work/list" - &&
		[ -d "$work/dest/etc/usbip-tls/conf.d" ]
}

installs_elsewhere() {
	local odd

	make_ install DESTDIR="$work/local" prefix=/usr/local
	# systemd looks for sleep hooks in one directory only.
	odd=$(files_of "$work/local" | grep -vE ' /(usr/local|etc)/' |
		grep -v ' /usr/lib/systemd/system-sleep/usbip-tls$' || :)
	echo "$odd"
	[ -z "$odd" ] && grep -q '^ExecStart=/usr/local/sbin/usbip-tlsd dock' \
		"$work/local/usr/local/lib/systemd/system/usbip-tls-dock.service"
}

uninstalls() {
	make_ uninstall DESTDIR="$work/dest"
	files_of "$work/dest" > "$work/left"
	cat "$work/left"
	[ ! -s "$work/left" ] && [ ! -e "$work/dest/etc/usbip-tls" ]
}

keeps_what_is_not_its_own() {
	local etc=$work/mine/etc/usbip-tls

	make_ install DESTDIR="$work/mine"
	echo '[dock]' > "$etc/usbip-tls.conf"
	touch "$etc/key.pem"
	make_ install DESTDIR="$work/mine"
	[ "$(cat "$etc/usbip-tls.conf")" = '[dock]' ] || return 1
	make_ uninstall DESTDIR="$work/mine"
	files_of "$work/mine" > "$work/left"
	diff "$work/left" - <<-END
		644 /etc/usbip-tls/key.pem
		644 /etc/usbip-tls/usbip-tls.conf
	END
}

# --- programs of libexec ---

# Programs that face the network or have the key link what they need and no more.
links_only() {	# PROGRAM LIBRARY...
	local program=$top/build/$1 extra

	shift
	extra=$(readelf -d "$program" | sed -n 's/.*NEEDED.*\[\(.*\)\.so.*/\1/p' |
		grep -vxF -f <(printf '%s\n' libc "$@") || :)
	echo "$extra"
	[ -z "$extra" ]
}

# The code that reads private keys is not in the worker, not even unused.
worker_reads_no_key() {
	nm "$top/build/usbip-tls-signer" > "$work/signer"
	nm "$top/build/usbip-tls-worker" > "$work/worker"
	grep -w ut_key_load "$work/signer" && grep -w ut_serve_main "$work/worker" &&
		! grep -wE 'ut_key_[a-z]+|ut_ca_[a-z]+|ut_password_read|ut_file_read|gnutls_[a-z0-9_]*privkey_import_x509[a-z0-9_]*|gnutls_privkey_sign[a-z0-9_]*' \
			"$work/worker"
}

check_programs() {
	try "the worker links GnuTLS and libseccomp" \
		links_only usbip-tls-worker libgnutls libseccomp
	try "the signer links GnuTLS and libseccomp" \
		links_only usbip-tls-signer libgnutls libseccomp
	try "DNS-SD links Avahi and libseccomp" links_only usbip-tls-dns-sd \
		libavahi-client libavahi-common libseccomp
	try "no code in the worker reads a key" worker_reads_no_key
}

# --- units ---

# With the programs of the tree, because the host may not have any installed.
unit_is_valid() {	# UNIT
	systemd-analyze verify --man=no "$work/units/$1" > "$work/said" 2>&1 ||
		{ cat "$work/said"; return 1; }
	cat "$work/said"
	[ ! -s "$work/said" ]
}

sandboxed() {	# FILE
	systemd-analyze security --offline=true --no-pager \
		--threshold=$exposure "$1"
}

limit_means_something() {
	sed -e '/^CapabilityBoundingSet=/d' -e '/^SystemCallFilter=/d' \
		"$work/units/usbip-tls-dock.service" > "$work/open.service"
	! sandboxed "$work/open.service"
}

modules_exist() {
	local module

	for module in $(sed -n 's/^ExecStartPre=.*modprobe -a tls //p' \
			"$work"/units/*.service); do
		grep -q "^BUILT_MODULE_NAME.*\"$module\"" "$top/dkms.conf" ||
			{ echo "dkms.conf does not build $module"; return 1; }
	done
}

check_units() {
	local role kind

	make -s -C "$top/helper/etc" all OUT="$work/units" sbindir="$top/build"
	for role in $roles; do
		for kind in service path; do
			try "usbip-tls-$role.$kind is valid" \
				unit_is_valid "usbip-tls-$role.$kind"
		done
		try "usbip-tls-$role.service: exposure at most $exposure/10" \
			sandboxed "$work/units/usbip-tls-$role.service"
	done
	try "a unit without its sandbox is over the limit" limit_means_something
	try "the units load modules that there are" modules_exist
	try "the certificate decides which unit starts" certificate_decides
	chmod 755 "$work"
	try "the daemon needs rights" needs_rights
}

# The certificate decides which unit starts: 0 or 1 for each role.
certificate_decides() {
	local pki=$work/pki role asked status wanted

	"$top/build/usbip-tls" pki init --dir "$pki" || return 1
	for role in $roles; do
		"$top/build/usbip-tls" pki issue --dir "$pki" --role "$role" \
			"a-$role" --out "$work/$role" || return 1
		printf '[tls]\ncert = %s\n' "$work/$role/cert.pem" \
			> "$work/$role.conf"
	done
	for role in $roles; do
		for asked in $roles both; do
			wanted=1 status=0
			[[ $asked != "$role" && $asked != both ]] || wanted=0
			"$top/build/usbip-tlsd" "$asked" --check-role \
				-c "$work/$role.conf" || status=$?
			echo "$role, asked for $asked: $status"
			[ "$status" = $wanted ] || return 1
		done
	done
	rm "$work/dock/cert.pem"
	! "$top/build/usbip-tlsd" dock --check-role -c "$work/dock.conf"
}

# Without root and without the capabilities that a unit grants.
needs_rights() {
	local status=0

	setpriv --reuid 65534 --regid 65534 --clear-groups \
		"$work/local/usr/local/sbin/usbip-tlsd" dock || status=$?
	[ "$status" = 4 ]
}

# --- the rest ---

makes_user() {
	mkdir -p "$work/users/etc"
	systemd-sysusers --root="$work/users" \
		"$top/helper/etc/sysusers.d/usbip-tls.conf"
	grep '^usbip-tls:.*nologin$' "$work/users/etc/passwd"
}

# journalctl reads the catalog and finds each id of the daemon's table in it.
catalog_reads() {
	local root=$work/catalog id ids known

	install -D -m 644 "$top/helper/etc/catalog/usbip-tls.catalog" \
		"$root/usr/lib/systemd/catalog/usbip-tls.catalog"
	mkdir -p "$root/var/lib/systemd/catalog"
	journalctl --root="$root" --update-catalog || return 1
	known=$(journalctl --root="$root" --list-catalog)
	ids=$(sed -n 's/^\tX([A-Z_]*, "\([0-9a-f]*\)").*/\1/p' \
		"$top/helper/base/log.h")
	[ -n "$ids" ] || return 1
	for id in $ids; do
		grep -q "^$id usbip-tls: " <<< "$known" || return 1
	done
	[ "$(wc -l <<< "$known")" = "$(wc -l <<< "$ids")" ]
}

# The firewall files have the programs' ports, in both dialects.
firewall_ports() {
	local port

	port=$(sed -n 's/^#define UT_DEFAULT_PORT[[:space:]]*//p' \
		"$top/helper/policy/config.h")
	python3 - "$top/helper/etc/firewall" "$port" <<-'END'
		import configparser, pathlib, sys
		import xml.etree.ElementTree as xml
		here = pathlib.Path(sys.argv[1])
		ufw = configparser.ConfigParser()
		ufw.read(here / "usbip-tls.ufw")
		ports = {}
		for path in here.glob("*.xml"):
		    port = xml.parse(path).getroot().find("port")
		    ports[path.stem] = port.get("port") + "/" + port.get("protocol")
		assert ports == {s: ufw[s]["ports"] for s in ufw.sections()}, ports
		assert ports["usbip-tls"] == sys.argv[2] + "/tcp", ports
	END
}

need_tools
unset MAKEFLAGS MFLAGS DESTDIR prefix
try "make install" installs
try "make install prefix=/usr/local" installs_elsewhere
check_packages
try "make uninstall leaves nothing" uninstalls
try "make uninstall leaves what it did not install" keeps_what_is_not_its_own
check_programs
check_units
try "sysusers.d makes the user" makes_user
try "the journal's catalog has all messages" catalog_reads
try "firewall files agree with each other and the programs" firewall_ports
for what in exported imported child gone modules mistake; do
	try "udev rules: $what" unshare -m bash -e "$here/udev.sh" \
		"$top/helper/etc/udev/60-usbip-tls.rules" "$what"
done
tap_end
