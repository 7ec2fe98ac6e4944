// SPDX-License-Identifier: GPL-2.0
/* Reasons, alerts, and what they become in the log and for the user. */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include <gnutls/gnutls.h>

#include "lib/unit.h"
#include "tls/reason.h"

static const struct ut_tls_own own = {
	.name = "blue", .not_before = 1000000000, .not_after = 1100000000,
};

static struct ut_err err;

static int explain(enum ut_tls_reason reason, int detail, time_t now)
{
	const struct ut_tls_outcome o = {
		.reason = reason, .detail = detail, .name = "desk",
	};

	ut_err_clear(&err);
	return ut_tls_outcome_err(&o, "host", "kitchen", &own, now, &err);
}

static void test_every_reason_has_all(void **state)
{
	char text[256];
	int r;

	for (r = UT_TLS_OK; r < UT_TLS_N_REASONS; r++) {
		struct ut_tls_outcome o = { .reason = r, .detail = 0 };

		assert_string_not_equal(ut_tls_reason_name(r), "unknown");
		ut_tls_outcome_text(&o, text, sizeof(text));
		assert_true(strlen(text) > 5);
		if (r == UT_TLS_OK)
			continue;
		assert_true(explain(r, EIO, 0) < 0);
		assert_int_not_equal(err.code, UT_EXIT_OK);
		assert_non_null(strstr(err.msg, "host"));
	}
	assert_string_equal(ut_tls_reason_name(UT_TLS_N_REASONS), "unknown");
}

static void test_names_are_unique(void **state)
{
	int a, b;

	for (a = 0; a < UT_TLS_N_REASONS; a++)
		for (b = a + 1; b < UT_TLS_N_REASONS; b++)
			assert_string_not_equal(ut_tls_reason_name(a),
						ut_tls_reason_name(b));
}

static void test_alerts(void **state)
{
	static const struct {
		enum ut_tls_reason reason;
		int tls13, tls12;
	} rows[] = {
		{ UT_TLS_NO_CERTIFICATE, 116, 40 },
		{ UT_TLS_UNKNOWN_CA, 48, 48 },
		{ UT_TLS_EXPIRED, 45, 45 },
		{ UT_TLS_NOT_YET_VALID, 45, 45 },
		{ UT_TLS_REVOKED, 44, 44 },
		{ UT_TLS_WRONG_ROLE, 43, 43 },
		{ UT_TLS_NOT_ALLOWED, 49, 49 },
		{ UT_TLS_VERSION, 70, 70 },
		{ UT_TLS_ALERT, -1, -1 },
		{ UT_TLS_CLOSED, -1, -1 },
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct ut_tls_outcome o = { .reason = rows[i].reason };

		assert_int_equal(ut_tls_reason_alert(&o, 1), rows[i].tls13);
		assert_int_equal(ut_tls_reason_alert(&o, 0), rows[i].tls12);
	}
}

static void test_alert_about_dates(void **state)
{
	const int alert = GNUTLS_A_CERTIFICATE_EXPIRED;

	explain(UT_TLS_ALERT, alert, 1200000000);
	assert_int_equal(err.code, UT_EXIT_CERTIFICATE);
	assert_non_null(strstr(err.msg, "has expired: it ended on 2004-11-09"));
	explain(UT_TLS_ALERT, alert, 900000000);
	assert_non_null(strstr(err.msg, "not valid yet: it begins on 2001-09-09"));
	explain(UT_TLS_ALERT, alert, 1050000000);
	assert_non_null(strstr(err.msg, "valid by our clock"));
	assert_non_null(strstr(err.hint, "clocks"));
}

/*
 * A peer with TLS 1.2 only sends either of two alerts: it rejects our versions, or
 * finds no cipher before it has looked at them (Mbed TLS, and so RemoteHub).
 */
static void test_old_docks(void **state)
{
	explain(UT_TLS_ALERT, GNUTLS_A_PROTOCOL_VERSION, 0);
	assert_non_null(strstr(err.hint, "min_version = 1.2 in [tls]"));
	explain(UT_TLS_ALERT, GNUTLS_A_HANDSHAKE_FAILURE, 0);
	assert_non_null(strstr(err.hint, "min_version = 1.2 in [tls]"));
	explain(UT_TLS_VERSION, 0, 0);
	assert_non_null(strstr(err.hint, "min_version = 1.2 in [tls]"));
}

static void test_exit_codes(void **state)
{
	explain(UT_TLS_ALERT, GNUTLS_A_ACCESS_DENIED, 0);
	assert_int_equal(err.code, UT_EXIT_REFUSED);
	explain(UT_TLS_ALERT, GNUTLS_A_PROTOCOL_VERSION, 0);
	assert_int_equal(err.code, UT_EXIT_REFUSED);
	explain(UT_TLS_ALERT, 200, 0);
	assert_int_equal(err.code, UT_EXIT_REFUSED);
	assert_non_null(strstr(err.msg, "alert 200"));
	explain(UT_TLS_TIMEOUT, 0, 0);
	assert_int_equal(err.code, UT_EXIT_TIMEOUT);
	explain(UT_TLS_IO, ECONNRESET, 0);
	assert_int_equal(err.code, UT_EXIT_UNREACHABLE);
	explain(UT_TLS_KTLS, ENOENT, 0);
	assert_int_equal(err.code, UT_EXIT_MODULE);
	explain(UT_TLS_NOT_TLS, 0, 0);
	assert_int_equal(err.code, UT_EXIT_PROTOCOL);
	explain(UT_TLS_WRONG_NAME, 0, 0);
	assert_int_equal(err.code, UT_EXIT_CERTIFICATE);
	assert_non_null(strstr(err.msg, "\"desk\", not for \"kitchen\""));
	assert_non_null(strstr(err.hint, "expect = host desk"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_reason_has_all),
		cmocka_unit_test(test_names_are_unique),
		cmocka_unit_test(test_alerts),
		cmocka_unit_test(test_alert_about_dates),
		cmocka_unit_test(test_old_docks),
		cmocka_unit_test(test_exit_codes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
