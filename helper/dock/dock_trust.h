/* SPDX-License-Identifier: GPL-2.0 */
/* The trust operation. What returns true: the connection is over. */
#ifndef UT_DOCK_DOCK_TRUST_H
#define UT_DOCK_DOCK_TRUST_H

#include "dock/conns.h"

bool ut_trust_asked(struct ut_dock *dock, struct ut_conn *c,
		    const struct ut_msg_trust *want);

/* The worker has passed on what it had. */
bool ut_trust_next(struct ut_conn *c);

#endif /* UT_DOCK_DOCK_TRUST_H */
