// SPDX-License-Identifier: GPL-2.0
/* A device as the policy, a list and JSON have it: see record.h. */
#include <stdio.h>

#include "usb/record.h"

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

/* --- JSON: the members are documented in usbip-tls(8) --- */

static void hex(struct json_object *o, const char *key, unsigned int digits,
		unsigned int value)
{
	char text[16];

	snprintf(text, sizeof(text), "%0*x", (int)digits, value);
	ut_json_string(o, key, text);
}

struct json_object *ut_json_op(const struct ut_op_device *dev)
{
	struct json_object *o = json_object_new_object(), *ifs, *one;
	unsigned int i;

	ut_json_string(o, "busid", dev->busid);
	hex(o, "vid", 4, dev->vid);
	hex(o, "pid", 4, dev->pid);
	hex(o, "bcd_device", 4, dev->bcd);
	ut_json_string(o, "manufacturer", dev->manufacturer);
	ut_json_string(o, "product", dev->product);
	ut_json_string(o, "serial", dev->serial);
	ut_json_uint(o, "busnum", dev->busnum);
	ut_json_uint(o, "devnum", dev->devnum);
	ut_json_uint(o, "speed", dev->speed);
	ut_json_string(o, "speed_name", ut_speed_name(dev->speed));
	hex(o, "class", 2, dev->dev_class);
	hex(o, "subclass", 2, dev->dev_sub);
	hex(o, "protocol", 2, dev->dev_proto);
	ut_json_string(o, "path", dev->path);
	ifs = ut_json_array(o, "interfaces");
	for (i = 0; i < dev->nif && i < UT_OP_MAX_INTERFACES; i++) {
		one = json_object_new_object();
		hex(one, "class", 2, dev->interfaces[i][0]);
		hex(one, "subclass", 2, dev->interfaces[i][1]);
		hex(one, "protocol", 2, dev->interfaces[i][2]);
		json_object_array_add(ifs, one);
	}
	return o;
}

void ut_json_op_brief(struct json_object *o, const struct ut_op_device *dev)
{
	char name[UT_OP_NAME_SIZE];

	ut_op_name(dev, name);
	ut_json_string(o, "busid", dev->busid);
	hex(o, "vid", 4, dev->vid);
	hex(o, "pid", 4, dev->pid);
	ut_json_string(o, "serial", dev->serial);
	ut_json_string(o, "name", name);
}
