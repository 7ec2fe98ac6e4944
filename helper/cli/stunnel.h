/* SPDX-License-Identifier: GPL-2.0 */
/*
 * stunnel.conf for a machine that has USB/IP but no usbip-tls: stunnel in front of
 * another system's client (Windows with usbip-win2) or of usbipd. It goes beside the
 * certificate of the request @req, into its directory @out.
 */
#ifndef UT_CLI_STUNNEL_H
#define UT_CLI_STUNNEL_H

#include <stdint.h>

#include "base/err.h"
#include "pki/pki.h"

#define UT_STUNNEL_FILE		"stunnel.conf"

/*
 * Could ut_stunnel_write() write? Ask before the certificate is made: -EEXIST, or
 * -EINVAL for a host that could not stand in such a file (UT_EXIT_USAGE).
 */
int ut_stunnel_check(const struct ut_pki_issue *req, const char *dock,
		     struct ut_err *err);

/*
 * Writes it. @dock: host that a tablet connects to, and that the dock's certificate
 * must name; of no use to a dock. @port: TCP port of the dock. 0 or -errno.
 */
int ut_stunnel_write(const struct ut_pki_issue *req, const char *dock,
		     uint16_t port, struct ut_err *err);

#endif /* UT_CLI_STUNNEL_H */
