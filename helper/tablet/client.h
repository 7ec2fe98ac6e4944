/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The tablet's requests to a dock. A worker looks up the name, the caller's process
 * connects; another worker, without rights, does TLS and reads the answers, and
 * hands them back in fixed-size messages that are checked again here.
 */
#ifndef UT_TABLET_CLIENT_H
#define UT_TABLET_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "policy/config.h"
#include "tls/pki_csr.h"
#include "tls/reason.h"
#include "wire/usbip_op.h"

/**
 * struct ut_client_target - which dock
 * @host: name or address to connect to; all its addresses are tried
 * @port: TCP port; 0: UT_DEFAULT_PORT
 * @expect: name its certificate must have; NULL: the rule for @host in the
 *	configuration, or @host itself
 * @timeout: seconds for everything; 0: connect_timeout of the configuration
 * @replace: import: if the device is in use, by this tablet or in a way that the
 *	dock's rules allow, end that session. The import fails with UT_EXIT_BUSY
 *	all the same; the device is free a moment later. Only for docks that know
 *	the watch operation
 * @config: files and rules
 */
struct ut_client_target {
	const char *host;
	uint16_t port;
	const char *expect;
	unsigned int timeout;
	bool replace;
	const struct ut_config *config;
};

/**
 * struct ut_import - a device the dock has given us
 * @fd: TCP socket, connected, kernel TLS in both directions, close-on-exec; the
 *	caller's: pass it to ut_nl_session_new(), then close it. Closing it
 *	without that gives the device back
 * @dev: the device
 * @peer: name in the dock's certificate
 * @serial: its serial number
 */
struct ut_import {
	int fd;
	struct ut_op_device dev;
	char peer[256];
	char serial[UT_TLS_SERIAL_SIZE];
};

/*
 * Devices the dock would give us now. On success the caller frees *devs; *n may
 * be 0. UT_EXIT_UNREACHABLE, TIMEOUT, CERTIFICATE, REFUSED, PROTOCOL, CONFIG,
 * PERMISSION, NOT_FOUND (no such host: UNREACHABLE).
 */
int ut_client_list(const struct ut_client_target *target,
		   struct ut_op_device **devs, size_t *n, struct ut_err *err);

/*
 * Asks for one device. As above, and UT_EXIT_BUSY: another tablet has it,
 * UT_EXIT_NOT_FOUND: the dock does not share it, UT_EXIT_REFUSED: it refused
 * for another reason, UT_EXIT_MODULE: no kernel TLS on this machine. Needs the
 * module tls; loads it if the caller may.
 */
int ut_client_import(const struct ut_client_target *target, const char *busid,
		     struct ut_import *out, struct ut_err *err);

/*
 * A certificate for @csr, or if that is NULL the revocation list: DER, signed by
 * our CA. As above; UT_EXIT_REFUSED: the dock does not give it. The caller frees
 * *der.
 */
int ut_client_fetch(const struct ut_client_target *target,
		    const struct ut_csr *csr, struct ut_buf *der,
		    struct ut_err *err);

#endif /* UT_TABLET_CLIENT_H */
