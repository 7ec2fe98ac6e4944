// SPDX-License-Identifier: GPL-2.0
/*
 * Strangers at the dock's door: other protocols, no certificate, old TLS, and
 * those that say nothing. A real tablet must not notice them.
 */
#include "dock_fixture.h"

#include <gnutls/gnutls.h>
#include <gnutls/x509.h>

#include "tls/priority.h"

static const char home[] = "127.0.0.1";

static const struct fake_dev stick = {
	.parent = "devices/pci0/usb1", .busid = "1-2", .driver = "usbip-host",
	.vid = "0951\n", .pid = "1666\n", .class = "00\n", .speed = "480\n",
	.product = "DataTraveler\n",
};

static void share_stick(void)
{
	fake_device(&stick);
	fake("1\n", "devices/pci0/usb1/1-2/usbip_status");
}

static int dial(void)
{
	struct sockaddr_in in = {
		.sin_family = AF_INET, .sin_port = htons(fx.dock.dock.port),
		.sin_addr = { htonl(INADDR_LOOPBACK) },
	};
	struct timeval limit = { 10, 0 };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&in, sizeof(in)), 0);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	return fd;
}

/* Everything until the end of the connection, which must come in time. */
static size_t read_all(int fd, uint8_t *buf, size_t size)
{
	size_t len = 0;
	ssize_t n = 0;

	while (len < size && (n = recv(fd, buf + len, size - len, 0)) > 0)
		len += (size_t)n;
	assert_true(len < size);
	if (n < 0 && errno != ECONNRESET)
		fail_msg("no end of the connection: %s", strerror(errno));
	return len;
}

static void assert_tablet_lists(void)
{
	struct ut_op_device *devs;
	struct ut_err err;
	size_t n;

	if (fx_list(home, &devs, &n, &err))
		fail_msg("%s\ndock:\n%s", err.msg, fx_log());
	assert_int_equal(n, 1);
	free(devs);
}

/* --- other protocols --- */

static void test_plain_usbip(void **state)
{
	static const uint8_t devlist[8] = { 0x01, 0x11, 0x80, 0x05 };
	static const uint8_t refusal[8] = { 0x01, 0x11, 0x00, 0x05, 0, 0, 0, 1 };
	uint8_t buf[512];
	int fd;

	(void)state;
	share_stick();
	fx_dock_start();
	fd = dial();
	assert_int_equal(send(fd, devlist, sizeof(devlist), 0), 8);
	assert_int_equal(read_all(fd, buf, sizeof(buf)), sizeof(refusal));
	assert_memory_equal(buf, refusal, sizeof(refusal));
	close(fd);
	fx_expect_log("refused (plain-usbip): it speaks USB/IP without TLS");
	fx_dock_stop();
}

static void garbage(const void *data, size_t len, const char *log)
{
	uint8_t buf[512];
	size_t n;
	int fd;

	share_stick();
	fx_dock_start();
	fd = dial();
	assert_int_equal(send(fd, data, len, MSG_NOSIGNAL), len);
	n = read_all(fd, buf, sizeof(buf));
	fx_expect_log(log);
	/* A TLS alert, fatal, and nothing else. */
	assert_int_equal(n, 7);
	assert_int_equal(buf[0], 21);
	assert_int_equal(buf[5], 2);
	close(fd);
	assert_tablet_lists();
	fx_dock_stop();
}

static void test_http(void **state)
{
	static const char get[] = "GET / HTTP/1.1\r\nHost: dock\r\n\r\n";

	(void)state;
	garbage(get, sizeof(get) - 1, "refused (not-tls): it does not speak TLS");
}

static void test_bad_client_hello(void **state)
{
	uint8_t hello[261] = { 22, 3, 1, 1, 0, 1, 0, 0, 252, 3, 3 };

	(void)state;
	memset(hello + 11, 0xff, sizeof(hello) - 11);
	garbage(hello, sizeof(hello), "refused (handshake): the TLS handshake failed");
}

