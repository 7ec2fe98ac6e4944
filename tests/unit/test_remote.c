// SPDX-License-Identifier: GPL-2.0
/* What a tablet does about each device of a dock, and when. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/unit.h"
#include "tablet/attach.h"
#include "tablet/remote.h"

static struct ut_remotes remotes;
static struct ut_config *config;
static struct ut_verdict verdict;

/* An attach that runs, and how often one was given up. */
static int attach;
static int given_up;

void ut_attach_close(struct ut_attach *a)
{
	if (!a)
		return;
	assert_ptr_equal(a, (struct ut_attach *)&attach);
	given_up++;
}

static void rules(const char *text)
{
	struct ut_err err;

	ut_config_free(config);
	if (ut_config_default(config) ||
	    ut_config_parse(config, "test", text, &err))
		fail_msg("%s", err.msg);
}

static int setup(void **state)
{
	memset(&remotes, 0, sizeof(remotes));
	given_up = 0;
	config = calloc(1, sizeof(*config));
	if (!config)
		return -1;
	rules("[tablet]\nattach = allow dock=desk\n");
	return 0;
}

static int teardown(void **state)
{
	ut_remotes_free(&remotes);
	ut_config_free(config);
	free(config);
	return 0;
}

static void device(const char *busid, uint32_t devnum,
		   enum ut_watch_state state)
{
	struct ut_watch_event e = {
		.kind = UT_WATCH_DEVICE, .state = state,
		.dev = { .busnum = 1, .devnum = devnum },
	};

	snprintf(e.dev.busid, sizeof(e.dev.busid), "%s", busid);
	assert_int_equal(ut_remote_event(&remotes, &e), 0);
}

static void event(enum ut_watch_kind kind, const char *busid)
{
	struct ut_watch_event e = { .kind = kind };

	snprintf(e.dev.busid, sizeof(e.dev.busid), "%s", busid);
	assert_int_equal(ut_remote_event(&remotes, &e), 0);
}

static enum ut_remote_todo todo_at(int64_t now)
{
	return ut_remote_todo(ut_remote_find(&remotes, "1-2"), config, "desk",
			      now, &verdict);
}

static void why(int64_t now, const char *want)
{
	char buf[UT_REMOTE_WHY_SIZE];

	ut_remote_why(ut_remote_find(&remotes, "1-2"), todo_at(now), &verdict,
		      now, buf, sizeof(buf));
	if (!strstr(buf, want))
		fail_msg("\"%s\" does not say \"%s\"", buf, want);
}

static void test_list(void **state)
{
	device("1-2", 2, UT_WATCH_FREE);
	device("1-3", 3, UT_WATCH_USED);
	assert_int_equal(remotes.n, 2);
	assert_int_equal(ut_remote_find(&remotes, "1-3")->state, UT_WATCH_USED);
	device("1-3", 3, UT_WATCH_FREE);
	assert_int_equal(remotes.n, 2);
	assert_int_equal(ut_remote_find(&remotes, "1-3")->state, UT_WATCH_FREE);
	event(UT_WATCH_GONE, "1-2");
	assert_int_equal(remotes.n, 1);
	assert_null(ut_remote_find(&remotes, "1-2"));
	event(UT_WATCH_GONE, "1-2");
	assert_int_equal(remotes.n, 1);
}

static void test_too_many(void **state)
{
	struct ut_watch_event e = {
		.kind = UT_WATCH_DEVICE, .dev.busid = "2-1",
	};
	char busid[32];
	int i;

	for (i = 0; i < UT_OP_MAX_DEVICES; i++) {
		snprintf(busid, sizeof(busid), "1-%d", i + 1);
		device(busid, 2, UT_WATCH_FREE);
	}
	assert_int_equal(ut_remote_event(&remotes, &e), -EPROTO);
	assert_int_equal(remotes.n, UT_OP_MAX_DEVICES);
}

/* After a new connection only what is reported again exists. */
static void test_restart(void **state)
{
	device("1-2", 2, UT_WATCH_FREE);
	device("1-3", 3, UT_WATCH_FREE);
	event(UT_WATCH_READY, "");
	ut_remote_restart(&remotes);
	assert_int_equal(todo_at(0), UT_REMOTE_WAIT);
	why(0, "the dock is not connected");
	device("1-2", 2, UT_WATCH_FREE);
	assert_int_equal(todo_at(0), UT_REMOTE_ATTACH);
	assert_int_equal(remotes.n, 2);
	event(UT_WATCH_READY, "");
	assert_int_equal(remotes.n, 1);
	assert_int_equal(todo_at(0), UT_REMOTE_ATTACH);
}

static void test_todo(void **state)
{
	struct ut_remote *r;

	device("1-2", 2, UT_WATCH_FREE);
	assert_int_equal(todo_at(0), UT_REMOTE_ATTACH);
	device("1-2", 2, UT_WATCH_YOURS);
	assert_int_equal(todo_at(0), UT_REMOTE_ATTACH);
	device("1-2", 2, UT_WATCH_USED);
	assert_int_equal(todo_at(0), UT_REMOTE_USED);
	why(0, "another tablet has it");
	device("1-2", 2, UT_WATCH_FREE);
	r = ut_remote_find(&remotes, "1-2");
	r->held = true;
	assert_int_equal(todo_at(0), UT_REMOTE_HELD);
	why(0, "detached by hand");
	r->attached = true;
	r->port = 7;
	assert_int_equal(todo_at(0), UT_REMOTE_ATTACHED);
	why(0, "port 7");
}

