/* SPDX-License-Identifier: GPL-2.0 */
/* Is the device of an import the one that a rule, or a person, chose by a list? */
#ifndef UT_TABLET_SAME_H
#define UT_TABLET_SAME_H

#include "base/err.h"
#include "wire/usbip_op.h"

/*
 * Ids, class and speed must be equal, and texts that both records have. -ENODEV
 * with UT_EXIT_PROTOCOL: they are not; the message tells what is. @host: the dock,
 * as it was called.
 */
int ut_same_device(const char *host, const struct ut_op_device *seen,
		   const struct ut_op_device *got, struct ut_err *err);

#endif /* UT_TABLET_SAME_H */
