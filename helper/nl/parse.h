/* SPDX-License-Identifier: GPL-2.0 */
/* Inside of nl/: what requests and events share. */
#ifndef UT_NL_PARSE_H
#define UT_NL_PARSE_H

#include <netlink/attr.h>

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

/* For nla_parse() and friends; USBIP_TLS_A_MAX + 1 entries. */
extern struct nla_policy ut_nl_policy[USBIP_TLS_A_MAX + 1];

/* Fills *s from parsed attributes; what is missing becomes 0. */
void ut_nl_parse_session(struct nlattr **attrs, struct ut_session *s);

#endif /* UT_NL_PARSE_H */
