/* SPDX-License-Identifier: GPL-2.0 */
/* Lets strangers in, as many as admission.h allows. */
#ifndef UT_DOCK_ACCEPT_H
#define UT_DOCK_ACCEPT_H

#include "dock/conns.h"

/*
 * Lets in who has come, 16 of each listener at the most. Once in a turn and after
 * everybody else, as who comes may push out one who is here. When to come again.
 */
int64_t ut_accept_due(struct ut_dock *dock);

#endif /* UT_DOCK_ACCEPT_H */
