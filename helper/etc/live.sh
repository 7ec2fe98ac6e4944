#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# What make install and make uninstall do to the machine that runs, besides its
# files; the package does the same in its scripts. Without systemd: the user only.
#
# usage: helper/etc/live.sh start | stop | forget
#   start   after install: user, units enabled; daemons begin, or begin anew
#   stop    before uninstall: daemons end, units disabled; sessions go on
#   forget  after uninstall
set -eu

units="usbip-tls-dock usbip-tls-tablet"
[ "$(id -u)" = 0 ] || exit 0
systemd=false
[ ! -d /run/systemd/system ] || systemd=true

# Of those that there are: an uninstall may be the second one.
each() {	# COMMAND...
	for unit in $units; do
		! systemctl cat "$unit.path" >/dev/null 2>&1 ||
			"$@" "$unit.service" "$unit.path"
	done
}

case ${1:-} in
start)
	if command -v systemd-sysusers >/dev/null; then
		systemd-sysusers usbip-tls.conf
	elif ! getent passwd usbip-tls >/dev/null; then
		useradd --system --user-group --no-create-home \
			--home-dir / --shell /usr/sbin/nologin usbip-tls
	fi
	$systemd || exit 0
	systemctl daemon-reload
	udevadm control --reload
	journalctl --update-catalog
	each systemctl enable --quiet
	# Those whose certificate this machine does not have stay down.
	each systemctl --no-block restart
	;;
stop)
	$systemd || exit 0
	each systemctl disable --quiet --now
	;;
forget)
	$systemd || exit 0
	systemctl daemon-reload
	udevadm control --reload
	journalctl --update-catalog
	;;
*)
	echo "usage: $0 start | stop | forget" >&2
	exit 2
	;;
esac
