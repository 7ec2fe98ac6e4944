// SPDX-License-Identifier: GPL-2.0
#include "lib/dock_bed.h"
#include "worker/connect.h"

struct dock_bed fx;

/* --- certificates --- */

void fx_issue(const char *ca, enum ut_pki_role role, const char *name,
	      const char *as, time_t start, unsigned int days)
{
	char dir[128], out[128];
	struct ut_pki_store store = { .dir = dir };
	struct ut_pki_issue req = {
		.role = role, .name = name, .not_before = start, .days = days,
		.out = out, .force = true, .address = { "127.0.0.1", "::1" },
		.n_address = role == UT_PKI_DOCK ? 2 : 0,
	};
	struct ut_err err;

	snprintf(dir, sizeof(dir), "%s/%s", fx.top, ca);
	snprintf(out, sizeof(out), "%s/%s", fx.top, as);
	if (ut_pki_issue(&store, &req, NULL, &err))
		fail_msg("issue %s: %s", as, err.msg);
}

void fx_ca(const char *ca)
{
	char dir[128];
	struct ut_pki_store store = { .dir = dir };
	struct ut_err err;

	snprintf(dir, sizeof(dir), "%s/%s", fx.top, ca);
	if (ut_pki_init(&store, NULL, 0, false, &err))
		fail_msg("init %s: %s", ca, err.msg);
}

void fx_revoke(const char *ca, const char *name)
{
	char dir[128];
	struct ut_pki_store store = { .dir = dir };
	struct ut_err err;

	snprintf(dir, sizeof(dir), "%s/%s", fx.top, ca);
	if (ut_pki_revoke(&store, name, NULL, &err))
		fail_msg("revoke %s: %s", name, err.msg);
}

static void fx_certificates(void)
{
	time_t now = time(NULL), day = 86400;

	fx_ca("home");
	fx_ca("foreign");
	fx_issue("home", UT_PKI_TABLET, "blue", "tablet", 0, 0);
	fx_issue("home", UT_PKI_TABLET, "lost", "tablet-revoked", 0, 0);
	fx_issue("home", UT_PKI_TABLET, "old", "tablet-expired",
		 now - 9 * day, 2);
	fx_issue("home", UT_PKI_TABLET, "young", "tablet-early",
		 now + 2 * day, 9);
	fx_issue("foreign", UT_PKI_TABLET, "blue", "tablet-foreign", 0, 0);
	fx_issue("home", UT_PKI_DOCK, "thief", "tablet-as-dock", 0, 0);
	fx_issue("home", UT_PKI_DOCK, "desk", "dock", 0, 0);
	fx_issue("home", UT_PKI_DOCK, "desk", "dock-expired", now - 9 * day, 2);
	fx_issue("foreign", UT_PKI_DOCK, "desk", "dock-foreign", 0, 0);
	fx_issue("home", UT_PKI_TABLET, "desk", "dock-as-tablet", 0, 0);
	fx_revoke("home", "lost");
}

void fx_tls(struct ut_config_tls *tls, const char *own)
{
	snprintf(tls->ca, sizeof(tls->ca), "%s/%s/ca.pem", fx.top, own);
	snprintf(tls->cert, sizeof(tls->cert), "%s/%s/cert.pem", fx.top, own);
	snprintf(tls->key, sizeof(tls->key), "%s/%s/key.pem", fx.top, own);
	/* The current list, which contains "lost". */
	snprintf(tls->crl, sizeof(tls->crl), "%s/%s/crl.pem", fx.top,
		 strstr(own, "foreign") ? "foreign" : "home");
	snprintf(tls->crl_state, sizeof(tls->crl_state), "%s/newest-of-%s",
		 fx.top, own);
}

void fx_config(struct ut_config *config, const char *text)
{
	struct ut_err err;

	if (ut_config_parse(config, "test", text, &err))
		fail_msg("%s", err.msg);
}

/* --- the dock --- */

/*
 * 'r' on the pipe: reload, as for SIGHUP; 't': a session has begun or ended; 'c': there
 * is another revocation list; its end: stop.
 */
static int fx_command(sd_event_source *s, int fd, uint32_t events, void *arg)
{
	struct ut_dock *dock = arg;
	struct ut_err err;
	char c;

	if (read(fd, &c, 1) != 1)
		return sd_event_exit(sd_event_source_get_event(s), 0);
	if (c == 't') {
		ut_dock_touch(dock);
		return 0;
	}
	if (c == 'c') {
		if (ut_dock_crl(dock, &err) < 0)
			ut_log_error(UT_LOG_ERR, &err);
		return 0;
	}
	if (ut_dock_reload(dock, &fx.dock, &err))
		ut_log_error(UT_LOG_ERR, &err);
	else
		ut_log_notice("reloaded");
	return 0;
}

