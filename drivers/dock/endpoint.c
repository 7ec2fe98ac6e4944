// SPDX-License-Identifier: GPL-2.0
/*
 * endpoint.c - what the device's descriptors say about its endpoints now
 *
 * The type of an endpoint tells whether packet descriptors follow a request, so the
 * checker has to know it. It asks in the thread that also changes interfaces and
 * configurations, between two requests. An endpoint found here may be used as long
 * as the reference to the struct usb_device is held.
 */
#include "host.h"

static const struct usb_host_endpoint *ep_find(const struct usb_device *udev,
					       u32 dir, u32 ep)
{
	return dir == USBIP_DIR_IN ? READ_ONCE(udev->ep_in[ep]) :
				     READ_ONCE(udev->ep_out[ep]);
}

/* side->ep_type */
enum usbip_xfer host_ep_type(void *priv, u32 dir, u32 ep)
{
	const struct host *h = priv;
	const struct usb_host_endpoint *hep = ep_find(h->udev, dir, ep);

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

/* side->interval. In frames, at high speed and above in microframes. */
u32 host_ep_interval(void *priv, u32 dir, u32 ep)
{
	const struct host *h = priv;
	const struct usb_host_endpoint *hep = ep_find(h->udev, dir, ep);
	u32 interval;

	if (!hep)
		return 1;
	interval = hep->desc.bInterval;
	if (h->udev->speed >= USB_SPEED_HIGH ||
	    usb_endpoint_xfer_isoc(&hep->desc))
		return 1U << (clamp_t(u32, interval, 1, 16) - 1);
	return max_t(u32, interval, 1);
}

/* Largest packet of the endpoint; 0: there is no such endpoint. */
unsigned int host_ep_maxp(const struct host *h, u32 dir, u32 ep)
{
	const struct usb_host_endpoint *hep = ep_find(h->udev, dir, ep);

	return hep ? usb_endpoint_maxp(&hep->desc) : 0;
}
