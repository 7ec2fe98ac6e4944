/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Why a TLS connection came to nothing: one enum for the log of the dock, the
 * alert on the wire and the message of the command.
 */
#ifndef UT_TLS_REASON_H
#define UT_TLS_REASON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "base/err.h"

#define UT_TLS_NAME_SIZE	256	/* USBIP_TLS_PEER_SIZE */
#define UT_TLS_SERIAL_SIZE	65	/* USBIP_TLS_SERIAL_SIZE */

/**
 * enum ut_tls_reason - what stopped a connection
 * @UT_TLS_OK: nothing
 * @UT_TLS_NO_CERTIFICATE: the peer shows no certificate
 * @UT_TLS_UNKNOWN_CA: the peer's certificate is not from our CA
 * @UT_TLS_EXPIRED: the validity of the peer's certificate is over
 * @UT_TLS_NOT_YET_VALID: it has not begun
 * @UT_TLS_REVOKED: the revocation list has the peer's certificate
 * @UT_TLS_WRONG_ROLE: not the extended key usage of the peer's role
 * @UT_TLS_WRONG_NAME: the dock's certificate is for another name
 * @UT_TLS_NOT_ALLOWED: the configuration does not allow this tablet
 * @UT_TLS_BAD_CERTIFICATE: unreadable, weak, or otherwise unfit
 * @UT_TLS_VERSION: no TLS version in common
 * @UT_TLS_PLAIN_USBIP: the peer speaks USB/IP without TLS
 * @UT_TLS_NOT_TLS: the peer speaks something else
 * @UT_TLS_HANDSHAKE: another error of TLS; detail: GnuTLS error code
 * @UT_TLS_ALERT: the peer refused; detail: number of its alert
 * @UT_TLS_CLOSED: the peer closed the connection too early
 * @UT_TLS_TIMEOUT: the peer was silent until the deadline
 * @UT_TLS_IO: socket error; detail: errno
 * @UT_TLS_KTLS: kernel TLS cannot take the connection; detail: errno
 * @UT_TLS_BAD_REQUEST: what came inside TLS is not USB/IP 1.1.1
 * @UT_TLS_INTERNAL: our fault; detail: errno or GnuTLS error code
 * @UT_TLS_WRONG_KEY: the two sides do not have the same key (enrolment)
 */
enum ut_tls_reason {
	UT_TLS_OK,
	UT_TLS_NO_CERTIFICATE,
	UT_TLS_UNKNOWN_CA,
	UT_TLS_EXPIRED,
	UT_TLS_NOT_YET_VALID,
	UT_TLS_REVOKED,
	UT_TLS_WRONG_ROLE,
	UT_TLS_WRONG_NAME,
	UT_TLS_NOT_ALLOWED,
	UT_TLS_BAD_CERTIFICATE,
	UT_TLS_VERSION,
	UT_TLS_PLAIN_USBIP,
	UT_TLS_NOT_TLS,
	UT_TLS_HANDSHAKE,
	UT_TLS_ALERT,
	UT_TLS_CLOSED,
	UT_TLS_TIMEOUT,
	UT_TLS_IO,
	UT_TLS_KTLS,
	UT_TLS_BAD_REQUEST,
	UT_TLS_INTERNAL,
	UT_TLS_WRONG_KEY,

	UT_TLS_N_REASONS,
};

/**
 * struct ut_tls_outcome - how a connection ended
 * @reason: enum ut_tls_reason
 * @detail: see there
 * @when: EXPIRED, NOT_YET_VALID: the date at fault
 * @name: name in the peer's certificate as far as it was read; "" if none.
 *	Only a name whose certificate was accepted means anything
 * @serial: its serial number in lower-case hexadecimal; the same holds
 */
struct ut_tls_outcome {
	enum ut_tls_reason reason;
	int detail;
	int64_t when;
	char name[UT_TLS_NAME_SIZE];
	char serial[UT_TLS_SERIAL_SIZE];
};

/* Stable short name for logs and tests: "unknown-ca", "revoked", ... */
const char *ut_tls_reason_name(enum ut_tls_reason reason);

/*
 * The alert that tells the peer, or -1 if none fits (a peer that closed the
 * connection or sent an alert gets none). @tls13: certificate_required exists.
 */
int ut_tls_reason_alert(const struct ut_tls_outcome *o, int tls13);

/* The words for the dock's log, about the peer: "its certificate is revoked" */
void ut_tls_outcome_text(const struct ut_tls_outcome *o, char *buf,
			 size_t size);

/* "2026-01-31 12:00 UTC"; "an unknown date" for one beyond all calendars. */
void ut_tls_date_text(int64_t when, char *buf, size_t size);

/**
 * struct ut_tls_own - what the tablet knows of its own certificate
 * @name: its name
 * @not_before: start of its validity
 * @not_after: end of its validity
 */
struct ut_tls_own {
	char name[UT_TLS_NAME_SIZE];
	int64_t not_before;
	int64_t not_after;
};

/*
 * Tablet: the error for the user, for a connection to the dock @host whose name
 * had to be @expect. An alert certificate_expired is explained by our own
 * dates and the time @now. Returns -errno as ut_err_set() does.
 */
int ut_tls_outcome_err(const struct ut_tls_outcome *o, const char *host,
		       const char *expect, const struct ut_tls_own *own,
		       time_t now, struct ut_err *err);

#endif /* UT_TLS_REASON_H */
