// SPDX-License-Identifier: GPL-2.0
/*
 * An attach by the daemon, step by step: what it waits for, that it never blocks its
 * caller, and what is left when it is cancelled.
 */
#include <errno.h>
#include <fcntl.h>

#include "base/clock.h"
#include "lib/fake_sysfs.h"
#include "lib/mock_nl.h"
#include "tablet/attach.h"
#include "tablet/tablet_internal.h"
#include "usb/announce.h"
#include "worker/connect.h"

#define HEAD	"hub port sta spd dev      sockfd local_busid\n"
#define VHCI	"devices/platform/vhci_hcd.0"
#define STICK	VHCI "/usb3/3-1"

static struct ut_creds creds;
static struct ut_attach *job;
static struct ut_attached made;
static struct ut_err err;
static struct mock_call script[1];
static int64_t skipped_ms;

/**
 * struct dock - it, and the lock and driver of this machine
 * @news: what the client says; DONE: the device is ours
 * @dev: what the dock gives
 * @imports: how often it was asked
 * @peer: the last connection to it
 * @locked: so often another attach holds the lock
 * @lock: the lock, once it was had
 * @busy: so often the port is taken by somebody else
 * @attaches: how often the driver was given a socket
 */
static struct dock {
	enum ut_client_news news;
	struct ut_op_device dev;
	int imports;
	int peer;
	int locked;
	int lock;
	int busy;
	int attaches;
} dock;

/* --- in the place of dock, driver and time --- */

int __real_clock_gettime(clockid_t id, struct timespec *ts);
int __wrap_clock_gettime(clockid_t id, struct timespec *ts);

int __wrap_clock_gettime(clockid_t id, struct timespec *ts)
{
	int ret = __real_clock_gettime(id, ts);

	ts->tv_sec += skipped_ms / 1000;
	return ret;
}

int __wrap_ut_connect_begin(const char *address, const char *host,
			    uint16_t port, struct ut_err *e);

int __wrap_ut_connect_begin(const char *address, const char *host,
			    uint16_t port, struct ut_err *e)
{
	assert_string_equal(address, "192.0.2.1");
	dock.peer = open("/dev/null", O_RDWR | O_CLOEXEC);
	return dock.peer;
}

int ut_client_open(struct ut_client *c, const struct ut_client_target *t,
		   struct ut_creds *cr, struct ut_err *e)
{
	assert_int_equal(t->op, UT_START_IMPORT);
	assert_int_equal(t->peer, dock.peer);
	assert_false(t->any);
	dock.imports++;
	memset(c, 0, sizeof(*c));
	c->worker.fd = 1000;
	c->deadline = t->deadline;
	return 0;
}

enum ut_client_news ut_client_read(struct ut_client *c,
				   struct ut_watch_event *event,
				   struct ut_err *e)
{
	if (dock.news == UT_CLIENT_DOWN)
		ut_err_set(e, UT_EXIT_BUSY, EBUSY, "in use");
	if (dock.news != UT_CLIENT_DONE)
		return dock.news;
	c->devs = calloc(1, sizeof(*c->devs));
	assert_non_null(c->devs);
	c->devs[0] = dock.dev;
	strcpy(c->name, "desk");
	return UT_CLIENT_DONE;
}

void ut_client_close(struct ut_client *c)
{
	free(c->devs);
	c->devs = NULL;
}

int __wrap_ut_vhci_lock(int timeout_ms, struct ut_err *e);
int __wrap_ut_vhci_attach(uint32_t port, int fd, uint32_t devid,
			  uint32_t speed, struct ut_err *e);

int __wrap_ut_vhci_lock(int timeout_ms, struct ut_err *e)
{
	/* The daemon has other work meanwhile. */
	assert_int_equal(timeout_ms, 0);
	if (dock.locked-- > 0)
		return ut_err_set(e, UT_EXIT_TIMEOUT, ETIMEDOUT,
				  "another attach holds it");
	dock.lock = open("/dev/null", O_RDONLY | O_CLOEXEC);
	return dock.lock;
}

int __wrap_ut_vhci_attach(uint32_t port, int fd, uint32_t devid,
			  uint32_t speed, struct ut_err *e)
{
	assert_int_equal(port, 0);
	dock.attaches++;
	if (dock.busy-- > 0)
		return ut_err_set(e, UT_EXIT_BUSY, EBUSY, "taken");
	fake(HEAD "hs  0000 006 003 00010002 000003 3-1\n", VHCI "/status");
	return 0;
}

/* --- each test --- */

