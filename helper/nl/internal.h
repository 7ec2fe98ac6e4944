/* SPDX-License-Identifier: GPL-2.0 */
/* Inside of nl/: what requests and events share. */
#ifndef UT_NL_INTERNAL_H
#define UT_NL_INTERNAL_H

#include "nl/nl.h"

struct nl_sock;

/* A connected socket and the number of the family. */
int ut_nl_connect(struct nl_sock **sk, int *family, struct ut_err *err);

/*
 * Fills err from an errno of the kernel and its extended-ack text, which may be
 * empty. Returns -|error|.
 */
int ut_nl_error(struct ut_err *err, int error, const char *text,
		const char *what);

#endif /* UT_NL_INTERNAL_H */
