/* SPDX-License-Identifier: GPL-2.0 */
/* Shared by conn.c and setup.c only. */
#ifndef UT_TLS_CONN_INTERNAL_H
#define UT_TLS_CONN_INTERNAL_H

#include "tls/conn.h"

/* Puts the reason into the outcome, unless there is one. Returns -1. */
int ut_tls_fail(struct ut_tls *t, enum ut_tls_reason reason, int detail);

static inline bool ut_tls_is_dock(const struct ut_tls *t)
{
	return t->p.creds->side == UT_TLS_DOCK;
}

#endif /* UT_TLS_CONN_INTERNAL_H */