static int setup(void **state)
{
	static char run[SCRATCH_SIZE + 8];

	if (fake_setup(state))
		return -1;
	snprintf(run, sizeof(run), "%s/run", fake_root);
	ut_announce_dir_set(run);
	fake(HEAD "hs  0000 004 000 00000000 000000 0-0\n"
	     "ss  0001 004 000 00000000 000000 0-0\n", VHCI "/status");
	fake("480\n", VHCI "/usb3/speed");
	dock = (struct dock){
		.news = UT_CLIENT_DONE, .peer = -1, .lock = -1,
		.dev = {
			.busid = "1-2", .busnum = 1, .devnum = 2, .speed = 3,
			.vid = 0x0781, .pid = 0x5567,
		},
	};
	creds.refs = 1;
	skipped_ms = 0;
	script[0] = (struct mock_call){
		.op = MOCK_NEW, .id = 5,
		.fd = open("/dev/null", O_RDWR | O_CLOEXEC),
	};
	mock_expect(script, 1);
	mock_dump_empty = true;
	memset(&made, 0, sizeof(made));
	return 0;
}

static void closed(int fd)
{
	assert_int_equal(fcntl(fd, F_GETFD), -1);
	assert_int_equal(errno, EBADF);
}

/* Whatever happened, nothing of ours is left open. */
static int teardown(void **state)
{
	ut_attach_close(job);
	job = NULL;
	assert_int_equal(creds.refs, 1);
	closed(dock.peer);
	if (dock.lock >= 0)
		closed(dock.lock);
	if (!mock_next)
		close(script[0].fd);
	ut_announce_dir_set(NULL);
	return fake_teardown(state);
}

static void begin(int wait_ms)
{
	struct ut_attach_req req = {
		.host = "desk.example", .at = "192.0.2.1", .port = 3240,
		.expect = "desk", .busid = "1-2", .listed = true,
		.seen = dock.dev, .vhci_port = -1, .wait_ms = wait_ms,
		.timeout = 10, .creds = &creds, .nl = &mock_nl,
	};

	assert_int_equal(ut_attach_open(&job, &req, &err), 0);
	assert_int_equal(creds.refs, 2);
	assert_int_equal(ut_attach_fd(job), 1000);
}

static int step(void)
{
	return ut_attach_step(job, &made, &err);
}

/* It goes on by itself, and soon. */
static void waits(void)
{
	assert_int_equal(step(), 1);
	assert_int_equal(ut_attach_fd(job), -1);
	assert_true(ut_attach_next(job) - ut_clock_ms() <= 1000);
}

static void test_attach(void **state)
{
	dock.news = UT_CLIENT_NOTHING;
	begin(0);
	assert_int_equal(step(), 1);
	assert_int_equal(ut_attach_fd(job), 1000);
	assert_int_equal(dock.attaches, 0);
	dock.news = UT_CLIENT_DONE;
	assert_int_equal(step(), 0);
	assert_int_equal(made.session, 5);
	assert_int_equal(made.port, 0);
	assert_string_equal(made.peer, "desk");
	mock_done();
	closed(script[0].fd);
}

static void test_refused(void **state)
{
	dock.news = UT_CLIENT_DOWN;
	begin(0);
	assert_int_equal(step(), -EIO);
	assert_int_equal(err.code, UT_EXIT_BUSY);
	assert_string_equal(err.msg, "in use");
}

static void test_other_device(void **state)
{
	begin(0);
	dock.dev.pid++;
	assert_int_equal(step(), -ENODEV);
	assert_int_equal(err.code, UT_EXIT_PROTOCOL);
	assert_int_equal(dock.attaches, 0);
}

static void test_lock_busy(void **state)
{
	dock.locked = 3;
	begin(0);
	waits();
	waits();
	waits();
	assert_int_equal(dock.attaches, 0);
	assert_int_equal(step(), 0);
	assert_int_equal(dock.attaches, 1);
}

static void test_lock_never_free(void **state)
{
	dock.locked = 1000;
	begin(0);
	waits();
	skipped_ms = 14000;
	waits();
	skipped_ms = 15000;
	assert_int_equal(step(), -ETIMEDOUT);
	assert_int_equal(err.code, UT_EXIT_TIMEOUT);
	assert_string_equal(err.msg, "another attach holds it");
	assert_int_equal(mock_next, 0);
}

/* The kernel still has the last device there. */
static void test_port_not_at_rest(void **state)
{
	fake(NULL, STICK "/");
	dock.locked = 1;
	begin(0);
	waits();
	/* The wait for the port begins once the lock is held. */
	skipped_ms = 14000;
	waits();
	waits();
	assert_true(fcntl(dock.lock, F_GETFD) >= 0);
	fake_gone(STICK);
	assert_int_equal(step(), 0);
	assert_int_equal(dock.attaches, 1);
}

static void test_port_never_at_rest(void **state)
{
	fake(NULL, STICK "/");
	begin(0);
	waits();
	skipped_ms = 10000;
	assert_int_equal(step(), -ETIMEDOUT);
	assert_non_null(strstr(err.msg, "has not yet taken away"));
	assert_int_equal(mock_next, 0);
	closed(dock.lock);
}

