/* SPDX-License-Identifier: GPL-2.0 */
/*
 * lost.h - the end of sessions whose device has lost its driver
 */
#ifndef USBIP_TLS_LOST_H
#define USBIP_TLS_LOST_H

struct usb_device;

/**
 * usbip_tls_lost_watch() - learn of drivers that let go
 * @udev: any USB device; they are all on one bus
 *
 * To be called before a session with @udev is made. Process context.
 *
 * Return: 0 or a negative errno
 */
int usbip_tls_lost_watch(struct usb_device *udev);

/* At the exit of the module. Nothing of it runs any more afterwards. */
void usbip_tls_lost_exit(void);

#endif /* USBIP_TLS_LOST_H */
