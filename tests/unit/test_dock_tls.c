// SPDX-License-Identifier: GPL-2.0
/*
 * A TLS client of our own at the dock: without a certificate, with old TLS, and with
 * each of the ciphers.
 */
#include "lib/dock_bed.h"

#include <gnutls/gnutls.h>
#include <gnutls/x509.h>

#include "lib/unit.h"
#include "tls/priority.h"

struct client {
	const char *priority;
	const char *cert;		/* NULL: none */
	int alert;			/* received */
	uint8_t reply[1024];
	ssize_t n_reply;		/* 0: refused */
	gnutls_protocol_t version;
	gnutls_cipher_algorithm_t cipher;
};

static void client_certificate(gnutls_certificate_credentials_t cred,
			       const char *name)
{
	char cert[160], key[160];

	snprintf(cert, sizeof(cert), "%s/%s/cert.pem", fx.top, name);
	snprintf(key, sizeof(key), "%s/%s/key.pem", fx.top, name);
	assert_int_equal(gnutls_certificate_set_x509_key_file(cred, cert, key,
				GNUTLS_X509_FMT_PEM), 0);
}

/* Handshake, OP_REQ_DEVLIST, and whatever comes back. */
static void client_run(struct client *c)
{
	static const uint8_t devlist[8] = { 0x01, 0x11, 0x80, 0x05 };
	gnutls_certificate_credentials_t cred;
	gnutls_session_t session;
	int fd = fx_dial(), ret;

	c->alert = -1;
	c->n_reply = 0;
	gnutls_certificate_allocate_credentials(&cred);
	if (c->cert)
		client_certificate(cred, c->cert);
	gnutls_init(&session, GNUTLS_CLIENT | GNUTLS_NO_SIGNAL);
	assert_int_equal(gnutls_priority_set_direct(session, c->priority, NULL),
			 0);
	gnutls_credentials_set(session, GNUTLS_CRD_CERTIFICATE, cred);
	gnutls_transport_set_int(session, fd);
	do {
		ret = gnutls_handshake(session);
	} while (ret < 0 && !gnutls_error_is_fatal(ret));
	c->version = gnutls_protocol_get_version(session);
	c->cipher = gnutls_cipher_get(session);
	if (!ret) {
		gnutls_record_send(session, devlist, sizeof(devlist));
		do {
			ret = (int)gnutls_record_recv(session, c->reply,
						      sizeof(c->reply));
		} while (ret == GNUTLS_E_AGAIN);
		c->n_reply = ret > 0 ? ret : 0;
	}
	if (ret == GNUTLS_E_FATAL_ALERT_RECEIVED)
		c->alert = gnutls_alert_get(session);
	gnutls_deinit(session);
	gnutls_certificate_free_credentials(cred);
	close(fd);
}

#define ONLY_13 "NORMAL:-VERS-ALL:+VERS-TLS1.3"
#define ONLY_12 "NORMAL:-VERS-ALL:+VERS-TLS1.2"
#define ONLY_11 "NORMAL:-VERS-ALL:+VERS-TLS1.1"

static void refused(struct client *c, int alert, const char *log)
{
	fx_share_stick();
	fx_dock_start();
	client_run(c);
	fx_expect_log(log);
	if (c->n_reply || c->alert != alert)
		fail_msg("%zd bytes, alert %d; dock:\n%s", c->n_reply,
			 c->alert, fx_log());
	fx_dock_stop();
}

static void served(struct client *c, const char *log)
{
	fx_share_stick();
	fx_dock_start();
	client_run(c);
	if (c->n_reply < 12)
		fail_msg("%zd bytes, alert %d; dock:\n%s", c->n_reply,
			 c->alert, fx_log());
	assert_int_equal(c->reply[3], 0x05);
	assert_int_equal(c->reply[7], 0);
	fx_expect_log(log);
	fx_dock_stop();
}

static void test_no_certificate(void **state)
{
	struct client c = { .priority = ONLY_13 };

	refused(&c, 116, "refused (no-certificate): it has shown no certificate");
}

static void test_no_certificate_tls12(void **state)
{
	struct client c = { .priority = ONLY_12 };

	fx.dock.tls.min_version = 0x0303;
	refused(&c, 40, "refused (no-certificate): it has shown no certificate");
}

static void test_no_certificate_but_optional(void **state)
{
	struct client c = { .priority = ONLY_13 };

	fx.dock.tls.client_certificate = UT_CLIENT_CERT_OPTIONAL;
	served(&c, "tablet \"\" listed 1 devices");
}

