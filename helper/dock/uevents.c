// SPDX-License-Identifier: GPL-2.0
/*
 * Events of the kernel about USB devices. The kernel's own and not udev's: what
 * we need is in sysfs by then, and a machine without udev is served as well.
 */

#include "dock/uevents.h"

/* More events than this in one go: the rest is seen in the next round. */
#define READ_AT_ONCE 256

static int filter(struct udev_monitor *m)
{
	int ret;

	ret = udev_monitor_filter_add_match_subsystem_devtype(m, "usb",
							      "usb_device");
	/* A gadget that comes to a usbip-vudc, or goes. */
	if (ret >= 0)
		ret = udev_monitor_filter_add_match_subsystem_devtype(m, "udc",
								      NULL);
	if (ret >= 0)
		ret = udev_monitor_enable_receiving(m);
	return ret;
}

static int on_uevents(sd_event_source *s, int fd, uint32_t events, void *arg)
{
	struct ut_dock *dock = arg;
	struct udev_device *dev;
	int i;

	/* Even if one was lost (ENOBUFS): what counts is what sysfs shows. */
	ut_devices_touch(&dock->devices);
	for (i = 0; i < READ_AT_ONCE; i++) {
		dev = udev_monitor_receive_device(dock->monitor);
		if (!dev)
			break;
		udev_device_unref(dev);
	}
	return 0;
}

void ut_uevents_open(struct ut_dock *dock)
{
	int ret = -1;

	dock->udev = udev_new();
	if (dock->udev)
		dock->monitor = udev_monitor_new_from_netlink(dock->udev,
							      "kernel");
	if (dock->monitor)
		ret = filter(dock->monitor);
	if (ret >= 0)
		ret = sd_event_add_io(dock->loop, &dock->uevents,
				      udev_monitor_get_fd(dock->monitor),
				      EPOLLIN, on_uevents, dock);
	if (ret >= 0)
		return;
	ut_log_warn("no events of USB devices from the kernel: tablets learn of changes only when they ask");
	ut_uevents_close(dock);
}

void ut_uevents_close(struct ut_dock *dock)
{
	dock->uevents = sd_event_source_disable_unref(dock->uevents);
	udev_monitor_unref(dock->monitor);
	udev_unref(dock->udev);
	dock->monitor = NULL;
	dock->udev = NULL;
}
