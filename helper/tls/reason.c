// SPDX-License-Identifier: GPL-2.0
/* Reasons: their names, their alerts, their words for the dock's log. */
#include <errno.h>
#include <gnutls/gnutls.h>
#include <stdio.h>
#include <string.h>

#include "tls/reason.h"

#define NO_ALERT (-1)

/*
 * @name: stable, for logs and tests
 * @alert: what the peer is told
 * @text: about the peer
 */
static const struct reason {
	const char *name;
	int alert;
	const char *text;
} reasons[] = {
	[UT_TLS_OK] = { "ok", NO_ALERT, "no error" },
	[UT_TLS_NO_CERTIFICATE] = { "no-certificate",
		GNUTLS_A_CERTIFICATE_REQUIRED, "it has shown no certificate" },
	[UT_TLS_UNKNOWN_CA] = { "unknown-ca", GNUTLS_A_UNKNOWN_CA,
		"its certificate is not from our CA" },
	[UT_TLS_EXPIRED] = { "expired", GNUTLS_A_CERTIFICATE_EXPIRED,
		"its certificate has expired" },
	[UT_TLS_NOT_YET_VALID] = { "not-yet-valid",
		GNUTLS_A_CERTIFICATE_EXPIRED,
		"its certificate is not valid yet" },
	[UT_TLS_REVOKED] = { "revoked", GNUTLS_A_CERTIFICATE_REVOKED,
		"its certificate is revoked" },
	[UT_TLS_WRONG_ROLE] = { "wrong-role", GNUTLS_A_UNSUPPORTED_CERTIFICATE,
		"its certificate is not for this role" },
	[UT_TLS_WRONG_NAME] = { "wrong-name", GNUTLS_A_ACCESS_DENIED,
		"its certificate is for another name" },
	[UT_TLS_NOT_ALLOWED] = { "not-allowed", GNUTLS_A_ACCESS_DENIED,
		"allow_tablets does not have its name" },
	[UT_TLS_BAD_CERTIFICATE] = { "bad-certificate",
		GNUTLS_A_BAD_CERTIFICATE, "its certificate is unfit" },
	[UT_TLS_VERSION] = { "version", GNUTLS_A_PROTOCOL_VERSION,
		"it offers no TLS version that we allow" },
	[UT_TLS_PLAIN_USBIP] = { "plain-usbip", GNUTLS_A_PROTOCOL_VERSION,
		"it speaks USB/IP without TLS" },
	[UT_TLS_NOT_TLS] = { "not-tls", GNUTLS_A_UNEXPECTED_MESSAGE,
		"it does not speak TLS" },
	[UT_TLS_HANDSHAKE] = { "handshake", GNUTLS_A_HANDSHAKE_FAILURE,
		"the TLS handshake failed" },
	[UT_TLS_ALERT] = { "alert", NO_ALERT, "it refused us" },
	[UT_TLS_CLOSED] = { "closed", NO_ALERT, "it closed the connection" },
	[UT_TLS_TIMEOUT] = { "timeout", NO_ALERT,
		"it was silent until the deadline" },
	[UT_TLS_IO] = { "io", NO_ALERT, "the connection failed" },
	[UT_TLS_KTLS] = { "ktls", GNUTLS_A_INTERNAL_ERROR,
		"kernel TLS does not take the connection" },
	[UT_TLS_BAD_REQUEST] = { "bad-request", GNUTLS_A_ILLEGAL_PARAMETER,
		"it does not speak USB/IP 1.1.1" },
	[UT_TLS_INTERNAL] = { "internal", GNUTLS_A_INTERNAL_ERROR,
		"internal error" },
	[UT_TLS_WRONG_KEY] = { "wrong-key", GNUTLS_A_DECRYPT_ERROR,
		"it does not have the same key" },
};

_Static_assert(sizeof(reasons) / sizeof(reasons[0]) == UT_TLS_N_REASONS,
	       "a reason has no row");

const char *ut_tls_reason_name(enum ut_tls_reason reason)
{
	if ((unsigned int)reason >= UT_TLS_N_REASONS)
		return "unknown";
	return reasons[reason].name;
}

int ut_tls_reason_alert(const struct ut_tls_outcome *o, int tls13)
{
	int alert;

	if ((unsigned int)o->reason >= UT_TLS_N_REASONS)
		return NO_ALERT;
	if (o->reason == UT_TLS_HANDSHAKE)
		return gnutls_error_to_alert(o->detail, NULL);
	alert = reasons[o->reason].alert;
	if (alert == GNUTLS_A_CERTIFICATE_REQUIRED && !tls13)
		alert = GNUTLS_A_HANDSHAKE_FAILURE;
	return alert;
}

static const char *alert_text(int alert)
{
	gnutls_alert_description_t number = (gnutls_alert_description_t)alert;
	const char *name = gnutls_alert_get_name(number);

	return name ? name : "unknown alert";
}

void ut_tls_date_text(int64_t when, char *buf, size_t size)
{
	time_t t = (time_t)when;
	struct tm tm;

	if (!gmtime_r(&t, &tm) ||
	    !strftime(buf, size, "%Y-%m-%d %H:%M UTC", &tm))
		snprintf(buf, size, "an unknown date");
}

void ut_tls_outcome_text(const struct ut_tls_outcome *o, char *buf, size_t size)
{
	const char *text;
	char date[64];

	if ((unsigned int)o->reason >= UT_TLS_N_REASONS) {
		snprintf(buf, size, "unknown reason %d", (int)o->reason);
		return;
	}
	text = reasons[o->reason].text;
	switch (o->reason) {
	case UT_TLS_EXPIRED:
	case UT_TLS_NOT_YET_VALID:
		ut_tls_date_text(o->when, date, sizeof(date));
		snprintf(buf, size, "%s (%s %s)", text,
			 o->reason == UT_TLS_EXPIRED ? "on" : "until", date);
		break;
	case UT_TLS_HANDSHAKE:
		snprintf(buf, size, "%s: %s", text, gnutls_strerror(o->detail));
		break;
	case UT_TLS_ALERT:
		snprintf(buf, size, "%s: alert %d, %s", text, o->detail,
			 alert_text(o->detail));
		break;
	case UT_TLS_IO:
	case UT_TLS_KTLS:
		snprintf(buf, size, "%s: %s", text, strerror(o->detail));
		break;
	case UT_TLS_INTERNAL:
		snprintf(buf, size, "%s: %s", text, o->detail < 0 ?
			 gnutls_strerror(o->detail) : strerror(o->detail));
		break;
	default:
		snprintf(buf, size, "%s", text);
	}
}
