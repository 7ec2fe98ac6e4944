// SPDX-License-Identifier: GPL-2.0
/* attach and detach: what they ask of dock and kernel, and in which order. */
#include "lib/cli_bed.h"
#include "tablet/attach.h"

static const struct mock_call new_session[] = {
	{ .op = MOCK_NEW, .id = 5, .fd = -1 },
	{ .op = MOCK_NEW, .id = 6, .fd = -1 },
	{ .op = MOCK_NEW, .id = 7, .fd = -1 },
	{ .op = MOCK_NEW, .id = 8, .fd = -1 },
};
static struct mock_call script[4];

/* A script of n SESSION_NEW, each with a descriptor of its own. */
static void expect_sessions(size_t n)
{
	size_t i;

	memcpy(script, new_session, sizeof(script));
	for (i = 0; i < n; i++)
		script[i].fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	mock_expect(script, n);
}

static void closed(int fd)
{
	assert_int_equal(fcntl(fd, F_GETFD), -1);
	assert_int_equal(errno, EBADF);
}

static void test_attach_by_busid(void **state)
{
	struct json_object *o;

	cli_ports();
	fake("480\n", "devices/platform/vhci_hcd.0/usb3/speed");
	expect_sessions(1);
	assert_int_equal(cli_run(&ut_verb_attach,
				 "-r dock1 -b 1-2 -w 0 --json"), UT_EXIT_OK);
	mock_done();
	/* udev was told which dock it comes from. */
	assert_non_null(strstr(fake_read("run/udev/3-1"), "DOCK=dock1\n"));
	assert_int_equal(cli_dock.lists, 0);
	assert_int_equal(cli_dock.imports, 1);
	assert_int_equal(cli_vhci.locks, 1);
	assert_string_equal(cli_dock.import_busid, "1-2");
	assert_int_equal(mock_req.role, USBIP_TLS_ROLE_TABLET);
	assert_int_equal(mock_req.devid, 0x10002);
	assert_int_equal(mock_req.port, 1);
	assert_string_equal(mock_busid, "1-2");
	assert_string_equal(mock_peer, "dock1");
	assert_string_equal(cli_vhci.args, "1 65538 3");
	closed(cli_dock.import_fd);
	closed(script[0].fd);
	assert_int_equal(mock_closed, 1);
	o = cli_json();
	assert_int_equal(json_number(o, "port"), 1);
	assert_int_equal(json_number(o, "session"), 5);
	assert_string_equal(json_text(o, "peer"), "dock1");
	assert_string_equal(json_text(json_member(o, "device"), "vid"), "0781");
	assert_true(json_number(o, "attach_ms") >= 0);
	json_object_put(o);
}

int __wrap_ut_attach_wait(struct ut_attached *made, int wait_ms,
			  struct ut_err *err);

static int waited_ms;

/* Once the device is attached, nothing that speaks to docks is left, nor a key. */
int __wrap_ut_attach_wait(struct ut_attached *made, int wait_ms,
			  struct ut_err *err)
{
	assert_int_equal(cli_dock.homes, 0);
	assert_int_equal(cli_vhci.attaches, 1);
	assert_int_equal(made->port, 1);
	waited_ms = wait_ms;
	strcpy(made->nodes.path[made->nodes.n++], "/dev/sda");
	return 0;
}

static void test_attach_waits(void **state)
{
	cli_ports();
	expect_sessions(1);
	assert_int_equal(cli_run(&ut_verb_attach, "-r dock1 -b 1-2 -w 600"),
			 UT_EXIT_OK);
	mock_done();
	assert_int_equal(waited_ms, 600000);
	assert_non_null(strstr(cli_out, "/dev/sda"));
	closed(cli_dock.import_fd);
}

