/* SPDX-License-Identifier: GPL-2.0 */
/* Inside of nl/: from attributes to a struct ut_session. */
#ifndef UT_NL_PARSE_H
#define UT_NL_PARSE_H

#include <netlink/attr.h>

#include "nl/nl.h"

/* For nla_parse() and friends; USBIP_TLS_A_MAX + 1 entries. */
extern struct nla_policy ut_nl_policy[USBIP_TLS_A_MAX + 1];

/* Fills *s from parsed attributes; what is missing becomes 0. */
void ut_nl_parse_session(struct nlattr **attrs, struct ut_session *s);

#endif /* UT_NL_PARSE_H */
