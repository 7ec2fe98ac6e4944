// SPDX-License-Identifier: GPL-2.0
/* What the journal gets: ids and fields; and how these are documented. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "lib/scratch.h"
#include "lib/unit.h"
#include "tlsd/daemon.h"

#define CATALOG	UT_TOP "/helper/etc/catalog/usbip-tls.catalog"
#define MANUAL	UT_TOP "/Documentation/man/usbip-tlsd.8"

/* The entries, each field ended by a newline; and what the library returns. */
static char sent[8192];
static int entries, journal_ret;

int __wrap_sd_journal_sendv(const struct iovec *v, int n);

int __wrap_sd_journal_sendv(const struct iovec *v, int n)
{
	size_t len = strlen(sent);
	int i;

	entries++;
	for (i = 0; i < n; i++) {
		assert_null(memchr(v[i].iov_base, '\n', v[i].iov_len));
		len += (size_t)snprintf(sent + len, sizeof(sent) - len,
					"%.*s\n", (int)v[i].iov_len,
					(const char *)v[i].iov_base);
	}
	assert_true(len < sizeof(sent));
	return journal_ret;
}

/* --- stderr, in a file that JOURNAL_STREAM may name --- */

static char path[] = "/tmp/ut-journal-XXXXXX";
static int keep = -1;

static int setup(void **state)
{
	int fd;

	strcpy(path + strlen(path) - 6, "XXXXXX");
	fd = mkstemp(path);
	keep = dup(2);
	entries = 0;
	journal_ret = 0;
	sent[0] = '\0';
	return fd < 0 || keep < 0 || dup2(fd, 2) < 0 || close(fd) ? -1 : 0;
}

static int teardown(void **state)
{
	ut_log_sink_set(NULL);
	unsetenv("JOURNAL_STREAM");
	ut_log_open("test", UT_LOG_ERR);
	dup2(keep, 2);
	close(keep);
	return unlink(path);
}

static void open_log(bool journal)
{
	char stream[64];
	struct stat st;

	assert_int_equal(fstat(2, &st), 0);
	snprintf(stream, sizeof(stream), "%llu:%llu",
		 (unsigned long long)st.st_dev,
		 (unsigned long long)st.st_ino + !journal);
	setenv("JOURNAL_STREAM", stream, 1);
	ut_log_open("test", UT_LOG_NOTICE);
	ut_log_sink_set(ut_journal_send);
}

static const char *printed(void)
{
	static char text[4096];
	ssize_t n = pread(2, text, sizeof(text) - 1, 0);

	assert_true(n >= 0);
	text[n] = '\0';
	return text;
}

static void test_fields(void **state)
{
	const struct ut_log_about about = {
		.peer = "lea", .address = "192.0.2.1:7", .busid = "1-2",
		.role = "dock", .reason = "local", .expires = "soon",
		.session = 5, .port = 1,
	};
	char expect[512];

	open_log(true);
	ut_log_event(UT_LOG_NOTICE, UT_LOG_SESSION_CLOSED, &about,
		     "session %u closed", 5u);
	snprintf(expect, sizeof(expect),
		 "MESSAGE=session 5 closed\nPRIORITY=5\n"
		 "SYSLOG_IDENTIFIER=test\nMESSAGE_ID=%s\n"
		 "USBIP_TLS_PEER=lea\nUSBIP_TLS_ADDRESS=192.0.2.1:7\n"
		 "USBIP_TLS_BUSID=1-2\nUSBIP_TLS_ROLE=dock\n"
		 "USBIP_TLS_REASON=local\nUSBIP_TLS_EXPIRES=soon\n"
		 "USBIP_TLS_SESSION=5\nUSBIP_TLS_PORT=0\n",
		 ut_log_id_hex(UT_LOG_SESSION_CLOSED));
	assert_string_equal(sent, expect);
	assert_string_equal(printed(), "");
}