static void test_denied(void **state)
{
	device("1-2", 2, UT_WATCH_FREE);
	rules("[tablet]\nattach = allow dock=other\n");
	assert_int_equal(todo_at(0), UT_REMOTE_DENIED);
	why(0, "no rule \"attach\"");
	rules("[tablet]\nattach = deny path=1-2\nattach = allow\n");
	assert_int_equal(todo_at(0), UT_REMOTE_DENIED);
	why(0, "test:2: deny path=1-2");
}

/* Detached by hand: it stays so until it is plugged in again. */
static void test_held_until_replug(void **state)
{
	device("1-2", 2, UT_WATCH_FREE);
	ut_remote_find(&remotes, "1-2")->held = true;
	device("1-2", 2, UT_WATCH_FREE);
	assert_int_equal(todo_at(0), UT_REMOTE_HELD);
	device("1-2", 9, UT_WATCH_FREE);
	assert_int_equal(todo_at(0), UT_REMOTE_ATTACH);
}

/* The dock does not give what it announced: do not ask again and again. */
static void test_another_until_replug(void **state)
{
	device("1-2", 2, UT_WATCH_FREE);
	ut_remote_find(&remotes, "1-2")->other = true;
	device("1-2", 2, UT_WATCH_FREE);
	assert_int_equal(todo_at(0), UT_REMOTE_OTHER);
	why(0, "it is not the device that the dock announced");
	/* The end of its session must not look like a new device in a list. */
	ut_remote_list_begins(&remotes);
	ut_remote_list_ends(&remotes);
	device("1-2", 2, UT_WATCH_FREE);
	assert_int_equal(todo_at(0), UT_REMOTE_OTHER);
	device("1-2", 9, UT_WATCH_FREE);
	assert_int_equal(todo_at(0), UT_REMOTE_ATTACH);
}

static void attaches(const char *busid)
{
	ut_remote_find(&remotes, busid)->job = (struct ut_attach *)&attach;
}

/* A dock does not list what is on its way to us; what is gone does not arrive. */
static void test_being_attached(void **state)
{
	device("1-2", 2, UT_WATCH_FREE);
	device("1-3", 3, UT_WATCH_FREE);
	attaches("1-2");
	assert_int_equal(ut_remotes_jobs(&remotes), 1);
	assert_int_equal(todo_at(0), UT_REMOTE_ATTACHING);
	why(0, "being attached");
	ut_remote_list_begins(&remotes);
	ut_remote_list_ends(&remotes);
	assert_int_equal(remotes.n, 1);
	assert_int_equal(todo_at(0), UT_REMOTE_ATTACHING);
	assert_int_equal(given_up, 0);
	event(UT_WATCH_GONE, "1-2");
	assert_int_equal(remotes.n, 0);
	assert_int_equal(given_up, 1);
}

static void test_stop(void **state)
{
	device("1-2", 2, UT_WATCH_FREE);
	device("1-3", 3, UT_WATCH_FREE);
	attaches("1-2");
	attaches("1-3");
	ut_remotes_stop(&remotes);
	assert_int_equal(given_up, 2);
	assert_int_equal(ut_remotes_jobs(&remotes), 0);
	assert_int_equal(remotes.n, 2);
}

static void test_waits(void **state)
{
	struct ut_remote *r;

	device("1-2", 2, UT_WATCH_FREE);
	r = ut_remote_find(&remotes, "1-2");
	ut_backoff_fail(&r->backoff, 1000, 4, 60, 0);
	strcpy(r->error, "no free port");
	assert_int_equal(todo_at(4999), UT_REMOTE_WAIT);
	why(1000, "next try in 4 s: no free port");
	assert_int_equal(todo_at(5000), UT_REMOTE_ATTACH);
	/* It was busy when we asked and is free now: no reason to wait. */
	device("1-2", 2, UT_WATCH_USED);
	device("1-2", 2, UT_WATCH_FREE);
	assert_int_equal(todo_at(1000), UT_REMOTE_ATTACH);
}

static void test_backoff(void **state)
{
	static const int64_t pauses[] = { 1, 2, 4, 8, 16, 30, 30, 30 };
	struct ut_backoff b = { 0 };
	size_t i;

	for (i = 0; i < sizeof(pauses) / sizeof(pauses[0]); i++) {
		ut_backoff_fail(&b, 500, 1, 30, 0);
		assert_int_equal(b.next, 500 + pauses[i] * 1000);
	}
	/* Jitter: never more than the pause, never less than half of it. */
	ut_backoff_reset(&b);
	ut_backoff_fail(&b, 0, 10, 30, 511);
	assert_in_range(b.next, 5000, 5100);
	for (i = 0; i < 100000; i++)
		ut_backoff_fail(&b, 0, 60, 3600, (uint32_t)i);
	assert_in_range(b.next, 1800000, 3600000);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(test_list), T(test_too_many), T(test_restart), T(test_todo),
		T(test_denied), T(test_held_until_replug), T(test_waits),
		T(test_another_until_replug), T(test_being_attached),
		T(test_stop), T(test_backoff),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
