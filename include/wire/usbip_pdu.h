/* SPDX-License-Identifier: GPL-2.0 */
/*
 * usbip_pdu.h - USB/IP 1.1.1 requests and answers on the wire
 *
 * A PDU is a header of 48 bytes, then payload, then packet descriptors of an
 * isochronous transfer; all numbers are big endian. Usable in the kernel and in
 * user space: no libc beyond memset and memcpy, no allocation.
 */
#ifndef WIRE_USBIP_PDU_H
#define WIRE_USBIP_PDU_H

#ifdef __KERNEL__
#include <linux/string.h>
#include <linux/types.h>
#else
#include <linux/types.h>
#include <stdbool.h>
#include <string.h>
#endif

#define USBIP_PDU_HDR_SIZE		48
#define USBIP_ISO_DESC_SIZE		16

/* From tablet to dock, */
#define USBIP_CMD_SUBMIT		1
#define USBIP_CMD_UNLINK		2
/* and the answers. */
#define USBIP_RET_SUBMIT		3
#define USBIP_RET_UNLINK		4

/* Standard requests of a control transfer and a feature, USB 2.0 tables 9-4, 9-6. */
#define USBIP_REQ_SET_FEATURE		3
#define USBIP_REQ_SET_ADDRESS		5
#define USBIP_FEATURE_TEST_MODE		2

#define USBIP_DIR_OUT			0
#define USBIP_DIR_IN			1

/*
 * A transfer without the SG flag becomes one kmalloc on the dock, which can do
 * 4 MiB; asking for more makes the page allocator WARN.
 */
#define USBIP_PDU_MAX_LINEAR		(4 << 20)
/* A transfer with the SG flag becomes pages. */
#define USBIP_PDU_MAX_TRANSFER		(16 << 20)
#define USBIP_PDU_MAX_ISO_PACKETS	1024
#define USBIP_PDU_MAX_EP		15

/* Offsets in the header of what may have to be rewritten. */
#define USBIP_PDU_OFF_DIRECTION		12
#define USBIP_PDU_OFF_FLAGS		20
#define USBIP_PDU_OFF_STATUS		20
#define USBIP_PDU_OFF_PACKETS		32
#define USBIP_PDU_OFF_INTERVAL		36

/* transfer_flags of CMD_SUBMIT; the values are those of linux/usbip.h. */
#define USBIP_URB_SHORT_NOT_OK		0x0001
#define USBIP_URB_ISO_ASAP		0x0002
#define USBIP_URB_NO_TRANSFER_DMA_MAP	0x0004
#define USBIP_URB_ZERO_PACKET		0x0040
#define USBIP_URB_NO_INTERRUPT		0x0080
#define USBIP_URB_FREE_BUFFER		0x0100
#define USBIP_URB_DIR_IN		0x0200
#define USBIP_URB_DMA_MAP_SINGLE	0x00010000
#define USBIP_URB_DMA_MAP_PAGE		0x00020000
#define USBIP_URB_DMA_MAP_SG		0x00040000
#define USBIP_URB_MAP_LOCAL		0x00080000
#define USBIP_URB_SETUP_MAP_SINGLE	0x00100000
#define USBIP_URB_SETUP_MAP_LOCAL	0x00200000
#define USBIP_URB_DMA_SG_COMBINED	0x00400000
#define USBIP_URB_ALIGNED_TEMP_BUFFER	0x00800000

/**
 * struct usbip_pdu - a header in host order
 * @command: which of the fields below mean something; the others are 0
 * @seqnum: number of the request, or of the request that is answered
 * @devid: busnum << 16 | devnum on the dock; 0 in answers of stock docks
 * @direction: USBIP_DIR_*; 0 in answers of stock docks
 * @ep: endpoint number; 0 in answers of stock docks
 * @flags: USBIP_URB_* (CMD_SUBMIT)
 * @length: bytes of the transfer buffer (CMD_SUBMIT)
 * @start_frame: frame number (CMD_SUBMIT, RET_SUBMIT)
 * @packets: isochronous packets; 0 or -1: not isochronous (CMD_SUBMIT, RET_SUBMIT)
 * @interval: of a periodic transfer, in (micro)frames (CMD_SUBMIT)
 * @setup: setup packet, as it is on the bus (CMD_SUBMIT)
 * @status: 0 or a negative errno (RET_SUBMIT, RET_UNLINK)
 * @actual_length: bytes transferred (RET_SUBMIT)
 * @error_count: isochronous packets that failed (RET_SUBMIT)
 * @target: number of the request to unlink (CMD_UNLINK)
 */
struct usbip_pdu {
	__u32 command;
	__u32 seqnum;
	__u32 devid;
	__u32 direction;
	__u32 ep;
	__u32 flags;
	__s32 length;
	__s32 start_frame;
	__s32 packets;
	__s32 interval;
	__u8 setup[8];
	__s32 status;
	__s32 actual_length;
	__s32 error_count;
	__u32 target;
};

/**
 * struct usbip_iso_desc - a packet of an isochronous transfer in host order
 * @offset: where in the transfer buffer it begins
 * @length: bytes it may have
 * @actual_length: bytes it has got
 * @status: 0 or a negative errno
 */
