// SPDX-License-Identifier: GPL-2.0
/*
 * ut-gadget-int - a gadget with an interrupt endpoint in either direction
 *
 * usage: ut-gadget-int DIRECTORY
 *
 * DIRECTORY is a mounted FunctionFS. Takes what the host sends and has zeros
 * for it, for ever. Prints "ready" when the gadget may be bound to a controller.
 */
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/usb/functionfs.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MAX_PACKET	64
#define INTERVAL_FULL	1	/* frames */
#define INTERVAL_HIGH	1	/* 2^(n-1) microframes */

struct speed {
	struct usb_interface_descriptor interface;
	struct usb_endpoint_descriptor_no_audio in, out;
} __attribute__((packed));

struct super_speed {
	struct usb_interface_descriptor interface;
	struct usb_endpoint_descriptor_no_audio in;
	struct usb_ss_ep_comp_descriptor in_companion;
	struct usb_endpoint_descriptor_no_audio out;
	struct usb_ss_ep_comp_descriptor out_companion;
} __attribute__((packed));

struct descriptors {
	struct usb_functionfs_descs_head_v2 head;
	__le32 full_count, high_count, super_count;
	struct speed full, high;
	struct super_speed super;
} __attribute__((packed));

static void fail(const char *what)
{
	perror(what);
	exit(1);
}

static int open_file(const char *directory, const char *name, int flags)
{
	char path[256];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	fd = open(path, flags | O_CLOEXEC);
	if (fd < 0)
		fail(path);
	return fd;
}

static const struct usb_interface_descriptor interface = {
	.bLength = sizeof(interface),
	.bDescriptorType = USB_DT_INTERFACE,
	.bNumEndpoints = 2,
	.bInterfaceClass = USB_CLASS_VENDOR_SPEC,
};

static struct usb_endpoint_descriptor_no_audio endpoint(__u8 address,
							__u8 interval)
{
	return (struct usb_endpoint_descriptor_no_audio){
		.bLength = sizeof(struct usb_endpoint_descriptor_no_audio),
		.bDescriptorType = USB_DT_ENDPOINT,
		.bEndpointAddress = address,
		.bmAttributes = USB_ENDPOINT_XFER_INT,
		.wMaxPacketSize = htole16(MAX_PACKET),
		.bInterval = interval,
	};
}

static void fill_speed(struct speed *s, __u8 interval)
{
	s->interface = interface;
	s->in = endpoint(1 | USB_DIR_IN, interval);
	s->out = endpoint(2 | USB_DIR_OUT, interval);
}

static void fill(struct descriptors *d)
{
	const struct usb_ss_ep_comp_descriptor companion = {
		.bLength = sizeof(companion),
		.bDescriptorType = USB_DT_SS_ENDPOINT_COMP,
		.wBytesPerInterval = htole16(MAX_PACKET),
	};

	d->head.magic = htole32(FUNCTIONFS_DESCRIPTORS_MAGIC_V2);
	d->head.length = htole32(sizeof(*d));
	d->head.flags = htole32(FUNCTIONFS_HAS_FS_DESC |
				FUNCTIONFS_HAS_HS_DESC |
				FUNCTIONFS_HAS_SS_DESC);
	d->full_count = htole32(3);
	d->high_count = htole32(3);
	d->super_count = htole32(5);
	fill_speed(&d->full, INTERVAL_FULL);
	fill_speed(&d->high, INTERVAL_HIGH);
	d->super.interface = interface;
	d->super.in = d->high.in;
	d->super.in_companion = companion;
	d->super.out = d->high.out;
	d->super.out_companion = companion;
}

/* The host may take the endpoint away, and give it back by SET_INTERFACE. */
static bool goes_on(ssize_t ret)
{
	return ret >= 0 || errno == ESHUTDOWN || errno == EINTR ||
	       errno == ECONNRESET;
}

static void *sink(void *arg)
{
	char buf[MAX_PACKET];

	while (goes_on(read(*(int *)arg, buf, sizeof(buf))))
		;
	fail("out");
	return NULL;
}

static void *source(void *arg)
{
	const char buf[MAX_PACKET] = { 0 };

	while (goes_on(write(*(int *)arg, buf, sizeof(buf))))
		;
	fail("in");
	return NULL;
}

/* A request that is none of the standard ones is stalled by the wrong direction. */
static void stall(int ep0, const struct usb_ctrlrequest *setup)
{
	ssize_t ret;

	if (setup->bRequestType & USB_DIR_IN)
		ret = read(ep0, NULL, 0);
	else
		ret = write(ep0, NULL, 0);
	/* EIDRM: the host has given it up. */
	if (ret >= 0 || (errno != EL2HLT && errno != EIDRM))
		fail("stall");
}

/*
 * Waits by poll(), because a read that waits keeps FunctionFS from being unbound
 * (its mutex).
 */
static void serve(int ep0)
{
	struct pollfd pfd = { .fd = ep0, .events = POLLIN };
	struct usb_functionfs_event event;

	if (fcntl(ep0, F_SETFL, O_NONBLOCK))
		fail("O_NONBLOCK");
	for (;;) {
		if (poll(&pfd, 1, -1) < 0)
			fail("poll");
		if (read(ep0, &event, sizeof(event)) != sizeof(event)) {
			if (errno == EAGAIN || errno == EIDRM)
				continue;
			fail("ep0");
		}
		if (event.type == FUNCTIONFS_SETUP)
			stall(ep0, &event.u.setup);
	}
}

int main(int argc, char **argv)
{
	const struct usb_functionfs_strings_head strings = {
		.magic = htole32(FUNCTIONFS_STRINGS_MAGIC),
		.length = htole32(sizeof(strings)),
	};
	struct descriptors d = { 0 };
	pthread_t threads[2];
	int ep0, in, out;

	if (argc != 2) {
		fprintf(stderr, "usage: ut-gadget-int DIRECTORY\n");
		return 2;
	}
	fill(&d);
	ep0 = open_file(argv[1], "ep0", O_RDWR);
	if (write(ep0, &d, sizeof(d)) != sizeof(d))
		fail("descriptors");
	if (write(ep0, &strings, sizeof(strings)) != sizeof(strings))
		fail("strings");
	in = open_file(argv[1], "ep1", O_WRONLY);
	out = open_file(argv[1], "ep2", O_RDONLY);
	if (pthread_create(&threads[0], NULL, source, &in) ||
	    pthread_create(&threads[1], NULL, sink, &out))
		fail("thread");
	puts("ready");
	fflush(stdout);

	serve(ep0);
}
