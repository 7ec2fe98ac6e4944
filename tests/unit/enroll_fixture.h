/* SPDX-License-Identifier: GPL-2.0 */
/*
 * An enrolment on the loopback: who shows the code in a process of its own, with a
 * CA in a temporary directory; visitors of all kinds in the test.
 */
#ifndef UT_TEST_ENROLL_FIXTURE_H
#define UT_TEST_ENROLL_FIXTURE_H

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/unit.h"
#include "base/clock.h"
#include "base/file.h"
#include "enroll/enroll.h"
#include "enroll/install.h"
#include "enroll/internal.h"
#include "lib/scratch.h"

#define EF_DEADLINE_MS	45000
#define EF_DOCK		"desk"

/**
 * struct ef_result - what became of the offer
 */
struct ef_result {
	int ret;
	struct ut_err err;
	struct ut_pki_cert made;
};

static struct enroll_fixture {
	char top[SCRATCH_SIZE];
	char pki[128];
	char log[128];		/* events of the offer, one a line */
	char home[128];		/* where the tablet's files go */
	struct ut_config_tls tls;
	struct ut_pki_store store;
	struct ut_code code;
	struct ut_enroll_offer offer;
	pid_t pid;
	int result;		/* struct ef_result comes out of it */
	int stop;		/* closing it stops the offer */
} ef;

/* --- the side with the CA --- */

static inline void ef_event(const struct ut_enroll_event *e, void *arg)
{
	static const char *const names[] = { "listening", "wrong code",
					     "turned down" };
	FILE *f = fopen(ef.log, "a");

	fprintf(f, "%s: %s (%s), %u left\n", names[e->type],
		e->why ? e->why : "", e->name ? e->name : "", e->left);
	fclose(f);
}

static inline const char *ef_log(void)
{
	static char text[SCRATCH_TEXT_SIZE];

	return scratch_text(ef.log, text);
}

static inline unsigned int ef_count(const char *what)
{
	return scratch_count(ef_log(), what);
}

/* Until the offer has told of @n such events. */
static inline void ef_expect(const char *what, unsigned int n)
{
	scratch_await(ef.log, what, n, "the offer");
}

static inline void ef_start(void)
{
	struct ef_result r = { .ret = 0 };
	int result[2], stop[2];

	assert_int_equal(pipe(result), 0);
	assert_int_equal(pipe(stop), 0);
	unlink(ef.log);
	ef.pid = fork();
	if (!ef.pid) {
		close(stop[1]);
		ef.offer.stop = stop[0];
		r.ret = ut_enroll_offer(&ef.offer, &r.made, &r.err);
		_exit(write(result[1], &r, sizeof(r)) != sizeof(r));
	}
	close(result[1]);
	close(stop[0]);
	ef.result = result[0];
	ef.stop = stop[1];
	ef_expect("listening", 1);
}

static inline struct ef_result ef_end(void)
{
	struct ef_result r;
	int status;

	if (read(ef.result, &r, sizeof(r)) != sizeof(r))
		fail_msg("the offer has died:\n%s", ef_log());
	assert_int_equal(waitpid(ef.pid, &status, 0), ef.pid);
	assert_int_equal(status, 0);
	ef.pid = 0;
	close(ef.result);
	close(ef.stop);
	return r;
}

/* Ctrl-C. */
static inline struct ef_result ef_stop(void)
{
	assert_int_equal(write(ef.stop, "x", 1), 1);
	return ef_end();
}

/* How many certificates the CA has issued. */
static inline size_t ef_issued(void)
{
	struct ut_pki_cert *certs;
	struct ut_err err;
	size_t n;

	if (ut_pki_list(&ef.store, &certs, &n, &err))
		fail_msg("list: %s", err.msg);
	free(certs);
	return n - 1;
}

/* --- the side that enrols --- */

static inline int ef_wish_to(uint16_t port, const char *name,
			     const struct ut_code *code, struct ut_err *err)
{
	const struct ut_enroll_wish wish = {
		.host = "127.0.0.1", .port = port, .role = UT_PKI_TABLET,
		.name = name, .code = code, .tls = &ef.tls,
	};
	char dock[UT_PKI_NAME_SIZE];
	int ret;

	ut_err_clear(err);
	ret = ut_enroll(&wish, dock, err);
	if (!ret)
		assert_string_equal(dock, ef.offer.dock);
	return ret;
}