static void test_attach_nobody(void **state)
{
	cli_ports();
	assert_int_equal(cli_run(&ut_verb_attach,
				 "-r dock1 -b 1-2 --dock-name="), UT_EXIT_USAGE);
	assert_non_null(strstr(cli_err, "\"\" is not a name"));
	assert_int_equal(cli_run(&ut_verb_list, "-r dock1 --dock-name="),
			 UT_EXIT_USAGE);
	assert_int_equal(cli_dock.imports, 0);
	assert_int_equal(cli_dock.lists, 0);
}

static void test_attach_by_serial(void **state)
{
	cli_ports();
	expect_sessions(1);
	assert_int_equal(cli_run(&ut_verb_attach,
				 "-r dock1 -d AAA -w 0 --dock-name d"), UT_EXIT_OK);
	assert_int_equal(cli_dock.lists, 1);
	assert_string_equal(cli_dock.expect, "d");
	assert_string_equal(cli_dock.import_busid, "1-2");
	assert_non_null(strstr(cli_out, "port 1"));
	assert_non_null(strstr(cli_out, "attached in"));
}

static void test_attach_ambiguous(void **state)
{
	cli_ports();
	assert_int_equal(cli_run(&ut_verb_attach, "-r dock1 -b 0781:5567"),
			 UT_EXIT_AMBIGUOUS);
	assert_int_equal(cli_dock.imports, 0);
	assert_non_null(strstr(cli_err, "1-2"));
	assert_non_null(strstr(cli_err, "1-3"));
	assert_non_null(strstr(cli_err, "hint: "));
	assert_int_equal(cli_run(&ut_verb_attach, "-r dock1 -b printer"),
			 UT_EXIT_NOT_FOUND);
}

/*
 * The stock tool took the port in between: the dock is asked again, with a new session.
 */
static void test_attach_busy_port(void **state)
{
	static const int rets[] = { -EBUSY, -EBUSY, 0 };

	cli_ports();
	expect_sessions(3);
	cli_vhci.rets = rets;
	assert_int_equal(cli_run(&ut_verb_attach, "-r dock1 -b 1-2 -w 0"),
			 UT_EXIT_OK);
	mock_done();
	assert_int_equal(cli_dock.imports, 3);
	closed(script[0].fd);
	closed(script[2].fd);
}

static void test_attach_always_busy(void **state)
{
	static const int rets[] = { -EBUSY, -EBUSY, -EBUSY, -EBUSY };

	cli_ports();
	expect_sessions(4);
	cli_vhci.rets = rets;
	assert_int_equal(cli_run(&ut_verb_attach, "-r dock1 -b 1-2 -w 0"),
			 UT_EXIT_BUSY);
	mock_done();
	closed(cli_dock.import_fd);
}

static void test_attach_refused_by_kernel(void **state)
{
	static const struct mock_call refuse[] = {
		{ .op = MOCK_NEW, .ret = -EPERM, .code = UT_EXIT_PERMISSION },
	};

	cli_ports();
	mock_expect(refuse, 1);
	assert_int_equal(cli_run(&ut_verb_attach, "-r dock1 -b 1-2"),
			 UT_EXIT_PERMISSION);
	mock_done();
	assert_int_equal(cli_vhci.attaches, 0);
	closed(cli_dock.import_fd);
}

static void test_attach_no_port(void **state)
{
	cli_ports();
	fake(VHCI_HEAD "hs  0000 006 003 00010002 000003 3-1\n", VHCI_STATUS);
	assert_int_equal(cli_run(&ut_verb_attach, "-r dock1 -b 1-2"),
			 UT_EXIT_NO_PORT);
	closed(cli_dock.import_fd);
}

static void test_attach_dock_errors(void **state)
{
	static const enum ut_exit codes[] = {
		UT_EXIT_UNREACHABLE, UT_EXIT_REFUSED, UT_EXIT_CERTIFICATE,
		UT_EXIT_BUSY, UT_EXIT_NOT_FOUND, UT_EXIT_TIMEOUT,
		UT_EXIT_PROTOCOL,
	};
	size_t i;

	cli_ports();
	cli_dock.ret = -EIO;
	for (i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
		cli_dock.code = codes[i];
		assert_int_equal(cli_run(&ut_verb_attach, "-r dock1 -b 1-2"),
				 codes[i]);
		assert_non_null(strstr(cli_err, "the dock says no"));
		assert_string_equal(cli_out, "");
	}
}