static int64_t fx_due(void *arg)
{
	return ut_dock_due(arg);
}

static int fx_dock_main(int ready, int stop)
{
	sd_event_source *command;
	struct ut_dock *dock;
	struct ut_err err;
	sd_event *loop;
	int ret;

	ut_log_open("dock", UT_LOG_INFO);
	if (sd_event_new(&loop) < 0)
		return 1;
	ret = ut_dock_open(&dock, loop, &fx.dock, &fx.sandbox, &mock_nl, &err);
	if (ret) {
		ut_log_error(UT_LOG_ERR, &err);
		return 1;
	}
	if (sd_event_add_io(loop, &command, stop, EPOLLIN, fx_command,
			    dock) < 0 || write(ready, "r", 1) != 1)
		return 1;
	ret = ut_loop_run(loop, fx_due, dock);
	if (ret) {
		ut_log_err("%s", strerror(-ret));
		return 1;
	}
	sd_event_source_unref(command);
	ut_dock_close(dock);
	sd_event_unref(loop);
	return 0;
}

const char *fx_log(void)
{
	static char text[SCRATCH_TEXT_SIZE];

	assert_true(scratch_has(fx.top, "log"));
	return scratch_text(fx.log, text);
}

void fx_dock_start(void)
{
	int ready[2], stop[2];
	char byte;

	assert_int_equal(pipe(ready), 0);
	assert_int_equal(pipe(stop), 0);
	fx.pid = fork();
	if (!fx.pid) {
		int log = open(fx.log, O_WRONLY | O_CREAT | O_APPEND, 0600);

		dup2(log, STDERR_FILENO);
		close(stop[1]);
		close(ready[0]);
		_exit(fx_dock_main(ready[1], stop[0]));
	}
	close(ready[1]);
	close(stop[0]);
	fx.stop = stop[1];
	if (read(ready[0], &byte, 1) != 1)
		fail_msg("the dock does not start: %s", fx_log());
	close(ready[0]);
}

void fx_expect_log(const char *part)
{
	scratch_await(fx.log, part, 1, "the dock");
}

void fx_dock_stop(void)
{
	int status;

	if (!fx.pid)
		return;
	close(fx.stop);
	assert_int_equal(waitpid(fx.pid, &status, 0), fx.pid);
	fx.pid = 0;
	if (status)
		fail_msg("the dock ended with status %#x:\n%s", status,
			 fx_log());
	/* Whatever the test was about: this must never be in a log. */
	if (strstr(fx_log(), "sandbox forbids") || strstr(fx_log(), "crashed"))
		fail_msg("a worker died:\n%s", fx_log());
}

void fx_crl(void)
{
	assert_int_equal(write(fx.stop, "c", 1), 1);
}

/* --- all of it --- */

int fx_group_setup(void **state)
{
	struct ut_err err;

	if (scratch_make(fx.top, "dock") || ut_sandbox_prepare(&fx.sandbox, &err))
		return -1;
	snprintf(fx.log, sizeof(fx.log), "%s/log", fx.top);
	fx_certificates();
	return 0;
}

int fx_group_teardown(void **state)
{
	ut_sandbox_close(&fx.sandbox);
	return scratch_drop(fx.top);
}

int fx_setup(void **state)
{
	unlink(fx.log);
	if (ut_config_default(&fx.dock) || ut_config_default(&fx.tablet))
		return -1;
	fx_config(&fx.dock, "[policy]\nrule = allow\n[dock]\nauto_bind = no\n");
	fx_tls(&fx.dock.tls, "dock");
	fx_tls(&fx.tablet.tls, "tablet");
	fx.dock.dock.port = loopback_port();
	if (fake_setup(state))
		return -1;
	fake_machine();
	return 0;
}

int fx_teardown(void **state)
{
	if (fx.pid) {	/* the test has failed */
		kill(fx.pid, SIGKILL);
		waitpid(fx.pid, NULL, 0);
		fx.pid = 0;
		close(fx.stop);
	}
	ut_config_free(&fx.dock);
	ut_config_free(&fx.tablet);
	ut_proc_root_set(NULL);
	return fake_teardown(state);
}

int fx_list(const char *host, struct ut_op_device **devs, size_t *n,
	    struct ut_err *err)
{
	const struct ut_cli_dock dock = {
		.host = host, .port = fx.dock.dock.port,
	};
	struct ut_cli_home home;
	int ret;

