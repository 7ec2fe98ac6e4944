/* SPDX-License-Identifier: GPL-2.0 */
/* Connections that watch: each is told the difference to what it knows. */
#ifndef UT_DOCK_WATCHERS_H
#define UT_DOCK_WATCHERS_H

#include "dock/conns.h"

/* A tablet wants to watch: one of enum ut_op_status. */
enum ut_op_status ut_watching_start(struct ut_dock *dock, struct ut_conn *c);

/* Tells @c what it does not know yet, one event, if it waits for one. Returns
 * true if the connection is over. */
bool ut_watching_feed(struct ut_dock *dock, struct ut_conn *c);

/* The same for all, after the devices have changed. */
void ut_watching_feed_all(struct ut_dock *dock);

/* Ends them all at the next deadline check, which is due at once. */
void ut_watching_end_all(struct ut_dock *dock);

#endif /* UT_DOCK_WATCHERS_H */
