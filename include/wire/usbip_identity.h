/* SPDX-License-Identifier: GPL-2.0 */
/*
 * usbip_identity.h - is the device that arrives the one that was announced?
 *
 * A tablet decides by what a dock says about a device: ids and classes, in a list of
 * devices, in the record of an import. Drivers bind by the descriptors that the device
 * sends later, and those come from the same dock. So every answer to GET_DESCRIPTOR is
 * compared with what was announced, before vhci-hcd has it:
 *
 *	device		vendor, product, release and class are those announced, and
 *			no byte differs from an earlier answer
 *	configuration	the classes of its interfaces are among those announced; if
 *			none were announced, among those that came before the device
 *			was first configured
 *
 * Lists have the interfaces of the active configuration only. So of a device with
 * several, the others may have other classes, as long as the tablet's kernel does not
 * choose one of them.
 *
 * What usbcore does not take for a descriptor is let through: no driver binds by it, as
 * usbcore reads the same bytes in the same order. Answers may be cut short at any
 * byte. Pure C without allocation. The caller serializes.
 */
#ifndef WIRE_USBIP_IDENTITY_H
#define WIRE_USBIP_IDENTITY_H

#include <linux/usbip_tls.h>

#ifdef __KERNEL__
#include <linux/string.h>
#include <linux/types.h>
#else
#include <linux/types.h>
#include <stdbool.h>
#include <string.h>
#endif

/* Descriptors and requests, USB 2.0 tables 9-4, 9-5, 9-8, 9-10, 9-12. */
#define USBIP_DESC_DEVICE		1
#define USBIP_DESC_CONFIG		2
#define USBIP_DESC_INTERFACE		4
#define USBIP_DESC_OTHER_SPEED		7
#define USBIP_REQ_GET_DESCRIPTOR	6
#define USBIP_REQ_SET_CONFIGURATION	9
#define USBIP_DESC_DEVICE_SIZE		18
#define USBIP_DESC_CONFIG_SIZE		9

/* Longest answer of a control transfer: wLength has 16 bits. */
#define USBIP_IDENTITY_MAX		65535

/**
 * struct usbip_announced - what the dock said of a device
 * @vendor: idVendor
 * @product: idProduct
 * @release: bcdDevice
 * @class: class, subclass and protocol of the device
 * @classes_known: @classes has those of its interfaces
 * @classes: a bit for each class: byte 0 has those from 0 to 7, bit 0 is 0
 */
struct usbip_announced {
	__u16 vendor;
	__u16 product;
	__u16 release;
	__u8 class[3];
	bool classes_known;
	__u8 classes[USBIP_TLS_CLASSES_SIZE];
};

/**
 * struct usbip_identity - what is known of the device of a session
 * @announced: by the dock; @classes grows until the device is configured, if they
 *	were not announced
 * @device: its device descriptor
 * @have: bytes of that which have come
 * @configured: SET_CONFIGURATION was sent once
 * @refused: a bit for each bConfigurationValue whose interfaces have other classes
 */
struct usbip_identity {
	struct usbip_announced announced;
	__u8 device[USBIP_DESC_DEVICE_SIZE];
	__u8 have;
	bool configured;
	__u8 refused[32];
};

static inline void usbip_identity_set_bit(__u8 *bits, __u8 bit)
{
	bits[bit / 8] |= (__u8)(1 << bit % 8);
}

static inline bool usbip_identity_has_bit(const __u8 *bits, __u8 bit)
{
	return bits[bit / 8] & 1 << bit % 8;
}

static inline void usbip_identity_init(struct usbip_identity *id,
				       const struct usbip_announced *announced)
{
	memset(id, 0, sizeof(*id));
	id->announced = *announced;
	/* A class that the device has may be that of an interface, too. */
	usbip_identity_set_bit(id->announced.classes, announced->class[0]);
}

/* USBIP_DESC_* that this request reads, if its answer has to be looked at; or 0. */
static inline __u8 usbip_identity_wants(const __u8 setup[8])
{
	__u8 type = setup[3];

	if (setup[0] != 0x80 || setup[1] != USBIP_REQ_GET_DESCRIPTOR)
		return 0;
	return type == USBIP_DESC_DEVICE || type == USBIP_DESC_CONFIG ||
	       type == USBIP_DESC_OTHER_SPEED ? type : 0;
}

