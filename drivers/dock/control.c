// SPDX-License-Identifier: GPL-2.0
/*
 * control.c - control requests that the dock's USB core carries out
 *
 * To change the configuration or an interface, to clear a halt and to reset the
 * device also changes what the host controller keeps of the endpoints. So these
 * requests are not passed on: the USB core does them, while no URB of ours is under
 * way on the endpoints concerned.
 *
 * The core needs the device's lock for this. An unbind or unplug holds that lock
 * while it waits for the session's end, which waits for the reader. So the reader
 * only tries the lock, and gives up once the session has closed: no such request
 * begins after teardown has begun.
 */
#include <linux/usb/ch11.h>

#include "host.h"

/* How often the reader tries the lock. */
#define LOCK_LOOK	(HZ / 100 + 1)

enum special {
	SPECIAL_NONE,
	SPECIAL_CLEAR_HALT,
	SPECIAL_INTERFACE,
	SPECIAL_CONFIGURATION,
	SPECIAL_RESET,
};

static u16 setup_value(const u8 *setup)
{
	return setup[2] | (u16)setup[3] << 8;
}

static u16 setup_index(const u8 *setup)
{
	return setup[4] | (u16)setup[5] << 8;
}

static enum special special_kind(const u8 *setup)
{
	u8 type = setup[0], request = setup[1];

	if (type == USB_RECIP_ENDPOINT && request == USB_REQ_CLEAR_FEATURE &&
	    setup_value(setup) == USB_ENDPOINT_HALT)
		return SPECIAL_CLEAR_HALT;
	if (type == USB_RECIP_INTERFACE && request == USB_REQ_SET_INTERFACE)
		return SPECIAL_INTERFACE;
	if (type == USB_RECIP_DEVICE && request == USB_REQ_SET_CONFIGURATION)
		return SPECIAL_CONFIGURATION;
	/* For a hub's port; tablets other than vhci-hcd ask for a reset this way. */
	if (type == (USB_TYPE_CLASS | USB_RECIP_OTHER) &&
	    request == USB_REQ_SET_FEATURE &&
	    setup_value(setup) == USB_PORT_FEAT_RESET)
		return SPECIAL_RESET;
	return SPECIAL_NONE;
}

static u32 interface_eps(struct usb_device *udev, unsigned int number)
{
	const struct usb_interface *intf = usb_ifnum_to_if(udev, number);
	const struct usb_host_interface *alt;
	u32 eps = 0;
	int i;

	alt = intf ? intf->cur_altsetting : NULL;
	for (i = 0; alt && i < alt->desc.bNumEndpoints; i++) {
		const struct usb_endpoint_descriptor *d =
			&alt->endpoint[i].desc;

		eps |= BIT(usb_endpoint_num(d) +
			   (usb_endpoint_dir_in(d) ? 16 : 0));
	}
	return eps;
}

static u32 special_eps(struct usb_device *udev, enum special kind,
		       const u8 *setup)
{
	u16 index = setup_index(setup);

	switch (kind) {
	case SPECIAL_CLEAR_HALT:
		return BIT((index & USB_ENDPOINT_NUMBER_MASK) +
			   (index & USB_DIR_IN ? 16 : 0)) & ~HOST_EP_ZERO;
	case SPECIAL_INTERFACE:
		return interface_eps(udev, index);
	case SPECIAL_CONFIGURATION:
		return ~HOST_EP_ZERO;
	default:
		return HOST_EP_ALL;
	}
}

/* The core would log each request for an interface that it does not know. */
static bool special_known(struct usb_device *udev, enum special kind,
			  const u8 *setup)
{
	const struct usb_interface *intf;

	if (kind != SPECIAL_INTERFACE)
		return true;
	intf = usb_ifnum_to_if(udev, setup_index(setup));
	return intf && usb_altnum_to_altsetting(intf, setup_value(setup));
}

static int special_do(struct usb_device *udev, enum special kind,
		      const u8 *setup)
{
	u16 value = setup_value(setup), index = setup_index(setup);
	unsigned int ep = index & USB_ENDPOINT_NUMBER_MASK;

	switch (kind) {
	case SPECIAL_CLEAR_HALT:
		return usb_clear_halt(udev, index & USB_DIR_IN ?
						    usb_rcvctrlpipe(udev, ep) :
						    usb_sndctrlpipe(udev, ep));
	case SPECIAL_INTERFACE:
		return usb_set_interface(udev, index, value);
	case SPECIAL_CONFIGURATION:
		return usb_set_configuration(udev, value);
	default:
		return usb_reset_device(udev);
	}
}

/* Takes the device's lock; 0, or -ESHUTDOWN: session or device are gone. */
static int special_lock(struct host *h)
{
	struct device *dev = &h->udev->dev;

	while (!usb_trylock_device(h->udev)) {
		if (wait_event_idle_timeout(h->wait, READ_ONCE(h->killed),
					    LOCK_LOOK))
			return -ESHUTDOWN;
	}
	/* Unless usbip-host holds it, the dock's drivers would get its interfaces. */
	if (!READ_ONCE(h->killed) && dev->driver &&
	    !strcmp(dev->driver->name, "usbip-host") &&
	    h->udev->state != USB_STATE_NOTATTACHED)
		return 0;
	usb_unlock_device(h->udev);
	return -ESHUTDOWN;
}

static int special_carry_out(struct host *h, enum special kind,
			     const u8 *setup)
{
	int err = special_lock(h);

	if (err)
		return err;
	if (!special_known(h->udev, kind, setup)) {
		err = -EINVAL;
	} else if (!host_drain(h, special_eps(h->udev, kind, setup))) {
		host_give_up(h);
		err = -ETIMEDOUT;
	} else if (READ_ONCE(h->killed)) {
		err = -ESHUTDOWN;
	} else {
		err = special_do(h->udev, kind, setup);
	}
	usb_unlock_device(h->udev);

	/* The device would stall a request for something that it does not have. */
	return err == -EINVAL ? -EPIPE : err;
}

/**
 * host_special() - carry out what has to go through the USB core
 * @r: request whose payload has come
 * @status: of the transfer, if it is such a request
 *
 * Done by the reader itself, so that later requests come after it.
 *
 * Return: whether it is such a request
 */
bool host_special(const struct host_request *r, int *status)
{
	enum special kind;

	if (r->xfer != USBIP_XFER_CONTROL)
		return false;
	kind = special_kind(r->pdu.setup);
	if (kind == SPECIAL_NONE)
		return false;
	*status = special_carry_out(r->host, kind, r->pdu.setup);
	return true;
}
