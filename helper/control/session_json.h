/* SPDX-License-Identifier: GPL-2.0 */
/* A session of the kernel's table as the command prints it and the daemon tells it. */
#ifndef UT_CONTROL_SESSION_JSON_H
#define UT_CONTROL_SESSION_JSON_H

#include "base/json.h"
#include "nl/nl.h"

/*
 * All attributes of @s, with names in the place of numbers; see usbip-tls(8). NULL: no
 * memory.
 */
struct json_object *ut_json_session(const struct ut_session *s);

#endif /* UT_CONTROL_SESSION_JSON_H */
