// SPDX-License-Identifier: GPL-2.0
/*
 * TLS with a key that both sides have: our two ends against each other, and each
 * against GnuTLS with other settings.
 */
#include "lib/psk_peer.h"

static void test_right_key(void **state)
{
	struct psk_end dock = psk_end_of(UT_TLS_DOCK, psk_right);
	struct psk_end tablet = psk_end_of(UT_TLS_TABLET, psk_right);

	psk_both(&dock, &tablet);
	assert_int_equal(dock.outcome.reason, UT_TLS_OK);
	assert_int_equal(tablet.outcome.reason, UT_TLS_OK);
	assert_string_equal(tablet.word, "hello");
	assert_int_equal(dock.asked, 1);
	assert_int_equal(dock.bound, 1);
	assert_int_equal(dock.kx, GNUTLS_KX_ECDHE_PSK);
	assert_int_equal(tablet.kx, GNUTLS_KX_ECDHE_PSK);
}

static void test_wrong_key(void **state)
{
	struct psk_end dock = psk_end_of(UT_TLS_DOCK, psk_right);
	struct psk_end tablet = psk_end_of(UT_TLS_TABLET, psk_wrong);

	psk_both(&dock, &tablet);
	psk_refused(&dock, UT_TLS_WRONG_KEY);
	psk_refused(&tablet, UT_TLS_WRONG_KEY);
	assert_int_equal(dock.asked, 1);
	assert_int_equal(dock.bound, 0);
}

static void test_key_not_given(void **state)
{
	struct psk_end dock = psk_end_of(UT_TLS_DOCK, NULL);
	struct psk_end tablet = psk_end_of(UT_TLS_TABLET, psk_right);

	psk_both(&dock, &tablet);
	psk_refused(&dock, UT_TLS_WRONG_KEY);
	psk_refused(&tablet, UT_TLS_WRONG_KEY);
	assert_int_equal(dock.bound, 0);
}

/* No forward secrecy, no handshake: the dock does not even ask for the key. */
static void test_client_without_dh(void **state)
{
	struct psk_end dock = psk_end_of(UT_TLS_DOCK, psk_right);
	struct psk_other o = { .priority = KE, .key = psk_right, .alpn = ALPN };

	psk_against(&dock, &o);
	psk_refused(&dock, UT_TLS_HANDSHAKE);
	assert_int_equal(o.alert, GNUTLS_A_HANDSHAKE_FAILURE);
	assert_int_equal(dock.asked, 0);
	assert_int_equal(dock.bound, 0);
}

static void test_client_with_both_gets_dh(void **state)
{
	struct psk_end dock = psk_end_of(UT_TLS_DOCK, psk_right);
	struct psk_other o = { .priority = EITHER,
			       .key = psk_right,
			       .alpn = ALPN };

	psk_against(&dock, &o);
	assert_int_equal(dock.outcome.reason, UT_TLS_OK);
	assert_int_equal(dock.kx, GNUTLS_KX_ECDHE_PSK);
	assert_int_equal(o.ret, 6);
}

static void test_server_without_dh(void **state)
{
	struct psk_end tablet = psk_end_of(UT_TLS_TABLET, psk_right);
	struct psk_other o = { .server = true, .priority = KE, .key = psk_right,
			   .alpn = ALPN };

	psk_against(&tablet, &o);
	assert_int_not_equal(tablet.outcome.reason, UT_TLS_OK);
	assert_int_not_equal(o.ret, 0);
}

static void test_certificates_are_no_key(void **state)
{
	struct psk_end dock = psk_end_of(UT_TLS_DOCK, psk_right);
	struct psk_end tablet = psk_end_of(UT_TLS_TABLET, psk_right);
	struct psk_other client = { .priority = TLS13, .alpn = ALPN };
	struct psk_other server = { .server = true, .priority = TLS13,
				.alpn = ALPN };

	psk_against(&dock, &client);
	psk_refused(&dock, UT_TLS_HANDSHAKE);
	assert_int_equal(client.alert, GNUTLS_A_HANDSHAKE_FAILURE);
	assert_int_equal(dock.asked, 0);
	psk_against(&tablet, &server);
	psk_refused(&tablet, UT_TLS_WRONG_KEY);
}

