// SPDX-License-Identifier: GPL-2.0
/* What the policy has to know of a device of this machine: see facts.h. */
#include "usb/facts.h"

static bool listed(const struct ut_op_device *op, unsigned int class)
{
	unsigned int i;

	for (i = 0; i < op->nif; i++)
		if (op->interfaces[i][0] == class)
			return true;
	return false;
}

void ut_usb_record(const struct ut_usb_device *dev, struct ut_op_device *op)
{
	unsigned int class;

	*op = dev->op;
	for (class = 0; class < 256; class++) {
		if (!(dev->classes.seen[class / 8] & 1 << class % 8) ||
		    op->nif >= UT_OP_MAX_INTERFACES || listed(op, class))
			continue;
		op->interfaces[op->nif][0] = (uint8_t)class;
		op->interfaces[op->nif][1] = 0;
		op->interfaces[op->nif++][2] = 0;
	}
}

void ut_usb_facts(const struct ut_usb_device *dev, struct ut_facts *f)
{
	unsigned int i;

	ut_facts_of_op(&dev->op, f);
	for (i = 0; i < sizeof(f->classes); i++)
		f->classes[i] |= dev->classes.seen[i];
	/* The active configuration alone is not all that a tablet may choose. */
	f->classes_known = dev->classes.complete;
	if (dev->hub)
		ut_facts_protect(f, "it is a hub; the devices on it can be shared, not the hub");
	else if (dev->imported)
		ut_facts_protect(f, "it comes from another machine and cannot be shared again");
}
