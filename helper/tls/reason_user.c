// SPDX-License-Identifier: GPL-2.0
/* What the user of a tablet is told when a dock cannot be reached by TLS. */
#include <errno.h>
#include <gnutls/gnutls.h>
#include <stdio.h>
#include <string.h>

#include "tls/reason.h"

/**
 * struct said - words for one reason or alert
 * @number: enum ut_tls_reason, or alert
 * @code: exit code
 * @error: errno
 * @msg: behind the dock's name
 * @hint: what to do
 */
struct said {
	int number;
	enum ut_exit code;
	int error;
	const char *msg;
	const char *hint;
};

/* Many that have no TLS 1.3 find no cipher in common before they miss a version. */
#define OLD_TLS "set min_version = 1.2 in [tls] if the dock has no TLS 1.3"
#define RENEW "issue a new certificate: usbip-tls pki issue"

/* We refused the dock, or never got that far. */
static const struct said refused_by_us[] = {
	{ UT_TLS_NO_CERTIFICATE, UT_EXIT_CERTIFICATE, EACCES,
	  "has shown no certificate",
	  "check cert and key in the dock's configuration" },
	{ UT_TLS_UNKNOWN_CA, UT_EXIT_CERTIFICATE, EACCES,
	  "has a certificate that is not from our CA",
	  "both sides need certificates of one CA; compare \"usbip-tls pki show\" on both" },
	{ UT_TLS_REVOKED, UT_EXIT_CERTIFICATE, EACCES,
	  "has a certificate that is revoked",
	  "issue a new certificate for the dock: usbip-tls pki issue" },
	{ UT_TLS_WRONG_ROLE, UT_EXIT_CERTIFICATE, EACCES,
	  "has a certificate that is not for a dock",
	  "issue one with the role dock: usbip-tls pki issue" },
	{ UT_TLS_BAD_CERTIFICATE, UT_EXIT_CERTIFICATE, EACCES,
	  "has a certificate that is damaged or too weak", RENEW },
	{ UT_TLS_VERSION, UT_EXIT_PROTOCOL, EPROTO,
	  "has no TLS version in common with us", OLD_TLS },
	{ UT_TLS_NOT_TLS, UT_EXIT_PROTOCOL, EPROTO,
	  "does not speak TLS",
	  "check host and port; plain USB/IP is not supported" },
	{ UT_TLS_PLAIN_USBIP, UT_EXIT_PROTOCOL, EPROTO,
	  "speaks USB/IP without TLS",
	  "run usbip-tlsd on the dock in place of usbipd" },
	{ UT_TLS_CLOSED, UT_EXIT_UNREACHABLE, ECONNRESET,
	  "closed the connection without a word",
	  "too many connections at once, or no usbip-tlsd; see the dock's log" },
	{ UT_TLS_TIMEOUT, UT_EXIT_TIMEOUT, ETIMEDOUT,
	  "did not answer in time",
	  "check that usbip-tlsd runs there, and the network" },
	{ UT_TLS_BAD_REQUEST, UT_EXIT_PROTOCOL, EPROTO,
	  "does not keep to USB/IP 1.1.1",
	  "check that host and port are those of a dock" },
};

/* The dock refused us. */
static const struct said refused_by_dock[] = {
	{ GNUTLS_A_CERTIFICATE_REQUIRED, UT_EXIT_CERTIFICATE, EACCES,
	  "wants a certificate and got none from us",
	  "check cert and key in the configuration" },
	{ GNUTLS_A_UNKNOWN_CA, UT_EXIT_CERTIFICATE, EACCES,
	  "does not know the CA of our certificate",
	  "both sides need certificates of one CA; compare \"usbip-tls pki show\" on both" },
	{ GNUTLS_A_CERTIFICATE_REVOKED, UT_EXIT_CERTIFICATE, EACCES,
	  "says that our certificate is revoked", RENEW },
	{ GNUTLS_A_UNSUPPORTED_CERTIFICATE, UT_EXIT_CERTIFICATE, EACCES,
	  "says that our certificate is not for a tablet",
	  "issue one with the role tablet: usbip-tls pki issue" },
	{ GNUTLS_A_BAD_CERTIFICATE, UT_EXIT_CERTIFICATE, EACCES,
	  "says that our certificate is damaged or too weak", RENEW },
	{ GNUTLS_A_ACCESS_DENIED, UT_EXIT_REFUSED, EACCES,
	  "does not allow this tablet",
	  "add the name of our certificate to allow_tablets on the dock" },
	{ GNUTLS_A_PROTOCOL_VERSION, UT_EXIT_REFUSED, EPROTO,
	  "refuses our TLS version", OLD_TLS "; else compare min_version on both sides" },
	{ GNUTLS_A_HANDSHAKE_FAILURE, UT_EXIT_REFUSED, EPROTO,
	  "refuses our certificate or our ciphers",
	  "see the dock's log for the reason; compare cipher in [tls] on both sides; "
	  OLD_TLS " (RemoteHub)" },
	{ GNUTLS_A_ILLEGAL_PARAMETER, UT_EXIT_REFUSED, EPROTO,
	  "does not understand our request",
	  "compare the versions on both sides" },
};

