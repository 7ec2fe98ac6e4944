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

/* Closed sessions that linger may exceed the kernel's limit; a dump ends somewhere. */
#define UT_NL_TABLE_MAX	(4 * USBIP_TLS_MAX_SESSIONS)

/**
 * struct ut_nl_table - the sessions of a dump, zeroed at first
 * @v: to be freed
 * @n: how many
 * @full: 0, or why no more go into it: -EMSGSIZE or -ENOMEM
 */
struct ut_nl_table {
	struct ut_session *v;
	size_t n;
	int full;
};

/* Adds one from parsed attributes, and none once there was no room for one. */
void ut_nl_add_session(struct ut_nl_table *t, struct nlattr **attrs);

#endif /* UT_NL_PARSE_H */
