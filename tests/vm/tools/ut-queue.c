// SPDX-License-Identifier: GPL-2.0
/*
 * ut-queue - do large bulk transfers of an endpoint keep their order?
 *
 * usage: ut-queue NODE in|out
 *
 * NODE is a device in /dev/bus/usb whose interface 0 sends back what it gets. All
 * transfers of the direction named are submitted at once, those of the other one
 * by one: in both at once the order could get lost and be found again. Prints the
 * bytes that came back, or what went wrong. Exit code: 0: all in order, 1: not,
 * 2: usage.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/usbdevice_fs.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define TRANSFERS	6
#define SIZE		(256 << 10)
#define WORDS		(SIZE / sizeof(uint32_t))
#define PATIENCE	60000	/* ms without any transfer done */

static uint32_t sent[TRANSFERS][WORDS], came[TRANSFERS][WORDS];
static int device;

struct direction {
	uint8_t endpoint;
	uint32_t (*data)[WORDS];
	unsigned int window;
	unsigned int submitted;
	unsigned int done;
	struct usbdevfs_urb urbs[TRANSFERS];
};

static void die(const char *what)
{
	fprintf(stderr, "ut-queue: %s: %s\n", what, strerror(errno));
	exit(1);
}

/* The first bulk endpoint of a direction, 0 or 0x80; the node begins with them. */
static uint8_t find_endpoint(uint8_t direction)
{
	uint8_t all[4096];
	ssize_t n = pread(device, all, sizeof(all), 0), i;

	for (i = 0; i + 7 <= n && all[i]; i += all[i])
		if (all[i + 1] == 5 && (all[i + 3] & 3) == 2 &&
		    (all[i + 2] & 0x80) == direction)
			return all[i + 2];
	errno = ENOENT;
	die("bulk endpoint");
	return 0;
}

static void submit(struct direction *d)
{
	while (d->submitted < TRANSFERS && d->submitted < d->done + d->window) {
		struct usbdevfs_urb *urb = &d->urbs[d->submitted];

		urb->type = USBDEVFS_URB_TYPE_BULK;
		urb->endpoint = d->endpoint;
		urb->buffer = d->data[d->submitted++];
		urb->buffer_length = SIZE;
		urb->usercontext = d;
		if (ioctl(device, USBDEVFS_SUBMITURB, urb))
			die("submit");
	}
}

static void reap(void)
{
	struct pollfd pfd = { .fd = device, .events = POLLOUT };
	struct usbdevfs_urb *urb;
	struct direction *d;

	errno = ETIMEDOUT;
	if (poll(&pfd, 1, PATIENCE) != 1 ||
	    ioctl(device, USBDEVFS_REAPURBNDELAY, &urb))
		die("reap");
	d = urb->usercontext;
	if (urb->status || urb->actual_length != SIZE) {
		fprintf(stderr, "ut-queue: endpoint %02x: status %d, %d bytes\n",
			d->endpoint, urb->status, urb->actual_length);
		exit(1);
	}
	d->done++;
}

static void compare(void)
{
	size_t n = sizeof(sent) / sizeof(sent[0][0]), i;

	for (i = 0; i < n; i++) {
		if (came[i / WORDS][i % WORDS] == i)
			continue;
		fprintf(stderr, "ut-queue: at byte %zu came byte %zu\n",
			4 * i, 4 * (size_t)came[i / WORDS][i % WORDS]);
		exit(1);
	}
	printf("%zu bytes in order\n", sizeof(came));
}

int main(int argc, char **argv)
{
	struct usbdevfs_disconnect_claim claim = { .interface = 0 };
	struct direction out = { .data = sent }, in = { .data = came };
	size_t i;

	if (argc != 3 || (strcmp(argv[2], "in") && strcmp(argv[2], "out"))) {
		fprintf(stderr, "usage: ut-queue NODE in|out\n");
		return 2;
	}
	device = open(argv[1], O_RDWR | O_CLOEXEC);
	if (device < 0 || ioctl(device, USBDEVFS_DISCONNECT_CLAIM, &claim))
		die(argv[1]);
	out.endpoint = find_endpoint(0);
	in.endpoint = find_endpoint(0x80);
	out.window = strcmp(argv[2], "out") ? 1 : TRANSFERS;
	in.window = strcmp(argv[2], "in") ? 1 : TRANSFERS;
	for (i = 0; i < sizeof(sent) / sizeof(sent[0][0]); i++)
		sent[i / WORDS][i % WORDS] = (uint32_t)i;
	while (out.done < TRANSFERS || in.done < TRANSFERS) {
		submit(&out);
		submit(&in);
		reap();
	}
	compare();
	return 0;
}