static inline int ef_wish(const char *name, const struct ut_code *code,
			  struct ut_err *err)
{
	return ef_wish_to(ef.offer.port, name, code, err);
}

static inline bool ef_there(const char *name)
{
	return scratch_has(ef.home, name);
}

/* Not one file, not even a key that waits. */
static inline void ef_nothing_installed(void)
{
	static const char *const names[] = {
		"ca.pem", "cert.pem", "key.pem", "crl.pem", "key.pem.new",
		"cert.pem.new",
	};
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (ef_there(names[i]))
			fail_msg("there is a %s", names[i]);
}

static inline void ef_refused(int ret, const struct ut_err *err,
			      enum ut_exit code, const char *msg)
{
	if (!ret || err->code != code || !strstr(err->msg, msg))
		fail_msg("%d, code %d, \"%s\" instead of %d, \"%s\"; offer:\n%s",
			 ret, err->code, err->msg, code, msg, ef_log());
}

static inline struct ut_code ef_other_code(void)
{
	struct ut_code code = ef.code;

	code.digit[UT_CODE_DIGITS - 1] ^= 1;
	return code;
}

/* A connection that waits for its answers, but not for ever. */
static inline int ef_dial_from(uint32_t address, uint16_t port)
{
	const struct sockaddr_in from = {
		.sin_family = AF_INET, .sin_addr = { htonl(address) },
	};
	const struct sockaddr_in in = {
		.sin_family = AF_INET, .sin_port = htons(port),
		.sin_addr = { htonl(INADDR_LOOPBACK) },
	};
	const struct timeval limit = { EF_DEADLINE_MS / 1000, 0 };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	assert_int_equal(bind(fd, (const struct sockaddr *)&from, sizeof(from)),
			 0);
	assert_int_equal(connect(fd, (const struct sockaddr *)&in, sizeof(in)),
			 0);
	return fd;
}

static inline int ef_dial(uint16_t port)
{
	return ef_dial_from(INADDR_LOOPBACK, port);
}

/* The other end closes the connection: true; the time is over: false. */
static inline bool ef_closed(int fd)
{
	char buf[256];
	ssize_t n;

	do {
		n = read(fd, buf, sizeof(buf));
	} while (n > 0);
	return !n || errno == ECONNRESET;
}

/* A listener on the loopback; *port is what it got. */
static inline int ef_listen(uint16_t *port)
{
	struct sockaddr_in in = { .sin_family = AF_INET };
	socklen_t len = sizeof(in);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(bind(fd, (struct sockaddr *)&in, len), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&in, &len), 0);
	assert_int_equal(listen(fd, 4), 0);
	*port = ntohs(in.sin_port);
	return fd;
}

/* --- all of it --- */

static inline int ef_setup(void **state)
{
	struct ut_err err;
	uint16_t port;

	memset(&ef, 0, sizeof(ef));
	if (scratch_make(ef.top, "enroll"))
		return -1;
	snprintf(ef.pki, sizeof(ef.pki), "%s/pki", ef.top);
	snprintf(ef.log, sizeof(ef.log), "%s/log", ef.top);
	snprintf(ef.home, sizeof(ef.home), "%s/home", ef.top);
	ef.store.dir = ef.pki;
	if (mkdir(ef.home, 0755) || ut_pki_init(&ef.store, NULL, 0, false, &err) ||
	    ut_install_files(&ef.tls, ef.home, &err) ||
	    ut_code_make(&ef.code, &err))
		return -1;
	close(ef_listen(&port));
	ef.offer = (struct ut_enroll_offer){
		.store = ef.store, .role = UT_PKI_TABLET, .dock = EF_DOCK,
		.listen = "127.0.0.1", .port = port, .lifetime = 60,
		.tries = 5, .code = &ef.code, .stop = -1, .event = ef_event,
	};
	return 0;
}

static inline int ef_teardown(void **state)
{
	if (ef.pid) {	/* the test has failed */
		kill(ef.pid, SIGKILL);
		waitpid(ef.pid, NULL, 0);
		close(ef.result);
		close(ef.stop);
	}
	return scratch_drop(ef.top);
}

#define EF_TEST(name) cmocka_unit_test_setup_teardown(name, ef_setup, ef_teardown)

#endif /* UT_TEST_ENROLL_FIXTURE_H */
