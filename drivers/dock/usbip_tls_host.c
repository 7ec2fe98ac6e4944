// SPDX-License-Identifier: GPL-2.0
/*
 * usbip_tls_host - the dock's side
 *
 * usbip-host decides by the type of an endpoint whether packet descriptors
 * follow a request, and reads on without a word of a request for an endpoint
 * that does not exist. So the checker has to know the endpoints of the device
 * as usbip-host does. It is asked from the one thread of usbip-host that also
 * changes interfaces and configurations, between two requests.
 *
 * A session holds the struct usb_device, not the device: unplugging goes its
 * way, and the endpoint structures live as long as the reference.
 */
#include <linux/module.h>
#include <linux/netlink.h>
#include <linux/usb.h>

#include "../core/side.h"
#include "lost.h"

struct lookup {
	const struct usbip_tls_desc *desc;
	struct usb_device *found;
};

static u32 device_devid(const struct usb_device *udev)
{
	return (u32)udev->bus->busnum << 16 | udev->devnum;
}

static int lookup_match(struct usb_device *udev, void *data)
{
	struct lookup *l = data;

	if (strcmp(dev_name(&udev->dev), l->desc->busid) ||
	    device_devid(udev) != l->desc->devid)
		return 0;

	l->found = usb_get_dev(udev);
	return 1;
}

static int host_bind(const struct usbip_tls_desc *desc, void **priv,
		     struct netlink_ext_ack *extack)
{
	struct lookup l = { .desc = desc };
	int err;

	usb_for_each_dev(&l, lookup_match);
	if (!l.found) {
		NL_SET_ERR_MSG(extack, "no USB device with this bus id and devid");
		return -ENODEV;
	}
	err = usbip_tls_lost_watch(l.found);
	if (err) {
		usb_put_dev(l.found);
		return err;
	}

	*priv = l.found;
	return 0;
}

static void host_unbind(void *priv)
{
	usb_put_dev(priv);
}

static enum usbip_xfer host_ep_type(void *priv, u32 dir, u32 ep)
{
	struct usb_device *udev = priv;
	struct usb_host_endpoint *hep;

	hep = dir == USBIP_DIR_IN ? READ_ONCE(udev->ep_in[ep]) :
				    READ_ONCE(udev->ep_out[ep]);
	if (!hep)
		return USBIP_XFER_NONE;

	switch (usb_endpoint_type(&hep->desc)) {
	case USB_ENDPOINT_XFER_CONTROL:
		return USBIP_XFER_CONTROL;
	case USB_ENDPOINT_XFER_ISOC:
		return USBIP_XFER_ISOC;
	case USB_ENDPOINT_XFER_BULK:
		return USBIP_XFER_BULK;
	default:
		return USBIP_XFER_INT;
	}
}

/* In frames at low and full speed, else in microframes, as struct urb has it. */
static u32 host_interval(void *priv, u32 dir, u32 ep)
{
	struct usb_device *udev = priv;
	struct usb_host_endpoint *hep;
	u32 interval;

	hep = dir == USBIP_DIR_IN ? READ_ONCE(udev->ep_in[ep]) :
				    READ_ONCE(udev->ep_out[ep]);
	if (!hep)
		return 1;
	interval = hep->desc.bInterval;
	if (udev->speed >= USB_SPEED_HIGH ||
	    usb_endpoint_xfer_isoc(&hep->desc))
		return 1U << (clamp_t(u32, interval, 1, 16) - 1);
	return max_t(u32, interval, 1);
}

static bool host_gone(void *priv)
{
	struct usb_device *udev = priv;

	return READ_ONCE(udev->state) == USB_STATE_NOTATTACHED;
}

static const struct usbip_tls_side host_side = {
	.owner = THIS_MODULE,
	.check_side = USBIP_CHECK_DOCK,
	.bind = host_bind,
	.unbind = host_unbind,
	.ep_type = host_ep_type,
	.interval = host_interval,
	.gone = host_gone,
};

/*
 * The endpoints of a gadget behind usbip-vudc are not to be had from outside.
 * Its isochronous transfers are refused, for the checker could not know which
 * requests are followed by packet descriptors.
 */
static const struct usbip_tls_side vudc_side = {
	.owner = THIS_MODULE,
	.check_side = USBIP_CHECK_DOCK,
};

static int __init usbip_tls_host_init(void)
{
	int err;

	err = usbip_tls_register_side(USBIP_TLS_ROLE_DOCK, &host_side);
	if (err)
		return err;

	err = usbip_tls_register_side(USBIP_TLS_ROLE_DOCK_VUDC, &vudc_side);
	if (err)
		usbip_tls_unregister_side(USBIP_TLS_ROLE_DOCK);
	return err;
}

static void __exit usbip_tls_host_exit(void)
{
	usbip_tls_unregister_side(USBIP_TLS_ROLE_DOCK_VUDC);
	usbip_tls_unregister_side(USBIP_TLS_ROLE_DOCK);
	usbip_tls_lost_exit();
}

module_init(usbip_tls_host_init);
module_exit(usbip_tls_host_exit);

MODULE_DESCRIPTION("USB/IP over kernel TLS, dock side");
MODULE_LICENSE("GPL");
MODULE_VERSION(USBIP_TLS_VERSION);
MODULE_SOFTDEP("pre: tls usbip-host");