static void test_optional_still_checks(void **state)
{
	struct client c = { .priority = ONLY_13, .cert = "tablet-revoked" };

	fx.dock.tls.client_certificate = UT_CLIENT_CERT_OPTIONAL;
	refused(&c, 44, "refused (revoked)");
}

static void test_tls12(void **state)
{
	struct client c = { .priority = ONLY_12, .cert = "tablet" };

	refused(&c, 70, "refused (version): it offers no TLS version that we allow");
}

static void test_tls12_where_allowed(void **state)
{
	struct client c = { .priority = ONLY_12, .cert = "tablet" };

	fx.dock.tls.min_version = 0x0303;
	served(&c, "tablet \"blue\" listed 1 devices");
	assert_int_equal(c.version, GNUTLS_TLS1_2);
}

static void test_tls13_where_both_are_allowed(void **state)
{
	struct client c = { .priority = "NORMAL", .cert = "tablet" };

	fx.dock.tls.min_version = 0x0303;
	served(&c, "tablet \"blue\" listed 1 devices");
	assert_int_equal(c.version, GNUTLS_TLS1_3);
}

static void test_tls11_is_never_allowed(void **state)
{
	struct client c = { .priority = ONLY_11, .cert = "tablet" };

	fx.dock.tls.min_version = 0x0303;
	refused(&c, 70, "refused (version)");
}

static void test_each_cipher(void **state)
{
	static const char *const ciphers[] = {
		"AES-128-GCM", "AES-256-GCM", "CHACHA20-POLY1305",
	};
	struct client c = { .cert = "tablet" };
	char priority[128];
	size_t i;

	fx_share_stick();
	fx_dock_start();
	for (i = 0; i < 3; i++) {
		snprintf(priority, sizeof(priority),
			 ONLY_13 ":-CIPHER-ALL:+%s", ciphers[i]);
		c.priority = priority;
		client_run(&c);
		assert_true(c.n_reply >= 12);
	}
	/* A cipher that kernel TLS could do, but that our modules do not take. */
	c.priority = ONLY_13 ":-CIPHER-ALL:+AES-128-CCM";
	client_run(&c);
	assert_int_equal(c.n_reply, 0);
	assert_int_equal(c.alert, 40);
	fx_dock_stop();
}

/* The administrator's cipher, whatever the tablet prefers. */
static void test_cipher_of_the_configuration(void **state)
{
	struct client c = {
		.priority = ONLY_13 ":-CIPHER-ALL:+AES-128-GCM:+AES-256-GCM",
		.cert = "tablet",
	};

	fx.dock.tls.cipher = USBIP_TLS_CIPHER_AES_GCM_256;
	served(&c, "listed 1 devices");
	assert_int_equal(c.cipher, GNUTLS_CIPHER_AES_256_GCM);
}

static void test_no_cipher_in_common(void **state)
{
	struct client c = {
		.priority = ONLY_13 ":-CIPHER-ALL:+AES-128-GCM:+AES-256-GCM",
		.cert = "tablet",
	};

	fx.dock.tls.cipher = USBIP_TLS_CIPHER_CHACHA20_POLY1305;
	refused(&c, 40, "refused (handshake): the TLS handshake failed");
}

/* A tablet without AES instructions gets a cipher that is fast on it. */
static void test_the_tablet_s_order(void **state)
{
	struct client c = {
		.priority = ONLY_13 ":-CIPHER-ALL:+CHACHA20-POLY1305:+AES-128-GCM",
		.cert = "tablet",
	};

	if (!ut_cpu_has_aes())
		unit_skip("this processor has no AES instructions");
	served(&c, "listed 1 devices");
	assert_int_equal(c.cipher, GNUTLS_CIPHER_CHACHA20_POLY1305);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fx_setup, fx_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_no_certificate),
		TEST(test_no_certificate_tls12),
		TEST(test_no_certificate_but_optional),
		TEST(test_optional_still_checks),
		TEST(test_tls12),
		TEST(test_tls12_where_allowed),
		TEST(test_tls13_where_both_are_allowed),
		TEST(test_tls11_is_never_allowed),
		TEST(test_each_cipher),
		TEST(test_cipher_of_the_configuration),
		TEST(test_no_cipher_in_common),
		TEST(test_the_tablet_s_order),
	};

	return cmocka_run_group_tests(tests, fx_group_setup,
				      fx_group_teardown);
}
