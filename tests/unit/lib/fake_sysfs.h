/* SPDX-License-Identifier: GPL-2.0 */
/* A sysfs tree in a temporary directory, for the tests of helper/usb. */
#ifndef UT_TEST_FAKE_SYSFS_H
#define UT_TEST_FAKE_SYSFS_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/scratch.h"
#include "usb/device.h"

extern char fake_root[SCRATCH_SIZE];

int fake_setup(void **state);
int fake_teardown(void **state);

/* Writes this into a file; with a NULL content, makes a directory. */
void fake(const char *content, const char *fmt, ...);

/* The same with bytes. */
void fake_bytes(const void *data, size_t len, const char *fmt, ...);

/* A symbolic link to a path below the root. */
void fake_link(const char *target, const char *fmt, ...);

/* Removes a file, a link or an empty directory, if it exists. */
void fake_gone(const char *fmt, ...);

/* Content of a file, to see what was written. */
const char *fake_read(const char *fmt, ...);

/**
 * struct fake_dev - a USB device
 * @parent: sysfs path of what it hangs on, "devices/pci0/usb1"
 * @busid: its bus id
 * @driver: driver of the device; NULL: none
 */
struct fake_dev {
	const char *parent;
	const char *busid;
	const char *driver;
	const char *vid;
	const char *pid;
	const char *class;
	const char *speed;
	const char *manufacturer;
	const char *product;
	const char *serial;
	const char *devnum;
};

void fake_device(const struct fake_dev *d);

#endif /* UT_TEST_FAKE_SYSFS_H */
