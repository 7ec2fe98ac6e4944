/* SPDX-License-Identifier: GPL-2.0 */
/* A connection of the dock: its worker, and what that says. */
#ifndef UT_DOCK_DOCK_CONN_H
#define UT_DOCK_DOCK_CONN_H

#include "dock/conns.h"

/* The peer has sent its first bytes. @c is gone after this if no worker starts. */
void ut_conn_start(struct ut_dock *dock, struct ut_conn *c);

/*
 * Reads one message of the worker, for the loop and for tests. Returns true if the
 * connection is over.
 */
bool ut_conn_message(struct ut_dock *dock, struct ut_conn *c);

#endif /* UT_DOCK_DOCK_CONN_H */
