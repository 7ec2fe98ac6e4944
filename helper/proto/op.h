/* SPDX-License-Identifier: GPL-2.0 */
/*
 * USB/IP 1.1.1 operations: what is said before a device is used.
 *
 *	request		after the header	answer after its header
 *	REQ_DEVLIST	nothing			u32 count, then for each device a
 *						device record and its interfaces
 *	REQ_IMPORT	bus id, 32 bytes	if the status is OK: a device record
 *
 * Numbers are big endian. Pure C without allocation. Functions that decode return
 * 0 or -EPROTO and never read more than the size named in their argument. Strings
 * they return are terminated, but hold whatever bytes the peer sent: clean them
 * before they meet a terminal.
 *
 * An extension that stock peers do not see: behind the NUL that ends the path of
 * a device record come "manufacturer=...", "product=..." and "serial=...", each
 * with its NUL, as far as they fit as a whole; unused bytes are 0. A path that
 * does not begin with '/' is the name of the product (RemoteHub).
 */
#ifndef UT_PROTO_OP_H
#define UT_PROTO_OP_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define UT_OP_VERSION		0x0111

#define UT_OP_REQ_IMPORT	0x8003
#define UT_OP_REP_IMPORT	0x0003
#define UT_OP_REQ_DEVLIST	0x8005
#define UT_OP_REP_DEVLIST	0x0005

#define UT_OP_HDR_SIZE		8	/* version, code, status */
#define UT_OP_COUNT_SIZE	4
#define UT_OP_PATH_SIZE		256
#define UT_OP_BUSID_SIZE	32
#define UT_OP_DEVICE_SIZE	312
#define UT_OP_IF_SIZE		4
#define UT_OP_TEXT_SIZE		128
#define UT_OP_NAME_SIZE		(2 * UT_OP_TEXT_SIZE)

#define UT_OP_IMPORT_REQ_SIZE	(UT_OP_HDR_SIZE + UT_OP_BUSID_SIZE)

/*
 * In the status of an import request, which is 0 in USB/IP 1.1.1: if the device is
 * in use, end that session if the tablet may: its own, or with a rule that says
 * so. The answer is "busy" all the same; the device is free a moment later.
 */
#define UT_OP_IMPORT_REPLACE	1

/* Limits for what a peer says it will send. */
#define UT_OP_MAX_DEVICES	1024
#define UT_OP_MAX_INTERFACES	32	/* of a USB device */

/** enum ut_op_status - answer of a dock; unknown ones count as ERROR */
enum ut_op_status {
	UT_OP_ST_OK,
	UT_OP_ST_NA,		/* not available */
	UT_OP_ST_DEV_BUSY,	/* another tablet has it */
	UT_OP_ST_DEV_ERR,	/* the device is in an error state */
	UT_OP_ST_NODEV,		/* not shared, or no such device */
	UT_OP_ST_ERROR,
};

/** struct ut_op_header - @code: UT_OP_REQ_* or UT_OP_REP_* */
struct ut_op_header {
	uint16_t version;
	uint16_t code;
	uint32_t status;
};

/**
 * struct ut_op_device - a device record and what belongs to it
 * @path: below /sys on the dock
 * @busid: on the dock
 * @busnum: bus number on the dock
 * @devnum: device number on the dock
 * @speed: enum usb_device_speed: 1 low, 2 full, 3 high, 5 super, 6 super plus
 * @vid: idVendor
 * @pid: idProduct
 * @bcd: bcdDevice
 * @dev_class: bDeviceClass
 * @dev_sub: bDeviceSubClass
 * @dev_proto: bDeviceProtocol
 * @config_value: bConfigurationValue; 0: not configured
 * @nconf: bNumConfigurations
 * @nif: bNumInterfaces, 0..UT_OP_MAX_INTERFACES
 * @interfaces: class, subclass, protocol of the first @nif; only in DEVLIST
 * @manufacturer: string of the device, "" if unknown
 * @product: the same
 * @serial: the same
 */
struct ut_op_device {
	char path[UT_OP_PATH_SIZE];
	char busid[UT_OP_BUSID_SIZE];
	uint32_t busnum;
	uint32_t devnum;
	uint32_t speed;
	uint16_t vid;
	uint16_t pid;
	uint16_t bcd;
	uint8_t dev_class;
	uint8_t dev_sub;
	uint8_t dev_proto;
	uint8_t config_value;
	uint8_t nconf;
	uint8_t nif;
	uint8_t interfaces[UT_OP_MAX_INTERFACES][3];
	char manufacturer[UT_OP_TEXT_SIZE];
	char product[UT_OP_TEXT_SIZE];
	char serial[UT_OP_TEXT_SIZE];
};