/* Somebody has taken the port: the dock is asked again. */
static void test_port_taken(void **state)
{
	dock.busy = 1;
	begin(0);
	assert_int_equal(step(), 1);
	assert_int_equal(ut_attach_fd(job), 1000);
	assert_int_equal(dock.imports, 2);
	assert_int_equal(dock.attaches, 1);
}

/* While it waits for the port it holds the device and the lock: it gives both back. */
static void test_dropped_before_attach(void **state)
{
	fake(NULL, STICK "/");
	begin(0);
	waits();
	ut_attach_close(job);
	job = NULL;
	closed(dock.lock);
	closed(dock.peer);
	assert_int_equal(mock_next, 0);
	assert_int_equal(dock.attaches, 0);
}

static void configured(void)
{
	static const struct fake_dev stick = {
		.parent = VHCI "/usb3", .busid = "3-1", .driver = "usb",
		.vid = "0781\n", .pid = "5567\n", .class = "00\n",
		.speed = "480\n",
	};

	fake_device(&stick);
	fake(NULL, "bus/usb/drivers/usbhid/");
	fake_link("bus/usb/drivers/usbhid", STICK "/3-1:1.0/driver");
}

static void probed(void)
{
	fake("DEVNAME=hidraw0\n", STICK "/3-1:1.0/hidraw/uevent");
	fake("13:64\n", STICK "/3-1:1.0/hidraw/dev");
	fake("", STICK "/port");
}

static void test_settles(void **state)
{
	int ret;

	begin(10000);
	waits();
	/* The lock, the connection and the keys are no longer needed. */
	closed(dock.lock);
	closed(dock.peer);
	assert_int_equal(creds.refs, 1);
	configured();
	waits();
	skipped_ms = 3000;
	waits();
	probed();
	waits();
	skipped_ms = 4000;
	ret = step();
	assert_int_equal(ret, 0);
	assert_int_equal(made.nodes.n, 1);
	assert_string_equal(made.nodes.path[0], "/dev/hidraw0");
	assert_true(made.ms >= 3000);
}

static void test_settles_never(void **state)
{
	begin(10000);
	waits();
	skipped_ms = 10000;
	assert_int_equal(step(), -ETIMEDOUT);
	assert_int_equal(made.port, 0);
	assert_int_equal(made.session, 5);
}

/* --- the machine goes to sleep, or the dock --- */

static struct ut_tablet tablet;
static struct ut_dock_addr addr;

static void let_the_daemon_have_it(void)
{
	static struct ut_remote remote;

	memset(&remote, 0, sizeof(remote));
	remote.job = job;
	job = NULL;
	memset(&addr, 0, sizeof(addr));
	addr.remotes = (struct ut_remotes){ &remote, 1 };
	memset(&tablet, 0, sizeof(tablet));
	tablet.ctx.nl = &mock_nl;
	tablet.ctx.book.v[0] = &addr;
	tablet.ctx.book.n = 1;
	assert_int_equal(ut_auto_jobs(&tablet.ctx), 1);
	assert_true(ut_attach_next(remote.job) - ut_clock_ms() <= 1000);
}

static void sleeps(void)
{
	let_the_daemon_have_it();
	ut_tablet_suspend(&tablet);
	assert_int_equal(ut_auto_jobs(&tablet.ctx), 0);
	assert_true(ut_auto_due(&tablet.ctx) == INT64_MAX);
	closed(dock.lock);
	closed(dock.peer);
	assert_int_equal(creds.refs, 1);
}

static void test_sleep_before_attach(void **state)
{
	fake(NULL, STICK "/");
	begin(10000);
	waits();
	sleeps();
	assert_int_equal(dock.attaches, 0);
}

/* The sleep hook detaches what is attached. */
static void test_sleep_while_settling(void **state)
{
	begin(10000);
	waits();
	sleeps();
	assert_int_equal(dock.attaches, 1);
	assert_string_equal(fake_read(VHCI "/detach"), "");
}

static void test_gone_while_settling(void **state)
{
	const struct ut_watch_event gone = {
		.kind = UT_WATCH_GONE, .dev = { .busid = "1-2" },
	};

	begin(10000);
	waits();
	let_the_daemon_have_it();
	strcpy(addr.remotes.v[0].op.busid, "1-2");
	assert_int_equal(ut_remote_event(&addr.remotes, &gone), 0);
	assert_int_equal(addr.remotes.n, 0);
	assert_int_equal(creds.refs, 1);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	static const struct CMUnitTest tests[] = {
		T(test_attach), T(test_refused), T(test_other_device),
		T(test_lock_busy), T(test_lock_never_free),
		T(test_port_not_at_rest), T(test_port_never_at_rest),
		T(test_port_taken), T(test_dropped_before_attach),
		T(test_settles), T(test_settles_never),
		T(test_sleep_before_attach), T(test_sleep_while_settling),
		T(test_gone_while_settling),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
