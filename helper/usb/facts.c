// SPDX-License-Identifier: GPL-2.0
/* What the policy has to know of a device of this machine: see facts.h. */
#include "usb/facts.h"

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
