// SPDX-License-Identifier: GPL-2.0
/* Descriptors: see device.h. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "usb/device.h"
#include "usb/sysfs.h"

#define DT_DEVICE	1
#define DT_CONFIG	2
#define DT_INTERFACE	4

#define DEVICE_SIZE	18
#define CONFIG_SIZE	9
#define INTERFACE_SIZE	9

static void add_interface(const uint8_t *d, struct ut_op_device *op)
{
	/* Alternate setting 0 is the one that is there at first. */
	if (d[3] || op->nif == UT_OP_MAX_INTERFACES)
		return;
	memcpy(op->interfaces[op->nif], d + 5, 3);
	op->nif++;
}

void ut_descr_parse(const uint8_t *d, size_t len, struct ut_op_device *op,
		    struct ut_usb_classes *classes)
{
	unsigned int configs = 0, interfaces = 0;	/* of the last one */
	bool chosen = false;
	size_t pos;

	memset(classes, 0, sizeof(*classes));
	if (len < DEVICE_SIZE || d[0] != DEVICE_SIZE || d[1] != DT_DEVICE)
		return;
	for (pos = DEVICE_SIZE; pos < len; pos += d[pos]) {
		if (len - pos < 2 || d[pos] < 2 || d[pos] > len - pos)
			return;
		if (d[pos + 1] == DT_CONFIG) {
			if (d[pos] < CONFIG_SIZE || (configs && !interfaces))
				return;
			configs++;
			interfaces = 0;
			chosen = op->config_value ?
				 d[pos + 5] == op->config_value : configs == 1;
			if (chosen)
				op->nif = 0;
		}
		if (d[pos + 1] != DT_INTERFACE)
			continue;
		if (d[pos] < INTERFACE_SIZE)
			return;
		interfaces++;
		classes->seen[d[pos + 5] / 8] |= (uint8_t)(1 << d[pos + 5] % 8);
		if (chosen)
			add_interface(d + pos, op);
	}
	/* As many configurations as the device says it has, bNumConfigurations. */
	classes->complete = interfaces && configs == d[17];
}

int ut_descr_read(const char *dir, struct ut_usb_device *dev)
{
	uint8_t *d = malloc(UT_DESCR_MAX + 1);
	char path[PATH_MAX];
	ssize_t n = -1;

	if (!d)
		return -ENOMEM;
	if (!ut_path_join(path, sizeof(path), dir, "descriptors", NULL))
		n = ut_sysfs_read_bin(path, d, UT_DESCR_MAX + 1);
	if (n > 0 && n <= UT_DESCR_MAX)
		ut_descr_parse(d, (size_t)n, &dev->op, &dev->classes);
	free(d);
	return 0;
}