static inline void ut_op_put16(uint8_t *p, uint16_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static inline void ut_op_put32(uint8_t *p, uint32_t v)
{
	ut_op_put16(p, (uint16_t)(v >> 16));
	ut_op_put16(p + 2, (uint16_t)v);
}

static inline uint16_t ut_op_get16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static inline uint32_t ut_op_get32(const uint8_t *p)
{
	return (uint32_t)ut_op_get16(p) << 16 | ut_op_get16(p + 2);
}

/* Copies what fits and fills up with zeros; the last byte is always 0. */
static inline void ut_op_copy_text(char *dst, size_t size, const void *src,
				   size_t len)
{
	if (len > size - 1)
		len = size - 1;
	memset(dst, 0, size);
	memcpy(dst, src, len);
}

/* "manufacturer product", or the one of them that there is; "" if none. */
static inline void ut_op_name(const struct ut_op_device *dev,
			      char name[UT_OP_NAME_SIZE])
{
	size_t m = strnlen(dev->manufacturer, UT_OP_TEXT_SIZE - 1);
	size_t p = strnlen(dev->product, UT_OP_TEXT_SIZE - 1);

	memset(name, 0, UT_OP_NAME_SIZE);
	memcpy(name, dev->manufacturer, m);
	if (m && p)
		name[m++] = ' ';
	memcpy(name + m, dev->product, p);
}

static inline void ut_op_encode_header(uint8_t out[UT_OP_HDR_SIZE],
				       uint16_t code, uint32_t status)
{
	ut_op_put16(out, UT_OP_VERSION);
	ut_op_put16(out + 2, code);
	ut_op_put32(out + 4, status);
}

/* -EPROTO: another version; @h is filled in all the same. */
static inline int ut_op_decode_header(const uint8_t in[UT_OP_HDR_SIZE],
				      struct ut_op_header *h)
{
	h->version = ut_op_get16(in);
	h->code = ut_op_get16(in + 2);
	h->status = ut_op_get32(in + 4);
	return h->version == UT_OP_VERSION ? 0 : -EPROTO;
}

/* Letters, digits and what else bus ids are made of; not empty, no path. */
static inline bool ut_op_busid_valid(const char *busid, size_t size)
{
	size_t len = strnlen(busid, size), i;

	if (len == 0 || len == size || busid[0] == '.')
		return false;
	for (i = 0; i < len; i++) {
		char c = busid[i];

		if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
		      (c >= 'A' && c <= 'Z') || c == '-' || c == '.' ||
		      c == '_' || c == ':'))
			return false;
	}
	return true;
}

static inline int ut_op_decode_busid(const uint8_t in[UT_OP_BUSID_SIZE],
				     char busid[UT_OP_BUSID_SIZE])
{
	if (!ut_op_busid_valid((const char *)in, UT_OP_BUSID_SIZE))
		return -EPROTO;
	ut_op_copy_text(busid, UT_OP_BUSID_SIZE, in,
			strnlen((const char *)in, UT_OP_BUSID_SIZE));
	return 0;
}

/*
 * @flags: UT_OP_IMPORT_*; 0 for a dock that need not know them. -EINVAL: not a bus
 * id that the format can carry.
 */
static inline int
ut_op_encode_import_request(uint8_t out[UT_OP_IMPORT_REQ_SIZE],
			    const char *busid, uint32_t flags)
{
	if (!ut_op_busid_valid(busid, UT_OP_BUSID_SIZE))
		return -EINVAL;
	ut_op_encode_header(out, UT_OP_REQ_IMPORT, flags);
	ut_op_copy_text((char *)out + UT_OP_HDR_SIZE, UT_OP_BUSID_SIZE, busid,
			strlen(busid));
	return 0;
}

static inline int ut_op_decode_count(const uint8_t in[UT_OP_COUNT_SIZE],
				     uint32_t *count)
{
	*count = ut_op_get32(in);
	return *count <= UT_OP_MAX_DEVICES ? 0 : -EPROTO;
}

/* Appends "key=value" and its NUL at *pos if all of it fits. */
static inline void ut_op_put_text(uint8_t *path, size_t *pos, const char *key,
				  const char *value, size_t size)
{
	size_t klen = strlen(key), vlen = strnlen(value, size);

	if (vlen == 0 || *pos + klen + vlen + 1 > UT_OP_PATH_SIZE)
		return;
	memcpy(path + *pos, key, klen);
	memcpy(path + *pos + klen, value, vlen);
	*pos += klen + vlen + 1;
}

static inline void ut_op_encode_path(uint8_t out[UT_OP_PATH_SIZE],
				     const struct ut_op_device *dev)
{
	size_t pos = strnlen(dev->path, sizeof(dev->path) - 1) + 1;

	ut_op_copy_text((char *)out, UT_OP_PATH_SIZE, dev->path, pos - 1);
	ut_op_put_text(out, &pos, "manufacturer=", dev->manufacturer,
		       sizeof(dev->manufacturer));
	ut_op_put_text(out, &pos, "product=", dev->product,
		       sizeof(dev->product));
	ut_op_put_text(out, &pos, "serial=", dev->serial, sizeof(dev->serial));
}

