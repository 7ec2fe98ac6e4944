// SPDX-License-Identifier: GPL-2.0
/*
 * lost.c - the end of sessions whose device has lost its driver
 *
 * usbip-host ends its connection when it is unbound, unless it mistakes the task that
 * unbinds it for its own event worker: it remembers that worker by the address of its
 * task_struct, for ever, and once the worker has ended another task may get that
 * address. The connection would go on, although the device is back with its own
 * driver. So a session does not rely on usbip-host: it ends whoever unbinds the
 * device. usbip-host's receiving thread sees the end of the stream and does the rest.
 *
 * The notice used is the one after the driver has let go. With the one before it, the
 * connection would end while the device is locked, and usbip-host would try for a
 * second to reset it.
 *
 * Notices come with the device locked. Closing a session takes no lock of a device
 * and waits for nobody, so this cannot deadlock.
 */
#include <linux/device.h>
#include <linux/notifier.h>

#include "host.h"

/* The USB bus, from the first session on; usbcore exports no pointer to it. */
static DEFINE_MUTEX(lost_mutex);	/* protects lost_bus */
static typeof_member(struct device, bus) lost_bus;

static int lost_notify(struct notifier_block *nb, unsigned long action,
		       void *data)
{
	const struct device *dev = data;

	/* Interfaces come here too, but their names are no bus ids. */
	if (action == BUS_NOTIFY_UNBOUND_DRIVER)
		usbip_tls_session_lost(USBIP_TLS_ROLE_DOCK, dev_name(dev));
	return NOTIFY_DONE;
}

static struct notifier_block lost_block = { .notifier_call = lost_notify };

/**
 * host_lost_watch() - learn of drivers that let go
 * @udev: any USB device; they are all on one bus
 *
 * To be called before a session with @udev is made. Process context.
 *
 * Return: 0 or a negative errno
 */
int host_lost_watch(struct usb_device *udev)
{
	int err = 0;

	mutex_lock(&lost_mutex);
	if (!lost_bus) {
		err = bus_register_notifier(udev->dev.bus, &lost_block);
		if (!err)
			lost_bus = udev->dev.bus;
	}
	mutex_unlock(&lost_mutex);
	return err;
}

/* At the exit of the module: no notice is under way or comes afterwards. */
void host_lost_exit(void)
{
	if (lost_bus)
		bus_unregister_notifier(lost_bus, &lost_block);
}
