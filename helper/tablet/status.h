/* SPDX-License-Identifier: GPL-2.0 */
#ifndef UT_TABLET_STATUS_H
#define UT_TABLET_STATUS_H

#include <stdint.h>

#include "base/err.h"

/*
 * The error for an answer of the dock @host other than UT_OP_ST_OK, to the import
 * of @busid or, if that is NULL, to another request. Returns -errno.
 */
int ut_status_err(uint32_t status, const char *host, const char *busid,
		  struct ut_err *err);

/*
 * The error for a worker that failed without saying why: @error is what its
 * channel gave, @sig the signal that ended it, or 0. Returns -errno.
 */
int ut_worker_err(int error, int sig, struct ut_err *err);

#endif /* UT_TABLET_STATUS_H */
