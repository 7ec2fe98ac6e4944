// SPDX-License-Identifier: GPL-2.0
/*
 * ut-usbtest - has the kernel's usbtest driver carry out one of its cases
 *
 * usage: ut-usbtest NODE CASE ITERATIONS LENGTH VARY SGLEN
 *
 * NODE is the device in /dev/bus/usb; interface 0 must be bound to usbtest. Prints
 * the seconds it took, or what went wrong. Exit code: 0: the case passed, 1: it
 * failed, also if the driver does not do it on this device, 2: usage.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/types.h>
#include <linux/usbdevice_fs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

/* What usbtest takes and gives; no header of the kernel exports it. */
struct usbtest_param {
	__u32 number;
	__u32 iterations;
	__u32 length;
	__u32 vary;
	__u32 sglen;
	__s64 seconds;
	__s64 microseconds;
};

#define USBTEST_REQUEST	_IOWR('U', 100, struct usbtest_param)

static __u32 number(const char *text)
{
	return (__u32)strtoul(text, NULL, 10);
}

int main(int argc, char **argv)
{
	struct usbtest_param param = { 0 };
	struct usbdevfs_ioctl request = {
		.ifno = 0,
		.ioctl_code = (int)USBTEST_REQUEST,
		.data = &param,
	};
	int fd;

	if (argc != 7) {
		fprintf(stderr, "usage: ut-usbtest NODE CASE ITERATIONS LENGTH "
			"VARY SGLEN\n");
		return 2;
	}
	param.number = number(argv[2]);
	param.iterations = number(argv[3]);
	param.length = number(argv[4]);
	param.vary = number(argv[5]);
	param.sglen = number(argv[6]);

	fd = open(argv[1], O_RDWR | O_CLOEXEC);
	if (fd < 0) {
		perror(argv[1]);
		return 1;
	}
	if (ioctl(fd, USBDEVFS_IOCTL, &request) < 0) {
		printf("case %u: %s (%d)\n", param.number, strerror(errno),
		       errno);
		return 1;
	}
	printf("case %u: %lld.%06lld s\n", param.number, param.seconds,
	       param.microseconds);
	return 0;
}
