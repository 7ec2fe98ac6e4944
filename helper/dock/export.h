/* SPDX-License-Identifier: GPL-2.0 */
/* The part with privileges. */
#ifndef UT_DOCK_EXPORT_H
#define UT_DOCK_EXPORT_H

#include "dock/conns.h"

/*
 * Devices that the tablet @name may have now. The caller frees *devs. 0 or
 * -errno.
 */
int ut_export_list(const struct ut_dock *dock, const char *name,
		   struct ut_op_device **devs, size_t *n, struct ut_err *err);

/*
 * Starts a session on the socket of @c, with kernel TLS or bare if @c->plain, and
 * answers the request on it.
 * @replace: if a session is in the way that the tablet may end, ends that one.
 */
void ut_export_import(struct ut_dock *dock, struct ut_conn *c,
		      const char *busid, bool replace);

#endif /* UT_DOCK_EXPORT_H */
