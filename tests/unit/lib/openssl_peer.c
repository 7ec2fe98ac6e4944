// SPDX-License-Identifier: GPL-2.0
#include "lib/openssl_peer.h"

/* For an answer of openssl that this test waits for. */
#define OP_DEADLINE_MS	60000

struct op_peer op = { 0, -1, -1 };

char op_errors[128];	/* what the last one printed */

/* --- certificates --- */

void op_run(const char *fmt, ...)
{
	char line[1024];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	assert_true(n > 0 && (size_t)n < sizeof(line));
	if (system(line))
		fail_msg("failed: %s", line);
}

void op_issue(const char *kind, enum ut_pki_role role, const char *as)
{
	const bool dock = role == UT_PKI_DOCK;

	op_run("mkdir %s/%s && cd %s/%s && cp ../home/ca.pem . && umask 077 && openssl genpkey %s -out key.pem 2>genpkey.log && openssl req -new -key key.pem -subj /CN=%s -out csr.pem",
	       fx.top, as, fx.top, as, kind, dock ? "desk" : "blue");
	op_run("cd %s/%s && printf 'extendedKeyUsage=%s\\nkeyUsage=digitalSignature\\nsubjectAltName=DNS:%s,IP:127.0.0.1\\n' >ext && openssl x509 -req -in csr.pem -CA ca.pem -CAkey ../home/ca.key -set_serial 0x$(openssl rand -hex 15) -days 30 -extfile ext -out cert.pem 2>x509.log",
	       fx.top, as, dock ? "serverAuth" : "clientAuth",
	       dock ? "desk" : "blue");
}

/* --- the process --- */

static void op_exec(int in, int out, const char *cmd)
{
	int err = open(op_errors, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	dup2(in, STDIN_FILENO);
	dup2(out, STDOUT_FILENO);
	dup2(err, STDERR_FILENO);
	execl("/bin/sh", "sh", "-c", cmd, (char *)NULL);
	_exit(127);
}

void op_start(const char *command, const char *own, const char *options)
{
	int in[2], out[2];
	char cmd[1024];

	snprintf(op_errors, sizeof(op_errors), "%s/openssl.log", fx.top);
	snprintf(cmd, sizeof(cmd),
		 "cd %s/%s && exec openssl %s -brief -cert cert.pem -key key.pem -CAfile ca.pem -verify_return_error %s",
		 fx.top, own, command, options);
	assert_int_equal(pipe2(in, O_CLOEXEC), 0);
	assert_int_equal(pipe2(out, O_CLOEXEC), 0);
	op.pid = fork();
	if (!op.pid)
		op_exec(in[0], out[1], cmd);
	close(in[0]);
	close(out[1]);
	op.in = in[1];
	op.out = out[0];
}

const char *op_said(void)
{
	static char text[SCRATCH_TEXT_SIZE];

	return scratch_text(op_errors, text);
}

void op_stop(void)
{
	if (op.in >= 0)
		close(op.in);
	if (op.out >= 0)
		close(op.out);
	if (op.pid > 0) {
		kill(op.pid, SIGKILL);
		waitpid(op.pid, NULL, 0);
	}
	op = (struct op_peer){ 0, -1, -1 };
}

size_t op_read(uint8_t *buf, size_t len)
{
	int64_t deadline = ut_clock_ms() + OP_DEADLINE_MS;
	struct pollfd p = { .fd = op.out, .events = POLLIN };
	size_t have = 0;
	ssize_t n = 1;

	while (have < len && n > 0) {
		if (poll(&p, 1, ut_clock_left(deadline)) <= 0)
			break;
		n = read(op.out, buf + have, len - have);
		if (n > 0)
			have += (size_t)n;
	}
	return have;
}

void op_write(const void *buf, size_t len)
{
	assert_int_equal(write(op.in, buf, len), len);
}

/* --- a tablet of OpenSSL at our dock --- */

void op_tablet_lists(const char *own, const char *options)
{
	uint8_t req[UT_OP_HDR_SIZE], rep[UT_OP_HDR_SIZE + UT_OP_COUNT_SIZE];
	static const uint8_t want[sizeof(rep)] = {
		1, 0x11, 0, 5, 0, 0, 0, 0, 0, 0, 0, 1,
	};
	char all[512];

	snprintf(all, sizeof(all), "-connect 127.0.0.1:%u %s",
		 fx.dock.dock.port, options);
	op_start("s_client", own, all);
	ut_op_encode_header(req, UT_OP_REQ_DEVLIST, 0);
	op_write(req, sizeof(req));
	if (op_read(rep, sizeof(rep)) != sizeof(rep) ||
	    memcmp(rep, want, sizeof(rep)))
		fail_msg("s_client %s (%s) was not served; it said:\n%s\ndock:\n%s",
			 options, own, op_said(), fx_log());
	op_stop();
}

/* --- a dock of OpenSSL for our tablet --- */

/* In a process of its own: answers one request for the list with "none". */
static pid_t op_answerer(void)
{
	static const uint8_t rep[UT_OP_HDR_SIZE + UT_OP_COUNT_SIZE] = {
		1, 0x11, 0, 5,
	};
	uint8_t req[UT_OP_HDR_SIZE];
	pid_t pid = fork();

	if (!pid)
		_exit(op_read(req, sizeof(req)) != sizeof(req) ||
		      write(op.in, rep, sizeof(rep)) != sizeof(rep));
	return pid;
}

/*
 * Our tablet asks it for the list as soon as it listens. Returns the value of
 * fx_list().
 */
static int op_list_when_up(struct ut_err *err)
{
	int64_t deadline = ut_clock_ms() + OP_DEADLINE_MS;
	struct ut_op_device *devs;
	size_t n;
	int ret;

	while ((ret = fx_list(fx_home, &devs, &n, err)) &&
	       err->code == UT_EXIT_UNREACHABLE &&
	       strstr(err->msg, "refused") && ut_clock_ms() < deadline)
		poll(NULL, 0, 10);
	if (!ret) {
		assert_int_equal(n, 0);
		free(devs);
	}
	return ret;
}

void op_dock_is_listed(const char *own, const char *options)
{
	struct ut_err err;
	char all[512];
	pid_t answerer;
	int status, ret;

	snprintf(all, sizeof(all), "-accept 127.0.0.1:%u -naccept 1 %s",
		 fx.dock.dock.port, options);
	op_start("s_server", own, all);
	answerer = op_answerer();
	ret = op_list_when_up(&err);
	if (ret)
		kill(answerer, SIGKILL);
	assert_int_equal(waitpid(answerer, &status, 0), answerer);
	if (ret || status)
		fail_msg("s_server %s (%s): %s; it said:\n%s", options, own,
			 ret ? err.msg : "no request", op_said());
	op_stop();
}

int op_teardown(void **state)
{
	op_stop();
	return fx_teardown(state);
}
