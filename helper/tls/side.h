/* SPDX-License-Identifier: GPL-2.0 */
/* The two ends of a connection. */
#ifndef UT_TLS_SIDE_H
#define UT_TLS_SIDE_H

enum ut_tls_side {
	UT_TLS_DOCK,		/* TLS server */
	UT_TLS_TABLET,		/* TLS client */
};

#endif /* UT_TLS_SIDE_H */
