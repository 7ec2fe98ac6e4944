/* SPDX-License-Identifier: GPL-2.0 */
#ifndef UT_USB_JSON_H
#define UT_USB_JSON_H

#include "base/json.h"
#include "wire/usbip_op.h"

/* Members of a device: busid, vid, pid, names, speed, class, interfaces. */
struct json_object *ut_json_op(const struct ut_op_device *dev);

/* The few that a status has, added to @o: busid, vid, pid, serial, name. */
void ut_json_op_brief(struct json_object *o, const struct ut_op_device *dev);

#endif /* UT_USB_JSON_H */