/* Byte @at of the device descriptor, if that was announced; else -1. */
static inline int usbip_identity_device_byte(const struct usbip_announced *a,
					     __u32 at)
{
	switch (at) {
	case 4:
	case 5:
	case 6:
		return a->class[at - 4];
	case 8:
		return a->vendor & 0xff;
	case 9:
		return a->vendor >> 8;
	case 10:
		return a->product & 0xff;
	case 11:
		return a->product >> 8;
	case 12:
		return a->release & 0xff;
	case 13:
		return a->release >> 8;
	default:
		return -1;
	}
}

static inline enum usbip_tls_violation
usbip_identity_device(struct usbip_identity *id, const __u8 *d, __u32 len)
{
	__u32 i;

	/* usbcore takes nothing else for one. */
	if (len < 2 || d[1] != USBIP_DESC_DEVICE)
		return USBIP_TLS_VIOLATION_NONE;
	if (len > USBIP_DESC_DEVICE_SIZE)
		len = USBIP_DESC_DEVICE_SIZE;
	for (i = 0; i < len; i++) {
		int want = usbip_identity_device_byte(&id->announced, i);

		if (want >= 0 && d[i] != want)
			return USBIP_TLS_VIOLATION_DEVICE;
		if (i < id->have && d[i] != id->device[i])
			return USBIP_TLS_VIOLATION_CHANGED;
	}
	if (len > id->have) {
		memcpy(id->device, d, len);
		id->have = len;
	}
	return USBIP_TLS_VIOLATION_NONE;
}

/* Do other configurations exist that usbcore could choose? */
static inline bool usbip_identity_several(const struct usbip_identity *id)
{
	return id->have == USBIP_DESC_DEVICE_SIZE && id->device[17] > 1;
}

/* There is an interface of that class. Returns whether that was announced. */
static inline bool usbip_identity_class(struct usbip_identity *id, __u8 class)
{
	struct usbip_announced *a = &id->announced;

	if (!a->classes_known && !id->configured)
		usbip_identity_set_bit(a->classes, class);
	return usbip_identity_has_bit(a->classes, class);
}

static inline enum usbip_tls_violation
usbip_identity_config(struct usbip_identity *id, __u8 type, const __u8 *d,
		      __u32 len)
{
	bool good = true;
	__u32 i;

	if (len < USBIP_DESC_CONFIG_SIZE || d[1] != type ||
	    d[0] < USBIP_DESC_CONFIG_SIZE)
		return USBIP_TLS_VIOLATION_NONE;

	/* Goes from one to the next as usbcore does, and stops where usbcore stops. */
	for (i = d[0]; i + 2 <= len; i += d[i]) {
		if (d[i] < 2 || d[i] > len - i)
			break;
		if (d[i + 1] == USBIP_DESC_INTERFACE && d[i] >= 6)
			good = usbip_identity_class(id, d[i + 5]) && good;
	}
	if (good)
		return USBIP_TLS_VIOLATION_NONE;
	if (!usbip_identity_several(id))
		return USBIP_TLS_VIOLATION_INTERFACE;
	/* One for the other speed cannot be chosen. */
	if (type == USBIP_DESC_CONFIG)
		usbip_identity_set_bit(id->refused, d[5]);
	return USBIP_TLS_VIOLATION_NONE;
}

/**
 * usbip_identity_answer() - look at an answer to GET_DESCRIPTOR
 * @id: the device
 * @type: what usbip_identity_wants() said of the request
 * @data: the bytes that came
 * @len: how many, USBIP_IDENTITY_MAX at most
 *
 * Return: USBIP_TLS_VIOLATION_NONE, _DEVICE, _INTERFACE or _CHANGED
 */
static inline enum usbip_tls_violation
usbip_identity_answer(struct usbip_identity *id, __u8 type, const __u8 *data,
		      __u32 len)
{
	if (type == USBIP_DESC_DEVICE)
		return usbip_identity_device(id, data, len);
	return usbip_identity_config(id, type, data, len);
}

/**
 * usbip_identity_request() - look at a control request that is to be sent
 * @id: the device
 * @setup: its setup packet
 *
 * Return: USBIP_TLS_VIOLATION_INTERFACE: it chooses a configuration with
 * interfaces of classes that were not announced
 */
static inline enum usbip_tls_violation
usbip_identity_request(struct usbip_identity *id, const __u8 setup[8])
{
	if (setup[0] != 0x00 || setup[1] != USBIP_REQ_SET_CONFIGURATION)
		return USBIP_TLS_VIOLATION_NONE;
	if (usbip_identity_has_bit(id->refused, setup[2]))
		return USBIP_TLS_VIOLATION_INTERFACE;
	id->configured = true;
	return USBIP_TLS_VIOLATION_NONE;
}

#endif /* WIRE_USBIP_IDENTITY_H */
