// SPDX-License-Identifier: GPL-2.0
/* Which device a user means: see select.h. */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "usb/select.h"

void ut_op_clean(struct ut_op_device *dev)
{
	dev->path[sizeof(dev->path) - 1] = '\0';
	dev->busid[sizeof(dev->busid) - 1] = '\0';
	dev->manufacturer[sizeof(dev->manufacturer) - 1] = '\0';
	dev->product[sizeof(dev->product) - 1] = '\0';
	dev->serial[sizeof(dev->serial) - 1] = '\0';
	ut_sanitize(dev->path);
	ut_sanitize(dev->busid);
	ut_sanitize(dev->manufacturer);
	ut_sanitize(dev->product);
	ut_sanitize(dev->serial);
}

const char *ut_op_text(const struct ut_op_device *dev, char *buf, size_t size)
{
	char name[UT_OP_NAME_SIZE], vendor[128], product[128];

	ut_op_name(dev, name);
	if (!name[0]) {
		ut_hwdb_names(dev->vid, dev->pid, vendor, sizeof(vendor),
			      product, sizeof(product));
		snprintf(name, sizeof(name), "%s%s%s", vendor,
			 vendor[0] && product[0] ? " " : "", product);
	}
	snprintf(buf, size, "%04x:%04x%s%s", dev->vid, dev->pid,
		 name[0] ? " " : "", name);
	ut_sanitize(buf);
	return buf;
}

static bool fits_busid(const struct ut_op_device *d, const char *what)
{
	return !strcmp(d->busid, what);
}

static bool fits_usbid(const struct ut_op_device *d, const char *what)
{
	char id[16];

	snprintf(id, sizeof(id), "%04x:%04x", d->vid, d->pid);
	return !strcasecmp(id, what);
}

static bool fits_serial(const struct ut_op_device *d, const char *what)
{
	return d->serial[0] && !strcmp(d->serial, what);
}

static bool fits_name(const struct ut_op_device *d, const char *what)
{
	char name[UT_OP_NAME_SIZE];

	ut_op_name(d, name);
	return name[0] && (!strcasecmp(name, what) ||
			   !strcasecmp(d->product, what));
}

static bool fits_part(const struct ut_op_device *d, const char *what)
{
	char name[UT_OP_NAME_SIZE];

	ut_op_name(d, name);
	return strcasestr(name, what) != NULL;
}

static int ambiguous(const struct ut_op_device *devs, size_t n,
		     const char *what, const char *where,
		     bool (*fits)(const struct ut_op_device *, const char *),
		     size_t count, struct ut_err *err)
{
	char list[320] = "", one[320], text[256];
	size_t i, len;
	int ret;

	for (i = 0; i < n; i++) {
		if (!fits(&devs[i], what))
			continue;
		len = strlen(list);
		snprintf(one, sizeof(one), "%s%s (%s)", len ? ", " : "",
			 devs[i].busid,
			 ut_op_text(&devs[i], text, sizeof(text)));
		if (len + strlen(one) + 6 > sizeof(list)) {
			strcpy(list + len, ", ...");
			break;
		}
		strcpy(list + len, one);
	}
	ret = ut_err_set(err, UT_EXIT_AMBIGUOUS, ENOTUNIQ,
			 "\"%.60s\" fits %zu devices on %.60s: %s", what, count,
			 where, list);
	ut_err_hint(err, "give the bus id of the one you mean");
	return ret;
}

int ut_select(const struct ut_op_device *devs, size_t n, const char *what,
	      const char *where, size_t *index, struct ut_err *err)
{
	static bool (*const kinds[])(const struct ut_op_device *,
				     const char *) = {
		fits_busid, fits_usbid, fits_serial, fits_name, fits_part,
	};
	size_t k, i, count;
	int ret;

	for (k = 0; what[0] && k < sizeof(kinds) / sizeof(kinds[0]); k++) {
		count = 0;
		for (i = 0; i < n; i++)
			if (kinds[k](&devs[i], what) && !count++)
				*index = i;
		if (count == 1)
			return 0;
		if (count)
			return ambiguous(devs, n, what, where, kinds[k], count,
					 err);
	}
	ret = ut_err_set(err, UT_EXIT_NOT_FOUND, ENOENT,
			 "no device on %s fits \"%s\"", where, what);
	ut_err_hint(err, "a device is named by bus id, vid:pid, serial number or name; usbip-tls list shows them");
	return ret;
}
