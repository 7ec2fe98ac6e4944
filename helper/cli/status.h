/* SPDX-License-Identifier: GPL-2.0 */
/* Inside of cli/: the parts of usbip-tls status. */
#ifndef UT_CLI_STATUS_H
#define UT_CLI_STATUS_H

#include "cli/cli.h"

/**
 * struct ut_rate - bytes a second of one session
 */
struct ut_rate {
	uint64_t tx;
	uint64_t rx;
};

/*
 * What the daemons of this machine tell, or that none runs: printed, or as the
 * member "daemons" of @o if that is not NULL. Trouble with a daemon is told on
 * stderr; the kernel's part is of use without it.
 */
void ut_status_daemons(struct json_object *o);

/* Prints what one daemon has told. */
void ut_status_print(const char *role, struct json_object *reply);

/* "12.3 MB/s", "0 B/s"; returns buf. */
const char *ut_rate_text(uint64_t bytes, char *buf, size_t size);

#endif /* UT_CLI_STATUS_H */
