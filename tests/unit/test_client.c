// SPDX-License-Identifier: GPL-2.0
/*
 * A dock with a good certificate and bad answers, and what a tablet makes of them. The
 * dock is a few lines of GnuTLS that send what the test says.
 */
#include "lib/dock_bed.h"

#include <gnutls/gnutls.h>

#include "tls/ktls.h"

/**
 * struct answer - what the dock says to a list
 * @head: its first bytes
 * @n_head: how many
 * @devices: good device records to follow
 * @stay: do not close the connection afterwards
 */
struct answer {
	uint8_t head[UT_OP_HDR_SIZE + UT_OP_COUNT_SIZE + UT_OP_DEVICE_SIZE];
	size_t n_head;
	unsigned int devices;
	bool stay;
};

static pid_t dock;

static void send_devices(gnutls_session_t s, unsigned int n)
{
	struct ut_op_device dev = {
		.nif = 1, .busnum = 1, .speed = 3, .path = "/sys/\033[2J",
	};
	uint8_t buf[UT_OP_DEVICE_SIZE + UT_OP_IF_SIZE];
	unsigned int i;

	for (i = 0; i < n; i++) {
		snprintf(dev.busid, sizeof(dev.busid), "1-%u", i + 1);
		dev.devnum = i;
		ut_op_encode_device(buf, &dev);
		ut_op_encode_interfaces(buf + UT_OP_DEVICE_SIZE, &dev);
		gnutls_record_send(s, buf, sizeof(buf));
	}
}

static void dock_main(int listener, const struct answer *a)
{
	gnutls_certificate_credentials_t cred;
	gnutls_session_t s;
	uint8_t req[64];
	int fd = accept(listener, NULL, NULL), ret;

	gnutls_certificate_allocate_credentials(&cred);
	if (gnutls_certificate_set_x509_key_file(cred, fx.dock.tls.cert,
			fx.dock.tls.key, GNUTLS_X509_FMT_PEM))
		_exit(1);
	gnutls_init(&s, GNUTLS_SERVER | GNUTLS_NO_SIGNAL);
	gnutls_set_default_priority(s);
	gnutls_credentials_set(s, GNUTLS_CRD_CERTIFICATE, cred);
	gnutls_certificate_server_set_request(s, GNUTLS_CERT_REQUEST);
	gnutls_transport_set_int(s, fd);
	do {
		ret = gnutls_handshake(s);
	} while (ret < 0 && !gnutls_error_is_fatal(ret));
	if (ret || gnutls_record_recv(s, req, sizeof(req)) <= 0)
		_exit(1);
	gnutls_record_send(s, a->head, a->n_head);
	send_devices(s, a->devices);
	while (a->stay && gnutls_record_recv(s, req, sizeof(req)) > 0)
		;
	gnutls_bye(s, GNUTLS_SHUT_WR);
	close(fd);
	_exit(0);
}

static void dock_start(const struct answer *a)
{
	int listener = fx_listen();

	dock = fork();
	if (!dock)
		dock_main(listener, a);
	close(listener);
}

static void dock_end(void)
{
	kill(dock, SIGKILL);
	assert_int_equal(waitpid(dock, NULL, 0), dock);
	dock = 0;
}

static struct answer header(uint16_t version, uint16_t code, uint32_t status)
{
	struct answer a = { .n_head = UT_OP_HDR_SIZE };

	ut_op_encode_header(a.head, code, status);
	ut_op_put16(a.head, version);
	return a;
}

static struct answer list(uint32_t count)
{
	struct answer a = header(UT_OP_VERSION, UT_OP_REP_DEVLIST,
				 UT_OP_ST_OK);

	ut_op_put32(a.head + a.n_head, count);
	a.n_head += UT_OP_COUNT_SIZE;
	return a;
}

static void fails(const struct answer *a, enum ut_exit code, const char *msg)
{
	dock_start(a);
	fx_refused(fx_home, code, msg, NULL);
	dock_end();
}

static void test_other_version(void **state)
{
	struct answer a = header(0x0112, UT_OP_REP_DEVLIST, UT_OP_ST_OK);

	fails(&a, UT_EXIT_PROTOCOL, "does not keep to USB/IP 1.1.1");
}

static void test_other_answer(void **state)
{
	struct answer a = header(UT_OP_VERSION, UT_OP_REP_IMPORT, UT_OP_ST_OK);

	fails(&a, UT_EXIT_PROTOCOL, "does not keep to USB/IP 1.1.1");
}

static void test_status(void **state)
{
	struct answer a = header(UT_OP_VERSION, UT_OP_REP_DEVLIST, 0xffffffff);

	fails(&a, UT_EXIT_REFUSED, "refuses to list its devices");
}

