// SPDX-License-Identifier: GPL-2.0
/*
 * usbip_tls_vhci - the tablet's side
 *
 * Requests come from vhci-hcd, so what it sends tells the checker all that it needs
 * to judge the answers; there is nothing to look up.
 */
#include <linux/module.h>

#include "../core/side.h"

static const struct usbip_tls_side vhci_side = {
	.owner = THIS_MODULE,
	.check_side = USBIP_CHECK_TABLET,
};

static int __init usbip_tls_vhci_init(void)
{
	return usbip_tls_register_side(USBIP_TLS_ROLE_TABLET, &vhci_side);
}

static void __exit usbip_tls_vhci_exit(void)
{
	usbip_tls_unregister_side(USBIP_TLS_ROLE_TABLET);
}

module_init(usbip_tls_vhci_init);
module_exit(usbip_tls_vhci_exit);

MODULE_DESCRIPTION("USB/IP over kernel TLS, tablet side");
MODULE_LICENSE("GPL");
MODULE_VERSION(USBIP_TLS_VERSION);
MODULE_SOFTDEP("pre: tls vhci-hcd");
