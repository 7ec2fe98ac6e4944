// SPDX-License-Identifier: GPL-2.0
/* The enrolling side, and a worker of it that was taken over. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "enroll/enroll.h"
#include "enroll/new_key.h"
#include "lib/unit.h"
#include "worker/connect.h"
#include "worker/message.h"
#include "worker/parent.h"

#define MOST 4

/* What the worker says, all of it before it is asked; ends with type 0. */
static const struct ut_msg *said;
static unsigned int installs;

int __wrap_ut_worker_start(struct ut_child *w, int peer, struct ut_creds *creds,
			   const struct ut_sandbox *sandbox,
			   struct ut_msg *start);
int __wrap_ut_connect(const char *host, uint16_t port,
		      const struct ut_sandbox *sandbox, int64_t deadline,
		      struct ut_err *err);
int __wrap_ut_sandbox_prepare(struct ut_sandbox *sb, struct ut_err *err);
int __wrap_ut_new_key_make(const struct ut_config_tls *tls,
			   enum ut_pki_role role, const char *name,
			   struct ut_csr *csr, struct ut_err *err);
int __wrap_ut_new_key_install(int fd, const struct ut_config_tls *tls,
			      const struct ut_pki_bundle *der, bool force,
			      struct ut_err *err);
bool __wrap_ut_frame_unbundle(const struct ut_buf *bundle,
			      struct ut_pki_bundle *b,
			      char dock[UT_PKI_NAME_SIZE]);

int __wrap_ut_worker_start(struct ut_child *w, int peer, struct ut_creds *creds,
			   const struct ut_sandbox *sandbox,
			   struct ut_msg *start)
{
	int worker, i;

	assert_int_equal(ut_program_pair(&w->fd, &worker), 0);
	w->pid = fork();
	if (!w->pid)
		for (;;)
			pause();
	for (i = 0; i < MOST && said[i].type; i++)
		assert_int_equal(ut_msg_send(worker, &said[i]), 0);
	return 0;
}

int __wrap_ut_connect(const char *host, uint16_t port,
		      const struct ut_sandbox *sandbox, int64_t deadline,
		      struct ut_err *err)
{
	return open("/dev/null", O_RDWR | O_CLOEXEC);
}

int __wrap_ut_sandbox_prepare(struct ut_sandbox *sb, struct ut_err *err)
{
	sb->dir = -1;
	return 0;
}

int __wrap_ut_new_key_make(const struct ut_config_tls *tls,
			   enum ut_pki_role role, const char *name,
			   struct ut_csr *csr, struct ut_err *err)
{
	return open("/dev/null", O_RDWR | O_CLOEXEC);
}

int __wrap_ut_new_key_install(int fd, const struct ut_config_tls *tls,
			      const struct ut_pki_bundle *der, bool force,
			      struct ut_err *err)
{
	installs++;
	return 0;
}

bool __wrap_ut_frame_unbundle(const struct ut_buf *bundle,
			      struct ut_pki_bundle *b,
			      char dock[UT_PKI_NAME_SIZE])
{
	memset(b, 0, sizeof(*b));
	strcpy(dock, "desk");
	return true;
}

#define CLAIM	{ .type = UT_MSG_CLAIM }
#define BUNDLE	{ .type = UT_MSG_BUNDLE, .total = 1, .len = 1 }
#define HALF	{ .type = UT_MSG_BUNDLE, .total = 2 * UT_MSG_DATA, \
		  .len = UT_MSG_DATA }
#define REFUSED	{ .type = UT_MSG_REFUSED, .value = UT_REFUSAL_TAKEN }
#define ERROR	{ .type = UT_MSG_ERROR, .error = { .error = EBADMSG, \
		  .err = { .code = UT_EXIT_CERTIFICATE, .msg = "no good" } } }
#define OUTCOME	{ .type = UT_MSG_OUTCOME }
#define NONSENSE "does not keep to its protocol"

/**
 * struct row - one worker
 * @said: what it says
 * @msg: part of the error; NULL: all is well
 * @code: of the error
 * @installs: the files are put into their places so often
 */
