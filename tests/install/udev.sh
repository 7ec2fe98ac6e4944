#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The udev rules, checked by udevadm test with an invented sysfs. Run it in a mount
# namespace: unshare -m bash -e tests/install/udev.sh RULES WHAT
# Prints what udev says; status 0 if the properties are right.
set -euo pipefail

rules=$1
v=/sys/devices/platform/vhci_hcd.0
stick=$v/usb3/3-1
dock=/sys/devices/pci0000:00/usb1/1-2

device() {	# PATH SUBSYSTEM UEVENT-LINE...
	mkdir -p "$1" "/sys/bus/$2"
	ln -s "/sys/bus/$2" "$1/subsystem"
	printf '%s\n' "${@:3}" > "$1/uevent"
}

usb_device() {	# PATH MINOR DRIVER
	device "$1" usb MAJOR=189 MINOR="$2" DEVNAME="bus/usb/$2" \
		DEVTYPE=usb_device DRIVER="$3"
	mkdir -p "/sys/bus/usb/drivers/$3"
	ln -s "/sys/bus/usb/drivers/$3" "$1/driver"
}

# Only our own files; nothing of the machine is read or written.
make_world() {
	mount --make-rprivate /
	mount -t tmpfs none /run
	cp "$rules" /run/60-usbip-tls.rules
	mount -t tmpfs none /dev
	mount -t tmpfs none /sys
	mkdir -p /run/udev/rules.d /run/usbip-tls/udev /sys/class/block
	for dir in /etc/udev/rules.d /usr/lib/udev/rules.d \
			/usr/local/lib/udev/rules.d; do
		[ ! -d $dir ] || mount -t tmpfs none $dir
	done
	mv /run/60-usbip-tls.rules /run/udev/rules.d
	device $v platform MODALIAS=platform:vhci_hcd
	usb_device $v/usb3 256 usb
	usb_device $stick 257 usb
	device $stick/3-1:1.0 usb DEVTYPE=usb_interface DRIVER=usb-storage
	device $stick/3-1:1.0/host6 scsi DEVTYPE=scsi_host
	device $stick/3-1:1.0/host6/sda block MAJOR=8 MINOR=0 DEVNAME=sda \
		DEVTYPE=disk
	usb_device $dock 2 usbip-host
	usb_device ${dock%2}3 3 usb
	device /sys/module/usbip_host module
	device /sys/module/vhci_hcd module
	cat > /run/usbip-tls/udev/3-1 <<-END
		ID_USBIP_TLS=1
		ID_USBIP_TLS_ROLE=imported
		ID_USBIP_TLS_DOCK=desk
		ID_USBIP_TLS_BUSID=1-2
		ID_USBIP_TLS_SESSION=7
	END
}

event() {	# ACTION PATH: its properties and what is run, in /run/said
	SYSTEMD_DEVICE_VERIFY_SYSFS=0 udevadm test --action="$1" "$2" \
		> /run/said 2>&1
	cat /run/said
	# "60-usbip-tls.rules:26 Importing ..." is no complaint.
	! grep -E 'rules:[0-9]+ (Invalid|Unknown|Failed|.*rror)' /run/said
}

has() {	# LINE...
	local line

	for line; do
		grep -qxF "$line" /run/said || { echo "missing: $line"; exit 1; }
	done
}

# In whatever order udev prints them.
tagged() {	# TAG...
	local tag

	for tag; do
		grep -q "^CURRENT_TAGS=.*:$tag:" /run/said ||
			{ echo "missing: tag $tag"; exit 1; }
	done
}

has_none() {
	! grep ID_USBIP_TLS= /run/said
}

make_world
case $2 in
exported)
	event bind $dock
	has ID_USBIP_TLS=1 ID_USBIP_TLS_ROLE=exported
	tagged usbip-tls systemd
	event add ${dock%2}3
	has_none
	;;
imported)
	event add $stick
	has ID_USBIP_TLS=1 ID_USBIP_TLS_ROLE=imported \
		ID_USBIP_TLS_DOCK=desk ID_USBIP_TLS_BUSID=1-2
	tagged usbip-tls systemd
	event add $v/usb3
	has_none
	;;
child)
	# One after the other, as each asks the one before.
	for device in $stick $stick/3-1:1.0 $stick/3-1:1.0/host6; do
		event add "$device"
	done
	event add $stick/3-1:1.0/host6/sda
	has ID_USBIP_TLS=1 ID_USBIP_TLS_DOCK=desk
	tagged usbip-tls
	# The stock tool leaves no file.
	rm /run/usbip-tls/udev/3-1
	event add $stick
	has_none
	;;
gone)	# and with it the file about it, but not that about the next one
	event add $stick
	has ID_USBIP_TLS_SESSION=7
	# As udev keeps it.
	mkdir -p /run/udev/data
	printf 'E:%s\n' ID_USBIP_TLS=1 ID_USBIP_TLS_SESSION=7 \
		> /run/udev/data/c189:257
	event remove $stick
	run=$(sed -n "s/^run: '\(.*\)'$/\1/p" /run/said)
	[ -n "$run" ]
	sed -i s/SESSION=7/SESSION=77/ /run/usbip-tls/udev/3-1
	eval "$run" || echo "left alone"
	[ -e /run/usbip-tls/udev/3-1 ]
	sed -i s/SESSION=77/SESSION=7/ /run/usbip-tls/udev/3-1
	eval "$run"
	[ ! -e /run/usbip-tls/udev/3-1 ]
	# One that the stock tool has attached, and what is not a device.
	rm -f /run/udev/data/c189:257
	event remove $stick
	! grep ^run: /run/said
	;;
modules)
	event add /sys/module/usbip_host
	has "run: 'kmod load usbip_tls_host'"
	event add /sys/module/vhci_hcd
	has "run: 'kmod load usbip_tls_vhci'"
	event remove /sys/module/vhci_hcd
	! grep 'kmod load' /run/said
	;;
mistake)	# is found
	echo 'SUBSYTEM=="usb", GOTO="nowhere"' >> /run/udev/rules.d/60-usbip-tls.rules
	! event bind $dock
	;;
*)
	echo "what is \"$2\"?" >&2
	exit 2
	;;
esac
