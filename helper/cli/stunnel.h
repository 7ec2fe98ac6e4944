/* SPDX-License-Identifier: GPL-2.0 */
/*
 * stunnel.conf for a machine that has USB/IP but no usbip-tls: stunnel in front of
 * another system's client (Windows with usbip-win2) or of usbipd.
 */
#ifndef UT_CLI_STUNNEL_H
#define UT_CLI_STUNNEL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "tls/pki.h"

#define UT_STUNNEL_FILE		"stunnel.conf"
/* Where usbipd listens behind it. */
#define UT_STUNNEL_USBIPD_PORT	3241

/**
 * struct ut_stunnel - one file
 * @dir: directory that has the certificate; it goes there
 * @role: of the certificate
 * @dock: host the tablet connects to, and that the dock's certificate must name;
 *	not of use to a dock
 * @port: TCP port of the dock
 * @force: replace one that is there
 */
struct ut_stunnel {
	const char *dir;
	enum ut_pki_role role;
	const char *dock;
	uint16_t port;
	bool force;
};

/*
 * Could ut_stunnel_write() write? Ask before the certificate is made: -EEXIST, or
 * -EINVAL for a host that could not stand in such a file (UT_EXIT_USAGE).
 */
int ut_stunnel_check(const struct ut_stunnel *s, struct ut_err *err);

/* Writes it. 0 or -errno. */
int ut_stunnel_write(const struct ut_stunnel *s, struct ut_err *err);

#endif /* UT_CLI_STUNNEL_H */