static void test_plain_message(void **state)
{
	open_log(true);
	ut_log_warn("hello");
	assert_string_equal(sent, "MESSAGE=hello\nPRIORITY=4\nSYSLOG_IDENTIFIER=test\n");
	ut_log_info("not so important");
	assert_int_equal(entries, 1);
}

/* What a peer chooses can neither begin a field nor overrun one. */
static void test_injection(void **state)
{
	static char name[5000];
	const struct ut_log_about about = {
		.peer = "a\nMESSAGE_ID=0", .reason = name,
	};

	memset(name, 'x', sizeof(name) - 1);
	open_log(true);
	ut_log_event(UT_LOG_ERR, UT_LOG_STRANGER_REFUSED, &about,
		     "b\nPRIORITY=7");
	assert_non_null(strstr(sent, "MESSAGE=b?PRIORITY=7\n"));
	assert_non_null(strstr(sent, "USBIP_TLS_PEER=a?MESSAGE_ID=0\n"));
	assert_non_null(strstr(sent, "USBIP_TLS_REASON=xxx"));
	assert_true(strlen(sent) < 2000);
}

static void test_error(void **state)
{
	struct ut_err err;

	open_log(true);
	ut_err_set(&err, UT_EXIT_CONFIG, EINVAL, "x.conf:3: it is wrong");
	ut_err_hint(&err, "mend it");
	ut_log_error_id(UT_LOG_ERR, UT_LOG_CONFIG_REFUSED, NULL, &err);
	assert_int_equal(entries, 2);
	assert_non_null(strstr(sent, ut_log_id_hex(UT_LOG_CONFIG_REFUSED)));
	assert_non_null(strstr(sent, "USBIP_TLS_REASON=x.conf:3: it is wrong\n"));
	assert_non_null(strstr(sent, "MESSAGE=hint: mend it\n"));
}

/* A message is not lost if there is no journal, nor in a worker. */
static void test_fall_back(void **state)
{
	open_log(true);
	journal_ret = -2;
	ut_log_notice("one");
	assert_int_equal(entries, 1);
	assert_string_equal(printed(), "<5>one\n");
	ut_log_sink_set(NULL);
	ut_log_notice("two");
	assert_int_equal(entries, 1);
	assert_string_equal(printed(), "<5>one\n<5>two\n");
}

static void test_not_the_journal(void **state)
{
	open_log(false);
	ut_log_event(UT_LOG_NOTICE, UT_LOG_ATTACHED, NULL, "here");
	assert_int_equal(entries, 0);
	assert_string_equal(printed(), "test: here\n");
}

/* --- the documents --- */

static void documented(const char *file, const char *before)
{
	static char whole[SCRATCH_TEXT_SIZE];
	const char *text = scratch_slurp(file, whole);
	enum ut_log_id id, other;
	char word[64];
	size_t n = 0;

	for (id = UT_LOG_NO_ID + 1; id < UT_LOG_N_IDS; id++) {
		const char *hex = ut_log_id_hex(id);

		assert_int_equal(strlen(hex), 32);
		assert_int_equal(strspn(hex, "0123456789abcdef"), 32);
		for (other = UT_LOG_NO_ID + 1; other < id; other++)
			assert_string_not_equal(hex, ut_log_id_hex(other));
		snprintf(word, sizeof(word), "\n%s%s\n", before, hex);
		if (!strstr(text, word))
			fail_msg("%s is not in %s", hex, file);
	}
	/* And no others. */
	snprintf(word, sizeof(word), "\n%s", before);
	for (text = strstr(text, word); text; text = strstr(text + 1, word))
		n += strspn(text + strlen(word), "0123456789abcdef") == 32;
	assert_int_equal(n, UT_LOG_N_IDS - 1);
}

static void test_documents(void **state)
{
	documented(CATALOG, "-- ");
	documented(MANUAL, ".It Li ");
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		T(test_fields), T(test_plain_message), T(test_injection),
		T(test_error), T(test_fall_back), T(test_not_the_journal),
		T(test_documents),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