/* Takes the value if the key fits and there is none yet. */
static inline void ut_op_get_text(const uint8_t *text, size_t len,
				  const char *key, char dst[UT_OP_TEXT_SIZE])
{
	size_t klen = strlen(key);

	if (len >= klen && !memcmp(text, key, klen) && !dst[0])
		ut_op_copy_text(dst, UT_OP_TEXT_SIZE, text + klen, len - klen);
}

static inline void ut_op_decode_path(const uint8_t in[UT_OP_PATH_SIZE],
				     struct ut_op_device *dev)
{
	size_t pos = strnlen((const char *)in, UT_OP_PATH_SIZE);

	/* A path that fills all of its room has lost its NUL, not more. */
	ut_op_copy_text(dev->path, sizeof(dev->path), in, pos);
	if (dev->path[0] && dev->path[0] != '/')
		ut_op_copy_text(dev->product, sizeof(dev->product), in, pos);

	while (++pos < UT_OP_PATH_SIZE && in[pos]) {
		const uint8_t *text = in + pos;
		size_t room = UT_OP_PATH_SIZE - pos;
		size_t len = strnlen((const char *)text, room);

		if (len == room)
			break;
		ut_op_get_text(text, len, "manufacturer=", dev->manufacturer);
		ut_op_get_text(text, len, "product=", dev->product);
		ut_op_get_text(text, len, "serial=", dev->serial);
		pos += len;
	}
}

static inline void ut_op_encode_device(uint8_t out[UT_OP_DEVICE_SIZE],
				       const struct ut_op_device *dev)
{
	ut_op_encode_path(out, dev);
	ut_op_copy_text((char *)out + 256, UT_OP_BUSID_SIZE, dev->busid,
			strnlen(dev->busid, sizeof(dev->busid)));
	ut_op_put32(out + 288, dev->busnum);
	ut_op_put32(out + 292, dev->devnum);
	ut_op_put32(out + 296, dev->speed);
	ut_op_put16(out + 300, dev->vid);
	ut_op_put16(out + 302, dev->pid);
	ut_op_put16(out + 304, dev->bcd);
	out[306] = dev->dev_class;
	out[307] = dev->dev_sub;
	out[308] = dev->dev_proto;
	out[309] = dev->config_value;
	out[310] = dev->nconf;
	out[311] = dev->nif;
}

/*
 * All of @dev is set, the interfaces to 0. -EPROTO: no valid bus id, or more
 * interfaces than a device can have.
 */
static inline int ut_op_decode_device(const uint8_t in[UT_OP_DEVICE_SIZE],
				      struct ut_op_device *dev)
{
	memset(dev, 0, sizeof(*dev));
	if (ut_op_decode_busid(in + 256, dev->busid))
		return -EPROTO;
	if (in[311] > UT_OP_MAX_INTERFACES)
		return -EPROTO;
	ut_op_decode_path(in, dev);
	dev->busnum = ut_op_get32(in + 288);
	dev->devnum = ut_op_get32(in + 292);
	dev->speed = ut_op_get32(in + 296);
	dev->vid = ut_op_get16(in + 300);
	dev->pid = ut_op_get16(in + 302);
	dev->bcd = ut_op_get16(in + 304);
	dev->dev_class = in[306];
	dev->dev_sub = in[307];
	dev->dev_proto = in[308];
	dev->config_value = in[309];
	dev->nconf = in[310];
	dev->nif = in[311];
	return 0;
}

/* Bytes that follow the device record in DEVLIST. */
static inline size_t ut_op_interfaces_size(const struct ut_op_device *dev)
{
	return (size_t)dev->nif * UT_OP_IF_SIZE;
}

/* @out: ut_op_interfaces_size() bytes. */
static inline void ut_op_encode_interfaces(uint8_t *out,
					   const struct ut_op_device *dev)
{
	size_t i;

	for (i = 0; i < dev->nif && i < UT_OP_MAX_INTERFACES; i++) {
		memcpy(out + i * UT_OP_IF_SIZE, dev->interfaces[i], 3);
		out[i * UT_OP_IF_SIZE + 3] = 0;
	}
}

/* @in: ut_op_interfaces_size() bytes. */
static inline void ut_op_decode_interfaces(const uint8_t *in,
					   struct ut_op_device *dev)
{
	size_t i;

	for (i = 0; i < dev->nif && i < UT_OP_MAX_INTERFACES; i++)
		memcpy(dev->interfaces[i], in + i * UT_OP_IF_SIZE, 3);
}

#endif /* UT_PROTO_OP_H */