struct usbip_iso_desc {
	__u32 offset;
	__u32 length;
	__u32 actual_length;
	__s32 status;
};

static inline __u32 usbip_get_be32(const __u8 *p)
{
	return (__u32)p[0] << 24 | (__u32)p[1] << 16 | (__u32)p[2] << 8 | p[3];
}

static inline void usbip_put_be32(__u8 *p, __u32 v)
{
	p[0] = v >> 24;
	p[1] = v >> 16 & 0xff;
	p[2] = v >> 8 & 0xff;
	p[3] = v & 0xff;
}

static inline void usbip_pdu_decode(struct usbip_pdu *pdu,
				    const __u8 hdr[USBIP_PDU_HDR_SIZE])
{
	memset(pdu, 0, sizeof(*pdu));
	pdu->command = usbip_get_be32(hdr);
	pdu->seqnum = usbip_get_be32(hdr + 4);
	pdu->devid = usbip_get_be32(hdr + 8);
	pdu->direction = usbip_get_be32(hdr + 12);
	pdu->ep = usbip_get_be32(hdr + 16);

	switch (pdu->command) {
	case USBIP_CMD_SUBMIT:
		pdu->flags = usbip_get_be32(hdr + 20);
		pdu->length = (__s32)usbip_get_be32(hdr + 24);
		pdu->start_frame = (__s32)usbip_get_be32(hdr + 28);
		pdu->packets = (__s32)usbip_get_be32(hdr + 32);
		pdu->interval = (__s32)usbip_get_be32(hdr + 36);
		memcpy(pdu->setup, hdr + 40, sizeof(pdu->setup));
		break;
	case USBIP_RET_SUBMIT:
		pdu->status = (__s32)usbip_get_be32(hdr + 20);
		pdu->actual_length = (__s32)usbip_get_be32(hdr + 24);
		pdu->start_frame = (__s32)usbip_get_be32(hdr + 28);
		pdu->packets = (__s32)usbip_get_be32(hdr + 32);
		pdu->error_count = (__s32)usbip_get_be32(hdr + 36);
		break;
	case USBIP_CMD_UNLINK:
		pdu->target = usbip_get_be32(hdr + 20);
		break;
	case USBIP_RET_UNLINK:
		pdu->status = (__s32)usbip_get_be32(hdr + 20);
		break;
	}
}

/* Bytes that mean nothing for the command are written as 0. */
static inline void usbip_pdu_encode(const struct usbip_pdu *pdu,
				    __u8 hdr[USBIP_PDU_HDR_SIZE])
{
	memset(hdr, 0, USBIP_PDU_HDR_SIZE);
	usbip_put_be32(hdr, pdu->command);
	usbip_put_be32(hdr + 4, pdu->seqnum);
	usbip_put_be32(hdr + 8, pdu->devid);
	usbip_put_be32(hdr + 12, pdu->direction);
	usbip_put_be32(hdr + 16, pdu->ep);

	switch (pdu->command) {
	case USBIP_CMD_SUBMIT:
		usbip_put_be32(hdr + 20, pdu->flags);
		usbip_put_be32(hdr + 24, (__u32)pdu->length);
		usbip_put_be32(hdr + 28, (__u32)pdu->start_frame);
		usbip_put_be32(hdr + 32, (__u32)pdu->packets);
		usbip_put_be32(hdr + 36, (__u32)pdu->interval);
		memcpy(hdr + 40, pdu->setup, sizeof(pdu->setup));
		break;
	case USBIP_RET_SUBMIT:
		usbip_put_be32(hdr + 20, (__u32)pdu->status);
		usbip_put_be32(hdr + 24, (__u32)pdu->actual_length);
		usbip_put_be32(hdr + 28, (__u32)pdu->start_frame);
		usbip_put_be32(hdr + 32, (__u32)pdu->packets);
		usbip_put_be32(hdr + 36, (__u32)pdu->error_count);
		break;
	case USBIP_CMD_UNLINK:
		usbip_put_be32(hdr + 20, pdu->target);
		break;
	case USBIP_RET_UNLINK:
		usbip_put_be32(hdr + 20, (__u32)pdu->status);
		break;
	}
}

static inline void usbip_iso_decode(struct usbip_iso_desc *desc,
				    const __u8 raw[USBIP_ISO_DESC_SIZE])
{
	desc->offset = usbip_get_be32(raw);
	desc->length = usbip_get_be32(raw + 4);
	desc->actual_length = usbip_get_be32(raw + 8);
	desc->status = (__s32)usbip_get_be32(raw + 12);
}

static inline void usbip_iso_encode(const struct usbip_iso_desc *desc,
				    __u8 raw[USBIP_ISO_DESC_SIZE])
{
	usbip_put_be32(raw, desc->offset);
	usbip_put_be32(raw + 4, desc->length);
	usbip_put_be32(raw + 8, desc->actual_length);
	usbip_put_be32(raw + 12, (__u32)desc->status);
}

#endif /* WIRE_USBIP_PDU_H */
