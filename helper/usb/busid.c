// SPDX-License-Identifier: GPL-2.0
/* Bus ids: see busid.h. */
#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "usb/busid.h"
#include "usb/sysfs.h"

#define BUSID_SIZE	32
#define VUDC_PREFIX	"usbip-vudc."

/* enum usbip_device_status of the stock drivers */
#define SDEV_ST_AVAILABLE	1
#define SDEV_ST_USED		2
#define SDEV_ST_ERROR		3

bool ut_busid_is_vudc(const char *busid)
{
	const char *n = busid + strlen(VUDC_PREFIX);

	return !strncmp(busid, VUDC_PREFIX, strlen(VUDC_PREFIX)) && n[0] &&
	       strspn(n, "0123456789") == strlen(n) &&
	       strlen(busid) < BUSID_SIZE;
}

/* "bus-port[.port]...", numbers only; so no '/' and no "..". */
bool ut_busid_valid(const char *busid)
{
	const char *p = busid;
	char last = '\0';

	if (strlen(busid) >= BUSID_SIZE)
		return false;
	if (ut_busid_is_vudc(busid))
		return true;
	if (!isdigit((unsigned char)*p))
		return false;
	while (isdigit((unsigned char)*p))
		p++;
	if (*p != '-')
		return false;
	for (last = *p++; *p; last = *p++)
		if (!isdigit((unsigned char)*p) &&
		    !(*p == '.' && isdigit((unsigned char)last)))
			return false;
	return isdigit((unsigned char)last);
}

int ut_busid_path(char path[PATH_MAX], const char *busid, const char *attr)
{
	return ut_sysfs_path(path, "%s/%s/%s", ut_busid_is_vudc(busid) ?
			     "/devices/platform" : "/bus/usb/devices", busid,
			     attr);
}

const char *ut_stub_status_name(enum ut_stub_status status)
{
	switch (status) {
	case UT_STUB_NOT_BOUND:
		return "not-bound";
	case UT_STUB_AVAILABLE:
		return "available";
	case UT_STUB_USED:
		return "used";
	default:
		return "error";
	}
}

int ut_stub_read_status(const char *busid)
{
	char path[PATH_MAX];
	uint32_t status;
	int ret;

	ret = ut_busid_path(path, busid, "usbip_status");
	if (!ret)
		ret = ut_sysfs_number(path, 10, 255, &status);
	if (ret)
		return ret == -ENOENT ? UT_STUB_NOT_BOUND : ret;
	if (status == SDEV_ST_AVAILABLE)
		return UT_STUB_AVAILABLE;
	return status == SDEV_ST_USED ? UT_STUB_USED : UT_STUB_ERROR;
}