	*devs = NULL;
	*n = 0;
	ut_err_clear(err);
	ret = ut_cli_home_open(&home, &fx.tablet, err);
	if (ret)
		return ret;
	ret = ut_cli_dock_list(&home, &dock, devs, n, err);
	ut_cli_home_close(&home);
	return ret;
}

int fx_import(struct ut_client *c, const char *busid, struct ut_err *err)
{
	struct ut_client_target target = {
		.op = UT_START_IMPORT, .host = fx_home, .busid = busid,
		.port = fx.dock.dock.port, .expect = fx_home,
		.deadline = ut_clock_ms() + 30000, .sandbox = &fx.sandbox,
	};
	struct ut_creds *creds;
	int ret;

	assert_int_equal(ut_creds_load(&creds, UT_TLS_TABLET, &fx.tablet.tls,
				       &fx.sandbox, err), 0);
	target.peer = ut_connect(fx_home, target.port, &fx.sandbox,
				 target.deadline, err);
	assert_true(target.peer >= 0);
	assert_int_equal(ut_client_open(c, &target, creds, err), 0);
	ret = ut_client_wait(c, err);
	ut_creds_put(creds);
	close(target.peer);
	return ret;
}

int fx_fetch(const struct ut_csr *csr, struct ut_buf *der, struct ut_err *err)
{
	const struct ut_client_target target = {
		.op = UT_START_FETCH, .host = fx_home, .peer = -1,
		.port = fx.dock.dock.port, .expect = fx_home, .csr = csr,
		.deadline = ut_clock_ms() + 30000, .sandbox = &fx.sandbox,
	};
	struct ut_client c = { .devs = NULL };
	struct ut_creds *creds;
	int ret;

	ut_err_clear(err);
	ret = ut_creds_load(&creds, UT_TLS_TABLET, &fx.tablet.tls, &fx.sandbox,
			    err);
	if (ret)
		return ret;
	ret = ut_client_open(&c, &target, creds, err);
	if (!ret)
		ret = ut_client_wait(&c, err);
	if (!ret) {
		*der = c.blob.buf;
		memset(&c.blob, 0, sizeof(c.blob));
	}
	ut_client_close(&c);
	ut_creds_put(creds);
	return ret;
}

void fx_refused(const char *host, enum ut_exit code, const char *msg,
		const char *log)
{
	struct ut_op_device *devs;
	struct ut_err err;
	size_t n;
	int ret = fx_list(host, &devs, &n, &err);

	if (!ret)
		fail_msg("not refused, %zu devices listed", n);
	if (err.code != code || !strstr(err.msg, msg))
		fail_msg("code %d, \"%s\" instead of %d, \"%s\"; dock:\n%s",
			 err.code, err.msg, code, msg, fx_log());
	if (!err.hint[0])
		fail_msg("\"%s\" has no hint", err.msg);
	if (log)
		fx_expect_log(log);
}

const char fx_home[] = "127.0.0.1";

void fx_share_stick(void)
{
	static const struct fake_dev stick = {
		.parent = "devices/pci0/usb1", .busid = "1-2",
		.driver = "usbip-host", .vid = "0951\n", .pid = "1666\n",
		.class = "00\n", .speed = "480\n",
		.manufacturer = "Kingston\n", .product = "DataTraveler\n",
		.serial = "60A44C3FACC9\n",
	};

	fake_device(&stick);
	fake("1\n", "devices/pci0/usb1/1-2/usbip_status");
}

int fx_dial(void)
{
	return loopback_dial(NULL, fx.dock.dock.port);
}

int fx_listen(void)
{
	return loopback_listen(fx.dock.dock.port);
}

size_t fx_read_all(int fd, uint8_t *buf, size_t size)
{
	size_t len = 0;
	ssize_t n = 0;

	while (len < size && (n = recv(fd, buf + len, size - len, 0)) > 0)
		len += (size_t)n;
	assert_true(len < size);
	if (n < 0 && errno != ECONNRESET)
		fail_msg("no end of the connection: %s; dock:\n%s",
			 strerror(errno), fx_log());
	return len;
}

void fx_tablet_lists(size_t want)
{
	struct ut_op_device *devs;
	struct ut_err err;
	size_t n;

	if (fx_list(fx_home, &devs, &n, &err))
		fail_msg("%s\ndock:\n%s", err.msg, fx_log());
	assert_int_equal(n, want);
	free(devs);
}
