// SPDX-License-Identifier: GPL-2.0
/* A USB device in JSON; the members are documented in usbip-tls(8). */
#include <stdio.h>

#include "usb/device.h"
#include "usb/json.h"

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