/* Says that it will send 16 MiB, and does not stop: it must be cut off. */
static void test_endless_hello(void **state)
{
	static uint8_t record[5 + 16384] = { 22, 3, 1, 0x40, 0, 1, 0xff, 0xff,
					     0xff };
	size_t sent = 0;
	ssize_t n;
	int fd;

	(void)state;
	share_stick();
	fx_dock_start();
	fd = dial();
	/* More than socket buffers take, so that it is the dock that stops it. */
	while (sent < (64 << 20)) {
		n = send(fd, record, sizeof(record), MSG_NOSIGNAL);
		if (n < 0)
			break;
		sent += (size_t)n;
		memset(record + 5, 0, 4);
	}
	if (sent >= (64 << 20))
		fail_msg("it took everything:\n%s", fx_log());
	close(fd);
	fx_expect_log("refused (handshake): the TLS handshake failed");
	fx_dock_stop();
}

/* --- a TLS client of our own making --- */

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
	int fd = dial(), ret;

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
	share_stick();
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
	share_stick();
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

	(void)state;
	refused(&c, 116, "refused (no-certificate): it has shown no certificate");
}

static void test_no_certificate_tls12(void **state)
{
	struct client c = { .priority = ONLY_12 };

	(void)state;
	fx.dock.tls.min_version = 0x0303;
	refused(&c, 40, "refused (no-certificate): it has shown no certificate");
}

static void test_no_certificate_but_optional(void **state)
{
	struct client c = { .priority = ONLY_13 };

	(void)state;
	fx.dock.tls.client_certificate = UT_CLIENT_CERT_OPTIONAL;
	served(&c, "tablet \"\" listed 1 devices");
}

static void test_optional_still_checks(void **state)
{
	struct client c = { .priority = ONLY_13, .cert = "tablet-revoked" };

	(void)state;
	fx.dock.tls.client_certificate = UT_CLIENT_CERT_OPTIONAL;
	refused(&c, 44, "refused (revoked)");
}

static void test_tls12(void **state)
{
	struct client c = { .priority = ONLY_12, .cert = "tablet" };

	(void)state;
	refused(&c, 70, "refused (version): it offers no TLS version that we allow");
}

static void test_tls12_where_allowed(void **state)
{
	struct client c = { .priority = ONLY_12, .cert = "tablet" };

	(void)state;
	fx.dock.tls.min_version = 0x0303;
	served(&c, "tablet \"blue\" listed 1 devices");
	assert_int_equal(c.version, GNUTLS_TLS1_2);
}

static void test_tls13_where_both_are_allowed(void **state)
{
	struct client c = { .priority = "NORMAL", .cert = "tablet" };

	(void)state;
	fx.dock.tls.min_version = 0x0303;
	served(&c, "tablet \"blue\" listed 1 devices");
	assert_int_equal(c.version, GNUTLS_TLS1_3);
}

static void test_tls11_is_never_allowed(void **state)
{
	struct client c = { .priority = ONLY_11, .cert = "tablet" };

	(void)state;
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

	(void)state;
	share_stick();
	fx_dock_start();
	for (i = 0; i < 3; i++) {
		snprintf(priority, sizeof(priority),
			 ONLY_13 ":-CIPHER-ALL:+%s", ciphers[i]);
		c.priority = priority;
		client_run(&c);
		assert_true(c.n_reply >= 12);
	}
	/* One that kernel TLS could do, but our modules do not take. */
	c.priority = ONLY_13 ":-CIPHER-ALL:+AES-128-CCM";
	client_run(&c);
	assert_int_equal(c.n_reply, 0);
	assert_int_equal(c.alert, 40);
	fx_dock_stop();
}

/* A tablet without AES instructions gets what it is fast at. */
static void test_the_tablet_s_order(void **state)
{
	struct client c = {
		.priority = ONLY_13 ":-CIPHER-ALL:+CHACHA20-POLY1305:+AES-128-GCM",
		.cert = "tablet",
	};

	(void)state;
	if (!ut_cpu_has_aes())
		skip();
	served(&c, "listed 1 devices");
	assert_int_equal(c.cipher, GNUTLS_CIPHER_CHACHA20_POLY1305);
}

/* --- those that say nothing, or not enough --- */

#define CROWD 40

/* The first bytes of a real ClientHello. */
static const uint8_t half_hello[] = {
	22, 3, 1, 1, 0, 1, 0, 0, 252, 3, 3, 1, 2, 3, 4, 5, 6, 7, 8, 9,
};

static void crowd(bool speak)
{
	int fds[CROWD], i;
	int64_t start;

	share_stick();
	fx_dock_start();
	for (i = 0; i < CROWD; i++) {
		fds[i] = dial();
		if (speak)
			send(fds[i], half_hello, sizeof(half_hello),
			     MSG_NOSIGNAL);
	}
	start = ut_clock_ms();
	assert_tablet_lists();
	assert_true(ut_clock_ms() - start < 3000);
	for (i = 0; i < CROWD; i++)
		close(fds[i]);
	fx_expect_log("refused (evicted): too many connections");
	fx_dock_stop();
}