static void test_protocol_is_mandatory(void **state)
{
	static const char *const alpn[] = { NULL, "h2", "test/10" };
	struct psk_other client = { .priority = DHE, .key = psk_right };
	struct psk_other server = { .server = true,
				    .priority = DHE,
				    .key = psk_right };
	struct psk_end dock, tablet;
	size_t i;

	for (i = 0; i < 3; i++) {
		dock = psk_end_of(UT_TLS_DOCK, psk_right);
		tablet = psk_end_of(UT_TLS_TABLET, psk_right);
		client.alpn = server.alpn = alpn[i];
		psk_against(&dock, &client);
		psk_refused(&dock, UT_TLS_HANDSHAKE);
		assert_int_equal(client.alert,
				 GNUTLS_A_NO_APPLICATION_PROTOCOL);
		psk_against(&tablet, &server);
		assert_int_not_equal(tablet.outcome.reason, UT_TLS_OK);
	}
}

static void test_other_identity_is_not_looked_at(void **state)
{
	static const char *const id[] = { "tes", "test2", "TEST" };
	struct psk_end dock;
	size_t i;

	for (i = 0; i < 3; i++) {
		struct psk_other o = { .priority = DHE, .key = psk_right,
				   .identity = id[i], .alpn = ALPN };

		dock = psk_end_of(UT_TLS_DOCK, psk_right);
		psk_against(&dock, &o);
		psk_refused(&dock, UT_TLS_HANDSHAKE);
		assert_int_equal(dock.asked, 0);
		assert_int_equal(o.alert, GNUTLS_A_HANDSHAKE_FAILURE);
	}
}

static void test_old_versions(void **state)
{
	struct psk_other o = {
		.priority = "NORMAL:-VERS-ALL:+VERS-TLS1.2:-KX-ALL:+ECDHE-PSK",
		.key = psk_right,
		.alpn = ALPN
	};
	struct psk_end dock = psk_end_of(UT_TLS_DOCK, psk_right);
	struct psk_end tablet = psk_end_of(UT_TLS_TABLET, psk_right);

	psk_against(&dock, &o);
	psk_refused(&dock, UT_TLS_VERSION);
	assert_int_equal(dock.asked, 0);
	o.server = true;
	psk_against(&tablet, &o);
	assert_int_not_equal(tablet.outcome.reason, UT_TLS_OK);
}

/* One key share, of a group that the dock does not take: it would ask again. */
static void test_no_second_hello(void **state)
{
	struct psk_end dock = psk_end_of(UT_TLS_DOCK, psk_right);
	struct psk_other o = {
		.priority = DHE ":-CIPHER-ALL:+AES-128-GCM:-GROUP-ALL:+GROUP-SECP384R1:+GROUP-X25519",
		.key = psk_right, .alpn = ALPN, .flags = GNUTLS_KEY_SHARE_TOP,
	};

	psk_against(&dock, &o);
	psk_refused(&dock, UT_TLS_HANDSHAKE);
	assert_int_equal(dock.bound, 0);
	assert_int_equal(o.alert, GNUTLS_A_HANDSHAKE_FAILURE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_right_key),
		cmocka_unit_test(test_wrong_key),
		cmocka_unit_test(test_key_not_given),
		cmocka_unit_test(test_client_without_dh),
		cmocka_unit_test(test_client_with_both_gets_dh),
		cmocka_unit_test(test_server_without_dh),
		cmocka_unit_test(test_certificates_are_no_key),
		cmocka_unit_test(test_protocol_is_mandatory),
		cmocka_unit_test(test_other_identity_is_not_looked_at),
		cmocka_unit_test(test_old_versions),
		cmocka_unit_test(test_no_second_hello),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
