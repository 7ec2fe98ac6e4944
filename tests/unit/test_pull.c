// SPDX-License-Identifier: GPL-2.0
/* The first bytes of a connection: they are looked at before they are read. */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/unit.h"
#include "tls/conn_internal.h"

static const char *late;	/* arrives after the next empty look */
static int ends[2];

ssize_t __real_recv(int fd, void *buf, size_t len, int flags);
ssize_t __wrap_recv(int fd, void *buf, size_t len, int flags);

ssize_t __wrap_recv(int fd, void *buf, size_t len, int flags)
{
	ssize_t n = __real_recv(fd, buf, len, flags);
	int error = errno;

	if (n < 0 && late) {
		assert_int_equal(write(ends[1], late, strlen(late)),
				 strlen(late));
		late = NULL;
	}
	errno = error;
	return n;
}

static int setup(void **state)
{
	late = NULL;
	return socketpair(AF_UNIX, SOCK_STREAM, 0, ends);
}

static int teardown(void **state)
{
	close(ends[0]);
	close(ends[1]);
	return 0;
}

static void test_between_look_and_read(void **state)
{
	struct ut_tls t = { .p.fd = ends[0] };
	char buf[16];

	late = "\x16\x03\x03zz";
	assert_int_equal(ut_tls_pull(&t, buf, 5), -1);
	assert_int_equal(errno, EAGAIN);
	assert_int_equal(ut_tls_pull(&t, buf, 3), 3);
	assert_memory_equal(buf, "\x16\x03\x03", 3);
	assert_int_equal(ut_tls_pull(&t, buf, 2), 2);
	assert_memory_equal(buf, "zz", 2);
	assert_int_equal(t.outcome.reason, UT_TLS_OK);
}

static void test_not_tls(void **state)
{
	struct ut_tls t = { .p.fd = ends[0] };
	char buf[16];

	assert_int_equal(write(ends[1], "GET / ", 6), 6);
	assert_int_equal(ut_tls_pull(&t, buf, 5), -1);
	assert_int_equal(errno, EPROTO);
	assert_int_equal(t.outcome.reason, UT_TLS_NOT_TLS);
}

static void test_plain_usbip(void **state)
{
	struct ut_tls t = { .p.fd = ends[0] };
	char buf[16];

	assert_int_equal(write(ends[1], "\x01\x11\x80\x05\0\0\0\0", 8), 8);
	assert_int_equal(ut_tls_pull(&t, buf, 5), -1);
	assert_int_equal(t.outcome.reason, UT_TLS_PLAIN_USBIP);
	assert_int_equal(t.n_head, 8);
}

static void test_end(void **state)
{
	struct ut_tls t = { .p.fd = ends[0] };
	char buf[16];

	shutdown(ends[1], SHUT_WR);
	assert_int_equal(ut_tls_pull(&t, buf, 5), 0);
	assert_int_equal(t.outcome.reason, UT_TLS_OK);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(test_between_look_and_read), T(test_not_tls),
		T(test_plain_usbip), T(test_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