static void test_silent_crowd(void **state)
{
	(void)state;
	crowd(false);
}

static void test_crowd_in_mid_handshake(void **state)
{
	(void)state;
	crowd(true);
}

static void test_silent_until_the_deadline(void **state)
{
	uint8_t buf[64];
	int fd;

	(void)state;
	fx.dock.dock.handshake_timeout = 1;
	fx_dock_start();
	fd = dial();
	assert_int_equal(read_all(fd, buf, sizeof(buf)), 0);
	close(fd);
	fx_expect_log("refused (timeout): it said nothing until the deadline");
	fx_dock_stop();
}

static void test_half_hello_until_the_deadline(void **state)
{
	uint8_t buf[64];
	int fd;

	(void)state;
	fx.dock.dock.handshake_timeout = 1;
	fx_dock_start();
	fd = dial();
	send(fd, half_hello, sizeof(half_hello), MSG_NOSIGNAL);
	assert_int_equal(read_all(fd, buf, sizeof(buf)), 0);
	close(fd);
	fx_expect_log("refused (timeout): it was silent until the deadline");
	fx_dock_stop();
}

static void test_gone_at_once(void **state)
{
	(void)state;
	share_stick();
	fx_dock_start();
	close(dial());
	fx_expect_log("refused (closed): it closed the connection");
	assert_tablet_lists();
	fx_dock_stop();
}

/* --- what the tablet says to other servers --- */

static void test_dock_is_something_else(void **state)
{
	static const char ssh[] = "SSH-2.0-OpenSSH_9.2p1\r\n";
	struct sockaddr_in in = { .sin_family = AF_INET };
	int listener = socket(AF_INET, SOCK_STREAM, 0), fd;
	const int on = 1;
	pid_t pid;

	(void)state;
	in.sin_port = htons(fx.dock.dock.port);
	in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	assert_int_equal(bind(listener, (struct sockaddr *)&in, sizeof(in)), 0);
	assert_int_equal(listen(listener, 1), 0);
	pid = fork();
	if (!pid) {
		char buf[2048];

		fd = accept(listener, NULL, NULL);
		if (recv(fd, buf, sizeof(buf), 0) > 0)
			send(fd, ssh, sizeof(ssh) - 1, 0);
		while (recv(fd, buf, sizeof(buf), 0) > 0)
			;
		_exit(0);
	}
	close(listener);
	fx_refused(home, UT_EXIT_PROTOCOL, "does not speak TLS", NULL);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

/* This machine has no kernel TLS, or has it: both ways the answer is clear. */
static void test_import(void **state)
{
	const struct ut_client_target target = {
		.host = home, .port = fx.dock.dock.port, .config = &fx.tablet,
	};
	struct ut_import imp = { .fd = -1 };
	struct ut_err err;

	(void)state;
	share_stick();
	fx_dock_start();
	assert_int_not_equal(ut_client_import(&target, "9-9", &imp, &err), 0);
	if (err.code == UT_EXIT_MODULE)
		assert_non_null(strstr(err.hint, "modprobe tls"));
	else
		assert_int_equal(err.code, UT_EXIT_NOT_FOUND);
	fx_dock_stop();
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fx_setup, fx_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_plain_usbip),
		TEST(test_http),
		TEST(test_bad_client_hello),
		TEST(test_endless_hello),
		TEST(test_no_certificate),
		TEST(test_no_certificate_tls12),
		TEST(test_no_certificate_but_optional),
		TEST(test_optional_still_checks),
		TEST(test_tls12),
		TEST(test_tls12_where_allowed),
		TEST(test_tls13_where_both_are_allowed),
		TEST(test_tls11_is_never_allowed),
		TEST(test_each_cipher),
		TEST(test_the_tablet_s_order),
		TEST(test_silent_crowd),
		TEST(test_crowd_in_mid_handshake),
		TEST(test_silent_until_the_deadline),
		TEST(test_half_hello_until_the_deadline),
		TEST(test_gone_at_once),
		TEST(test_dock_is_something_else),
		TEST(test_import),
	};

	return cmocka_run_group_tests(tests, fx_group_setup,
				      fx_group_teardown);
}
