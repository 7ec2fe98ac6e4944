// SPDX-License-Identifier: GPL-2.0
/* JSON output; the members are documented in usbip-tls(8). */
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"

void ut_json_nodes(struct json_object *o, const struct ut_vhci_nodes *nodes)
{
	struct json_object *a = ut_json_array(o, "nodes");
	size_t i;

	for (i = 0; i < nodes->n; i++)
		json_object_array_add(a,
				      json_object_new_string(nodes->path[i]));
	ut_json_string(o, "drivers", nodes->drivers);
}

void ut_json_device_text(struct json_object *o, const struct ut_op_device *dev)
{
	char text[300];

	ut_json_string(o, "device_text", ut_op_text(dev, text, sizeof(text)));
}
