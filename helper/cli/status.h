/* SPDX-License-Identifier: GPL-2.0 */
/* Inside of cli/: usbip-tls status, what the daemon knows. */
#ifndef UT_CLI_STATUS_H
#define UT_CLI_STATUS_H

#include "base/json.h"

/*
 * What the daemons of this machine tell, as the member "daemons" of @o. Trouble with
 * a daemon is told on stderr; the kernel's part is of use without it. True: none
 * runs.
 */
bool ut_status_daemons(struct json_object *o);

/* Prints what one daemon has told. */
void ut_status_print(struct json_object *daemon);

#endif /* UT_CLI_STATUS_H */