static const struct row {
	struct ut_msg said[MOST + 1];
	const char *msg;
	enum ut_exit code;
	unsigned int installs;
} rows[] = {
	{ { CLAIM, BUNDLE, OUTCOME }, NULL, 0, 1 },
	{ { CLAIM, HALF, HALF, OUTCOME }, NULL, 0, 1 },
	{ { CLAIM, REFUSED, OUTCOME }, "refuses to enrol", UT_EXIT_REFUSED, 0 },
	{ { CLAIM, ERROR, OUTCOME }, "no good", UT_EXIT_CERTIFICATE, 0 },
	{ { CLAIM, OUTCOME }, "the enrolment at", UT_EXIT_PROTOCOL, 0 },
	{ { OUTCOME }, "the enrolment at", UT_EXIT_PROTOCOL, 0 },
	/* The key is told once, and nothing is accepted before that. */
	{ { CLAIM, CLAIM }, NONSENSE, UT_EXIT_FAILURE, 0 },
	{ { BUNDLE }, NONSENSE, UT_EXIT_FAILURE, 0 },
	{ { REFUSED }, NONSENSE, UT_EXIT_FAILURE, 0 },
	{ { ERROR }, NONSENSE, UT_EXIT_FAILURE, 0 },
	/* The dock gives or refuses, and only its first answer counts. */
	{ { CLAIM, REFUSED, BUNDLE }, NONSENSE, UT_EXIT_FAILURE, 0 },
	{ { CLAIM, REFUSED, REFUSED }, NONSENSE, UT_EXIT_FAILURE, 0 },
	{ { CLAIM, HALF, REFUSED }, NONSENSE, UT_EXIT_FAILURE, 0 },
	{ { CLAIM, HALF, ERROR }, NONSENSE, UT_EXIT_FAILURE, 0 },
	{ { CLAIM, BUNDLE, REFUSED }, NONSENSE, UT_EXIT_FAILURE, 1 },
	{ { CLAIM, BUNDLE, BUNDLE }, NONSENSE, UT_EXIT_FAILURE, 1 },
	{ { CLAIM, ERROR, BUNDLE, OUTCOME }, "no good", UT_EXIT_CERTIFICATE, 0 },
	/* Messages of other programs, or to a worker. */
	{ { { .type = UT_MSG_BOUND } }, NONSENSE, UT_EXIT_FAILURE, 0 },
	{ { CLAIM, { .type = UT_MSG_GRANTED } }, NONSENSE, UT_EXIT_FAILURE, 0 },
	{ { CLAIM, { .type = UT_MSG_NEXT } }, NONSENSE, UT_EXIT_FAILURE, 0 },
	{ { CLAIM, { .type = UT_MSG_DEVLIST } }, NONSENSE, UT_EXIT_FAILURE, 0 },
};

static void enrol(const struct row *row, size_t i)
{
	const struct ut_config_tls tls = {
		.cert = "/nonexistent/cert.pem", .key = "/nonexistent/key.pem",
		.ca = "/nonexistent/ca.pem",
	};
	char dock[UT_PKI_NAME_SIZE];
	struct ut_code code;
	struct ut_enroll_client_params params = {
		.host = "192.0.2.1", .port = 3241, .role = UT_PKI_TABLET,
		.name = "blue", .code = &code, .tls = &tls, .force = true,
	};
	struct ut_err err = { .code = UT_EXIT_OK };
	int ret;

	assert_int_equal(ut_code_make(&code, &err), 0);
	said = row->said;
	installs = 0;
	ret = ut_enroll(&params, dock, &err);
	if (!ret != !row->msg)
		fail_msg("row %zu: %d, \"%s\"", i, ret, err.msg);
	if (row->msg && (!strstr(err.msg, row->msg) || err.code != row->code))
		fail_msg("row %zu: code %d, \"%s\"", i, err.code, err.msg);
	if (installs != row->installs)
		fail_msg("row %zu: installed %u times", i, installs);
}

static void test_turns(void **state)
{
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		enrol(&rows[i], i);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_turns),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
