/* SPDX-License-Identifier: GPL-2.0 */
#ifndef UT_DOCK_DOCK_CONN_H
#define UT_DOCK_DOCK_CONN_H

#include "dock/conns.h"

/* The peer has sent its first bytes. */
void ut_conn_start(struct ut_dock *dock, struct ut_conn *c);

/* Reads one message of the worker. Returns true if the connection is over. */
bool ut_conn_message(struct ut_dock *dock, struct ut_conn *c);

#endif /* UT_DOCK_DOCK_CONN_H */