static int rests;

int __wrap_nanosleep(const struct timespec *req, struct timespec *rem);

int __wrap_nanosleep(const struct timespec *req, struct timespec *rem)
{
	assert_in_range(req->tv_sec * 1000 + req->tv_nsec / 1000000, 1, 5000);
	rests++;
	return 0;
}

/* The dock says busy, ends the other session, and has the device a little later. */
static void test_take_over(void **state)
{
	cli_ports();
	expect_sessions(1);
	cli_dock.busy = 2;
	rests = 0;
	assert_int_equal(cli_run(&ut_verb_attach,
				 "-r dock1 -b 1-2 -w 0 --take-over"),
			 UT_EXIT_OK);
	mock_done();
	assert_int_equal(cli_dock.imports, 3);
	assert_int_equal(cli_dock.replaces, 3);
	assert_int_equal(rests, 2);
}

static void test_take_over_refused(void **state)
{
	cli_ports();
	cli_dock.busy = 100;
	assert_int_equal(cli_run(&ut_verb_attach,
				 "-r dock1 -b 1-2 -w 0 --take-over"),
			 UT_EXIT_BUSY);
	assert_in_range(cli_dock.imports, 2, 10);
	assert_non_null(strstr(cli_err, "in use\nhint: the dock allows a take-over only by \"rule = allow take-over"));
}

/* Nothing is taken over unless the user asks for it. */
static void test_no_take_over(void **state)
{
	cli_ports();
	cli_dock.busy = 1;
	assert_int_equal(cli_run(&ut_verb_attach, "-r dock1 -b 1-2 -w 0"),
			 UT_EXIT_BUSY);
	assert_int_equal(cli_dock.imports, 1);
	assert_int_equal(cli_dock.replaces, 0);
}

static void test_attach_no_module(void **state)
{
	assert_int_equal(cli_run(&ut_verb_attach, "-r dock1 -b 1-2"),
			 UT_EXIT_MODULE);
	assert_int_equal(cli_dock.imports, 0);
	assert_non_null(strstr(cli_err, "hint: modprobe"));
}

static void test_attach_bad_config(void **state)
{
	cli_ports();
	fake("[dock]\nport = 0\n", "conf");
	assert_int_equal(cli_run(&ut_verb_attach, "-r dock1 -b 1-2"),
			 UT_EXIT_CONFIG);
	assert_int_equal(cli_dock.imports, 0);
	assert_non_null(strstr(cli_err, "conf:2: "));
}

static void test_detach(void **state)
{
	cli_ports();
	assert_int_equal(cli_run(&ut_verb_detach, "-p 1"), UT_EXIT_NOT_FOUND);
	assert_int_equal(cli_run(&ut_verb_detach, "-p 77"), UT_EXIT_NOT_FOUND);
	assert_string_equal(fake_read("devices/platform/vhci_hcd.0/detach"),
			    "");
}

#define T(f) cmocka_unit_test_setup_teardown(f, cli_setup, fake_teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		T(test_attach_by_busid),
		T(test_attach_waits),
		T(test_attach_nobody),
		T(test_attach_by_serial),
		T(test_attach_ambiguous),
		T(test_attach_busy_port),
		T(test_attach_always_busy),
		T(test_attach_refused_by_kernel),
		T(test_attach_no_port),
		T(test_attach_dock_errors),
		T(test_take_over),
		T(test_take_over_refused),
		T(test_no_take_over),
		T(test_attach_no_module),
		T(test_attach_bad_config),
		T(test_detach),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