static void test_count(void **state)
{
	static const uint32_t counts[] = {
		UT_OP_MAX_DEVICES + 1, 0x7fffffff, 0x80000000, 0xffffffff,
	};
	size_t i;

	for (i = 0; i < 4; i++) {
		struct answer a = list(counts[i]);

		fails(&a, UT_EXIT_PROTOCOL, "does not keep to USB/IP 1.1.1");
	}
}

static void test_too_many_interfaces(void **state)
{
	struct answer a = list(1);
	struct ut_op_device dev = { .busid = "1-1" };

	ut_op_encode_device(a.head + a.n_head, &dev);
	a.n_head += UT_OP_DEVICE_SIZE;
	a.head[a.n_head - 1] = 255;
	fails(&a, UT_EXIT_PROTOCOL, "does not keep to USB/IP 1.1.1");
}

static void test_device_without_bus_id(void **state)
{
	struct answer a = list(1);

	a.n_head += UT_OP_DEVICE_SIZE;
	fails(&a, UT_EXIT_PROTOCOL, "does not keep to USB/IP 1.1.1");
}

static void test_fewer_than_promised(void **state)
{
	struct answer a = list(3);

	a.devices = 2;
	fails(&a, UT_EXIT_UNREACHABLE, "closed the connection");
}

static void test_no_answer(void **state)
{
	struct answer a = { .n_head = 1, .head = { 1 }, .stay = true };

	fx.tablet.tablet.connect_timeout = 1;
	fails(&a, UT_EXIT_TIMEOUT, "did not answer in time");
}

static void good(unsigned int n_want)
{
	struct answer a = list(n_want);
	struct ut_op_device *devs;
	struct ut_err err;
	char last[32];
	size_t n;

	a.devices = n_want;
	dock_start(&a);
	if (fx_list(fx_home, &devs, &n, &err))
		fail_msg("%s", err.msg);
	dock_end();
	assert_int_equal(n, n_want);
	snprintf(last, sizeof(last), "1-%u", n_want);
	if (n)
		assert_string_equal(devs[n - 1].busid, last);
	/* Fit to be printed. */
	if (n)
		assert_string_equal(devs[n - 1].path, "/sys/?[2J");
	free(devs);
}

static void test_good_ones(void **state)
{
	good(0);
	good(2);
	good(UT_OP_MAX_DEVICES);
}

/* From a dock with kernel TLS: this machine has it too, or says that it has not. */
static void test_import(void **state)
{
	struct answer a = header(UT_OP_VERSION, UT_OP_REP_IMPORT, UT_OP_ST_OK);
	struct ut_op_device dev = { .busid = "1-2", .speed = 3 };
	struct ut_client c = { .devs = NULL };
	struct ut_err err;
	int ret;

	ut_op_encode_device(a.head + a.n_head, &dev);
	a.n_head += UT_OP_DEVICE_SIZE;
	a.stay = true;
	dock_start(&a);
	ret = fx_import(&c, "1-2", &err);
	assert_false(ut_client_is_open(&c));
	if (ut_ktls_need(NULL)) {
		assert_int_equal(ret, -EIO);
		assert_int_equal(err.code, UT_EXIT_MODULE);
		assert_non_null(strstr(err.msg, "kernel TLS"));
		assert_null(c.devs);
	} else {
		assert_int_equal(ret, 0);
		assert_string_equal(c.devs[0].busid, "1-2");
	}
	ut_client_close(&c);
	dock_end();
}

/* An empty name does not match every name. */
static void test_no_name(void **state)
{
	const struct ut_cli_dock it = {
		.host = fx_home, .port = fx.dock.dock.port, .expect = "",
	};
	struct ut_op_device *devs;
	struct ut_cli_home home;
	struct ut_err err;
	size_t n;

	fx_dock_start();
	assert_int_equal(ut_cli_home_open(&home, &fx.tablet, &err), 0);
	assert_int_equal(ut_cli_dock_list(&home, &it, &devs, &n, &err),
			 -EINVAL);
	ut_cli_home_close(&home);
	fx_dock_stop();
}

static int teardown(void **state)
{
	if (dock > 0)
		dock_end();
	return fx_teardown(state);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fx_setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_other_version),
		TEST(test_other_answer),
		TEST(test_status),
		TEST(test_count),
		TEST(test_too_many_interfaces),
		TEST(test_device_without_bus_id),
		TEST(test_fewer_than_promised),
		TEST(test_no_answer),
		TEST(test_good_ones),
		TEST(test_import),
		TEST(test_no_name),
	};

	return cmocka_run_group_tests(tests, fx_group_setup,
				      fx_group_teardown);
}
