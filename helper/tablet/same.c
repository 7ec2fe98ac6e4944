// SPDX-License-Identifier: GPL-2.0
/* The device of an import against that of a list: see same.h. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "tablet/same.h"

/* A dock that leaves a text out of one of its records does not contradict itself. */
static bool same_text(const char a[UT_OP_TEXT_SIZE],
		      const char b[UT_OP_TEXT_SIZE])
{
	return !a[0] || !b[0] || !strncmp(a, b, UT_OP_TEXT_SIZE);
}

static bool same_numbers(const struct ut_op_device *a,
			 const struct ut_op_device *b)
{
	return a->vid == b->vid && a->pid == b->pid && a->bcd == b->bcd &&
	       a->dev_class == b->dev_class && a->dev_sub == b->dev_sub &&
	       a->dev_proto == b->dev_proto && a->speed == b->speed;
}

/* "1209:0001, release 0100, class 00/00/00, serial "X""; texts are clean after. */
static void describe(const struct ut_op_device *d, char *buf, size_t size)
{
	char serial[UT_OP_TEXT_SIZE];

	ut_op_copy_text(serial, sizeof(serial), d->serial,
			strnlen(d->serial, sizeof(d->serial)));
	ut_sanitize(serial);
	snprintf(buf, size, "%04x:%04x release %04x class %02x/%02x/%02x speed %u%s%s%s",
		 d->vid, d->pid, d->bcd, d->dev_class, d->dev_sub, d->dev_proto,
		 d->speed, serial[0] ? " serial \"" : "", serial,
		 serial[0] ? "\"" : "");
}

int ut_same_device(const char *host, const struct ut_op_device *seen,
		   const struct ut_op_device *got, struct ut_err *err)
{
	char there[256], here[256], busid[UT_OP_BUSID_SIZE];
	int ret;

	if (same_numbers(seen, got) && same_text(seen->serial, got->serial) &&
	    same_text(seen->manufacturer, got->manufacturer) &&
	    same_text(seen->product, got->product))
		return 0;
	describe(seen, there, sizeof(there));
	describe(got, here, sizeof(here));
	ut_op_copy_text(busid, sizeof(busid), seen->busid,
			strnlen(seen->busid, sizeof(seen->busid)));
	ut_sanitize(busid);
	ret = ut_err_set(err, UT_EXIT_PROTOCOL, ENODEV,
			 "dock %s gives another device as %s than it announced: %s instead of %s",
			 host, busid, here, there);
	ut_err_hint(err, "if it was plugged in just now, try again; else do not trust this dock");
	return ret;
}
