// SPDX-License-Identifier: GPL-2.0
/*
 * main.c - module init and exit of usbip_tls_core
 *
 * Unloading is refused while a session socket exists, because each holds the
 * module. What may still be under way then is a grace period for the memory of
 * a session, which needs no code of ours.
 */
#include <linux/module.h>

#include "core.h"

static int __init usbip_tls_core_init(void)
{
	int err = -ENOMEM;

	usbip_tls_end_wq = alloc_workqueue("usbip_tls_end",
					   WQ_UNBOUND | WQ_MEM_RECLAIM, 0);
	if (!usbip_tls_end_wq)
		return err;
	err = usbip_tls_socket_init();
	if (err)
		goto err_end;
	err = usbip_tls_netlink_init();
	if (err)
		goto err_socket;
	return 0;

err_socket:
	usbip_tls_socket_exit();
err_end:
	destroy_workqueue(usbip_tls_end_wq);
	return err;
}

static void __exit usbip_tls_core_exit(void)
{
	usbip_tls_netlink_exit();
	WARN_ON(!usbip_tls_session_table_empty());
	usbip_tls_socket_exit();
	destroy_workqueue(usbip_tls_end_wq);
}

module_init(usbip_tls_core_init);
module_exit(usbip_tls_core_exit);

MODULE_DESCRIPTION("USB/IP sessions over kernel TLS");
MODULE_LICENSE("GPL");
MODULE_VERSION(USBIP_TLS_VERSION);
MODULE_SOFTDEP("pre: tls");
