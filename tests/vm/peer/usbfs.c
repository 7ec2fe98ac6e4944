// SPDX-License-Identifier: GPL-2.0
/*
 * A transfer to the device of the hostile dock, by usbfs: no kernel driver wants
 * that device, so somebody has to ask for what the dock shall answer.
 */
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <linux/usbdevice_fs.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "peer.h"

static bool read_text(const char *dir, const char *name, char *buf, int size)
{
	char path[512];
	FILE *f;
	bool ok;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "re");
	if (!f)
		return false;
	ok = fgets(buf, size, f) != NULL;
	fclose(f);
	return ok;
}

/* The newest one if there are several: the highest number. */
static bool find(char *node, size_t size)
{
	char id[16], bus[16], dev[16];
	bool found = false;
	glob_t list;
	size_t i;

	if (glob("/sys/bus/usb/devices/*", 0, NULL, &list))
		return false;
	for (i = 0; i < list.gl_pathc; i++) {
		const char *dir = list.gl_pathv[i];

		if (!read_text(dir, "idVendor", id, sizeof(id)) ||
		    strcmp(id, "1209\n") ||
		    !read_text(dir, "busnum", bus, sizeof(bus)) ||
		    !read_text(dir, "devnum", dev, sizeof(dev)) ||
		    !read_text(dir, "bConfigurationValue", id, sizeof(id)) ||
		    strcmp(id, "1\n"))
			continue;
		snprintf(node, size, "/dev/bus/usb/%03d/%03d", atoi(bus),
			 atoi(dev));
		found = access(node, R_OK | W_OK) == 0;
	}
	globfree(&list);
	return found;
}

static struct usbdevfs_urb *make(const char *name)
{
	static const struct {
		const char *name;
		uint8_t type, ep;
		int length;
	} kinds[] = {
		{ "bulk-in", USBDEVFS_URB_TYPE_BULK, 0x81, 512 },
		{ "bulk-out", USBDEVFS_URB_TYPE_BULK, 0x02, 512 },
		{ "int-in", USBDEVFS_URB_TYPE_INTERRUPT, 0x83, 64 },
		{ "iso-in", USBDEVFS_URB_TYPE_ISO, 0x84, 64 },
		{ "iso-out", USBDEVFS_URB_TYPE_ISO, 0x05, 64 },
	};
	static uint8_t buffer[512];
	struct usbdevfs_urb *urb;
	size_t i;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (!strcmp(kinds[i].name, name))
			break;
	if (i == sizeof(kinds) / sizeof(kinds[0]))
		peer_die(PEER_USAGE, "no kind of transfer \"%s\"", name);
	urb = calloc(1, sizeof(*urb) + sizeof(urb->iso_frame_desc[0]));
	if (!urb)
		peer_die(PEER_SETUP, "no memory");
	urb->type = kinds[i].type;
	urb->endpoint = kinds[i].ep;
	urb->buffer = buffer;
	urb->buffer_length = kinds[i].length;
	if (urb->type == USBDEVFS_URB_TYPE_ISO) {
		urb->number_of_packets = 1;
		urb->iso_frame_desc[0].length = (unsigned int)kinds[i].length;
	}
	return urb;
}

/* A reset makes usbcore read all descriptors again. */
static int reset(int fd)
{
	printf("reset %d\n", ioctl(fd, USBDEVFS_RESET) ? errno : 0);
	close(fd);
	return PEER_OK;
}

int cmd_submit(const struct peer_opts *o)
{
	bool resets = !strcmp(o->name, "reset");
	int64_t end = peer_now() + o->seconds * 1000;
	struct usbdevfs_urb *urb = resets ? NULL : make(o->name), *done = NULL;
	struct pollfd pfd = { .events = POLLOUT };
	unsigned int interface = 0;
	char node[64];
	int fd;

	while (!find(node, sizeof(node))) {
		if (peer_now() >= end)
			peer_die(PEER_SETUP, "no device of a hostile dock");
		usleep(50000);
	}
	fd = open(node, O_RDWR | O_CLOEXEC);
	if (fd >= 0 && resets)
		return reset(fd);
	if (fd < 0 || ioctl(fd, USBDEVFS_CLAIMINTERFACE, &interface) ||
	    ioctl(fd, USBDEVFS_SUBMITURB, urb))
		peer_die(PEER_SETUP, "%s: %s", node, strerror(errno));
	printf("submitted %s %s\n", o->name, node);
	fflush(stdout);
	pfd.fd = fd;
	if (poll(&pfd, 1, (int)(end - peer_now())) != 1)
		peer_die(PEER_OTHERWISE, "the transfer hangs");
	if (ioctl(fd, USBDEVFS_REAPURBNDELAY, &done)) {
		printf("reaped error %d\n", errno);
	} else {
		printf("reaped status %d actual %d\n", urb->status,
		       urb->actual_length);
	}
	close(fd);
	free(urb);
	return PEER_OK;
}
