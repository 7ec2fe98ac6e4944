// SPDX-License-Identifier: GPL-2.0
/*
 * usbip_tls_host - the dock's side
 *
 * Devices of the dock, see host.h, and gadgets behind usbip-vudc, which carries out
 * their requests itself.
 *
 * A session holds the struct usb_device, not the device: a reference does not
 * delay an unplug.
 */
#include <linux/module.h>
#include <linux/netlink.h>
#include <linux/slab.h>

#include "host.h"

/* For answers and parked requests: a tablet's memory reclaim may wait for them. */
struct workqueue_struct *host_wq;

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

static void host_free(struct host *h)
{
	kvfree(h->rx_vec);
	kvfree(h->tx_vec);
	kvfree(h->tx_iso);
	kfree(h);
}

static struct host *host_create(struct usb_device *udev,
				struct usbip_tls_session *session)
{
	struct host *h = kzalloc(sizeof(*h), GFP_KERNEL);

	if (!h)
		return NULL;
	h->rx_vec = kvmalloc_array(HOST_VECS, sizeof(*h->rx_vec), GFP_KERNEL);
	h->tx_vec = kvmalloc_array(HOST_VECS, sizeof(*h->tx_vec), GFP_KERNEL);
	h->tx_iso = kvmalloc_array(USBIP_PDU_MAX_ISO_PACKETS,
				   USBIP_ISO_DESC_SIZE, GFP_KERNEL);
	if (!h->rx_vec || !h->tx_vec || !h->tx_iso) {
		host_free(h);
		return NULL;
	}
	kref_init(&h->kref);
	h->udev = udev;
	h->session = session;
	mutex_init(&h->submit);
	spin_lock_init(&h->lock);
	INIT_LIST_HEAD(&h->active);
	INIT_LIST_HEAD(&h->answers);
	init_waitqueue_head(&h->wait);
	INIT_WORK(&h->work, host_answers);
	INIT_WORK(&h->resume, host_resume);
	INIT_DELAYED_WORK(&h->watch, host_watch);
	return h;
}

static void host_release(struct kref *kref)
{
	struct host *h = container_of(kref, struct host, kref);

	WARN_ON(atomic_long_read(&h->held));
	usb_put_dev(h->udev);
	host_free(h);
}

void host_put(struct host *h)
{
	kref_put(&h->kref, host_release);
}

static int host_bind(struct usbip_tls_session *s,
		     const struct usbip_tls_desc *desc, void **priv,
		     struct netlink_ext_ack *extack)
{
	struct lookup l = { .desc = desc };
	struct host *h;
	int err;

	usb_for_each_dev(&l, lookup_match);
	if (!l.found) {
		NL_SET_ERR_MSG(extack, "no USB device with this bus id and devid");
		return -ENODEV;
	}
	err = host_lost_watch(l.found);
	if (err)
		goto err_put;
	err = -ENOMEM;
	h = host_create(l.found, s);
	if (!h)
		goto err_put;
	*priv = h;
	return 0;

err_put:
	usb_put_dev(l.found);
	return err;
}

static void host_unbind(void *priv)
{
	host_put(priv);
}

static bool host_gone(void *priv)
{
	const struct host *h = priv;

	return READ_ONCE(h->udev->state) == USB_STATE_NOTATTACHED;
}

static const struct usbip_tls_carrier host_carrier = {
	.begin = host_begin,
	.submit = host_submit,
	.unlink = host_unlink,
	.kill = host_kill,
	.stop = host_stop,
};

static const struct usbip_tls_side host_side = {
	.owner = THIS_MODULE,
	.check_side = USBIP_CHECK_DOCK,
	.bind = host_bind,
	.unbind = host_unbind,
	.ep_type = host_ep_type,
	.interval = host_ep_interval,
	.gone = host_gone,
	.carrier = &host_carrier,
};

/*
 * The endpoints of a gadget behind usbip-vudc cannot be seen from outside, so the
 * checker cannot know which requests are followed by packet descriptors: isochronous
 * transfers are refused.
 */
static const struct usbip_tls_side vudc_side = {
	.owner = THIS_MODULE,
	.check_side = USBIP_CHECK_DOCK,
};

static int __init usbip_tls_host_init(void)
{
	int err;

	host_wq = alloc_workqueue("usbip_tls_host",
				  WQ_UNBOUND | WQ_MEM_RECLAIM, WQ_MAX_ACTIVE);
	if (!host_wq)
		return -ENOMEM;
	err = usbip_tls_register_side(USBIP_TLS_ROLE_DOCK, &host_side);
	if (err)
		goto err_wq;
	err = usbip_tls_register_side(USBIP_TLS_ROLE_DOCK_VUDC, &vudc_side);
	if (err)
		goto err_side;
	return 0;

err_side:
	usbip_tls_unregister_side(USBIP_TLS_ROLE_DOCK);
err_wq:
	destroy_workqueue(host_wq);
	return err;
}

static void __exit usbip_tls_host_exit(void)
{
	usbip_tls_unregister_side(USBIP_TLS_ROLE_DOCK_VUDC);
	usbip_tls_unregister_side(USBIP_TLS_ROLE_DOCK);
	host_lost_exit();
	destroy_workqueue(host_wq);
}

module_init(usbip_tls_host_init);
module_exit(usbip_tls_host_exit);

MODULE_DESCRIPTION("USB/IP over kernel TLS, dock side");
MODULE_LICENSE("GPL");
MODULE_VERSION(USBIP_TLS_VERSION);
MODULE_SOFTDEP("pre: tls usbip-host");
