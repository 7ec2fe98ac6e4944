/* SPDX-License-Identifier: GPL-2.0 */
/* Bus ids, and whether the device that has one is shared. */
#ifndef UT_USB_BUSID_H
#define UT_USB_BUSID_H

#include <limits.h>
#include <stdbool.h>

/* Is this a bus id: "1-2.3" or "usbip-vudc.0", short enough for the wire? */
bool ut_busid_valid(const char *busid);

/* True for "usbip-vudc.N". */
bool ut_busid_is_vudc(const char *busid);

/* An attribute of a device in sysfs. 0 or -ENAMETOOLONG. */
int ut_busid_path(char path[PATH_MAX], const char *busid, const char *attr);

/**
 * enum ut_stub_status - what a dock can do with a device
 * @UT_STUB_NOT_BOUND: not shared
 * @UT_STUB_AVAILABLE: shared, free
 * @UT_STUB_USED: shared, a tablet has it
 * @UT_STUB_ERROR: shared, but the stock driver gave it up; bind it again
 */
enum ut_stub_status {
	UT_STUB_NOT_BOUND,
	UT_STUB_AVAILABLE,
	UT_STUB_USED,
	UT_STUB_ERROR,
};

/* "not-bound", "available", "used", "error" */
const char *ut_stub_status_name(enum ut_stub_status status);

/*
 * The status of a bus id that is known to be valid, an enum ut_stub_status, or
 * -errno. A device that is not there is not bound.
 */
int ut_stub_read_status(const char *busid);

#endif /* UT_USB_BUSID_H */