static const struct said *find(const struct said *rows, size_t n, int number)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (rows[i].number == number)
			return &rows[i];
	return NULL;
}

#define FIND(rows, number) \
	find(rows, sizeof(rows) / sizeof(rows[0]), number)

/* TLS has one alert for "too old" and "too young": our own dates tell which. */
static int dates_refused(const char *host, const struct ut_tls_own *own,
			 time_t now, struct ut_err *err)
{
	char when[64];
	int ret;

	if (now > own->not_after) {
		ut_tls_date_text(own->not_after, when, sizeof(when));
		ret = ut_err_set(err, UT_EXIT_CERTIFICATE, EACCES,
				 "dock %s says that our certificate has expired: it ended on %s",
				 host, when);
		ut_err_hint(err, RENEW);
	} else if (now < own->not_before) {
		ut_tls_date_text(own->not_before, when, sizeof(when));
		ret = ut_err_set(err, UT_EXIT_CERTIFICATE, EACCES,
				 "dock %s says that our certificate is not valid yet: it begins on %s",
				 host, when);
		ut_err_hint(err, "check the clock of this machine, or " RENEW);
	} else {
		ret = ut_err_set(err, UT_EXIT_CERTIFICATE, EACCES,
				 "dock %s says that our certificate is out of date, but it is valid by our clock",
				 host);
		ut_err_hint(err, "check the clocks of both machines");
	}
	return ret;
}

static int dates_of_dock(const struct ut_tls_outcome *o, const char *host,
			 struct ut_err *err)
{
	bool expired = o->reason == UT_TLS_EXPIRED;
	char when[64];
	int ret;

	ut_tls_date_text(o->when, when, sizeof(when));
	ret = ut_err_set(err, UT_EXIT_CERTIFICATE, EACCES,
			 expired ? "the certificate of dock %s has expired: it ended on %s" :
			 "the certificate of dock %s is not valid yet: it begins on %s",
			 host, when);
	ut_err_hint(err, expired ?
		    "issue a new certificate for the dock: usbip-tls pki issue" :
		    "check the clocks of both machines");
	return ret;
}

static int wrong_name(const struct ut_tls_outcome *o, const char *host,
		      const char *expect, struct ut_err *err)
{
	int ret = ut_err_set(err, UT_EXIT_CERTIFICATE, EACCES,
			     "the certificate of dock %s is for \"%s\", not for \"%s\"",
			     host, o->name, expect);

	ut_err_hint(err, "use that name, or put \"expect = %s %s\" into [tablet] if it is the right dock",
		    host, o->name[0] ? o->name : "NAME");
	return ret;
}

static int said(const struct said *s, const char *host, struct ut_err *err)
{
	int ret = ut_err_set(err, s->code, s->error, "dock %s %s", host,
			     s->msg);

	ut_err_hint(err, "%s", s->hint);
	return ret;
}

static int by_alert(const struct ut_tls_outcome *o, const char *host,
		    const struct ut_tls_own *own, time_t now,
		    struct ut_err *err)
{
	const struct said *s = FIND(refused_by_dock, o->detail);
	int ret;

	if (o->detail == GNUTLS_A_CERTIFICATE_EXPIRED)
		return dates_refused(host, own, now, err);
	if (s)
		return said(s, host, err);
	ret = ut_err_set(err, UT_EXIT_REFUSED, EPROTO,
			 "dock %s ended the connection with TLS alert %d",
			 host, o->detail);
	ut_err_hint(err, "see the dock's log for the reason");
	return ret;
}

int ut_tls_outcome_err(const struct ut_tls_outcome *o, const char *host,
		       const char *expect, const struct ut_tls_own *own,
		       time_t now, struct ut_err *err)
{
	const struct said *s;
	char text[256];

	switch (o->reason) {
	case UT_TLS_ALERT:
		return by_alert(o, host, own, now, err);
	case UT_TLS_EXPIRED:
	case UT_TLS_NOT_YET_VALID:
		return dates_of_dock(o, host, err);
	case UT_TLS_WRONG_NAME:
		return wrong_name(o, host, expect, err);
	case UT_TLS_IO:
		return ut_err_errno(err, UT_EXIT_UNREACHABLE, o->detail,
				    "the connection to dock %s failed", host);
	case UT_TLS_KTLS:
		ut_err_errno(err, o->detail == ENOENT ? UT_EXIT_MODULE :
			     UT_EXIT_FAILURE, o->detail,
			     "kernel TLS does not take the connection to dock %s",
			     host);
		ut_err_hint(err, o->detail == ENOENT ? "modprobe tls" :
			    "see the kernel log");
		return -(o->detail ? o->detail : EIO);
	default:
		break;
	}
	s = FIND(refused_by_us, o->reason);
	if (s)
		return said(s, host, err);
	ut_tls_outcome_text(o, text, sizeof(text));
	return ut_err_set(err, o->reason == UT_TLS_HANDSHAKE ?
			  UT_EXIT_PROTOCOL : UT_EXIT_FAILURE, EPROTO,
			  "connection to dock %s: %s", host, text);
}
