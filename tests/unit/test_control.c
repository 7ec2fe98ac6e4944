// SPDX-License-Identifier: GPL-2.0
/* The control socket: requests, events, limits. */
#include "lib/control_bed.h"

/* --- requests --- */

static void test_requests(void **state)
{
	struct ut_control_conn c = ctl_dial();
	int i;

	for (i = 0; i < UT_CONTROL_REQUESTS; i++) {
		if (i == UT_CONTROL_WATCH)
			continue;
		ctl_request(&c, ut_control_request_name(i));
		ctl_expect_ok(&c);
		assert_int_equal(ctl_last_request, i);
	}
	assert_int_equal(ctl_asked, UT_CONTROL_REQUESTS - 1);
	assert_false(ut_control_watched(ctl));
	ut_control_hang_up(&c);
}

/* Several at once, in pieces: each is answered, in order. */
static void test_pieces(void **state)
{
	struct ut_control_conn c = ctl_dial();

	ctl_say(&c, "{\"schema\": 1, \"req");
	assert_int_equal(ctl_asked, 0);
	ctl_say(&c,
		"uest\": \"status\"}\n{\"schema\":1,\"request\":\"reload\"}\n{");
	ctl_expect_ok(&c);
	ctl_expect_ok(&c);
	assert_int_equal(ctl_asked, 2);
	ctl_say(&c, "\"schema\":1,\"request\":\"resume\"}\n");
	ctl_expect_ok(&c);
	ut_control_hang_up(&c);
}

static void test_refusal(void **state)
{
	struct ut_control_conn c = ctl_dial();
	struct json_object *o;

	ctl_answer_ret = -EINVAL;
	ctl_request(&c, "reload");
	o = ctl_hear(&c);
	assert_string_equal(ut_json_text(o, "error"), "/etc/x:3: no");
	assert_string_equal(ut_json_text(o, "hint"), "correct it");
	assert_int_equal(ut_json_number(o, "code"), UT_EXIT_CONFIG);
	json_object_put(o);
	ut_control_hang_up(&c);
}

static void test_bad_lines(void **state)
{
	static const struct {
		const char *line;
		const char *word;
	} rows[] = {
		{ "\n", "JSON" },
		{ "status\n", "JSON" },
		{ "[1]\n", "JSON" },
		{ "null\n", "JSON" },
		{ "{\"schema\": 1\n", "JSON" },
		{ "{\"schema\": 1} {}\n", "JSON" },
		{ "{\"schema\": 1, \"a\": [[[[[[[[1]]]]]]]]}\n", "JSON" },
		{ "{}\n", "schema" },
		{ "{\"schema\": 2, \"request\": \"status\"}\n", "schema" },
		{ "{\"schema\": \"1\", \"request\": \"status\"}\n", "schema" },
		{ "{\"schema\": 1}\n", "no request" },
		{ "{\"schema\": 1, \"request\": 7}\n", "no request" },
		{ "{\"schema\": 1, \"request\": \"stop\"}\n", "\"stop\"" },
		{ "{\"schema\": 1, \"request\": \"\\u0000\"}\n", "no request" },
	};
	struct ut_control_conn c = ctl_dial();
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		ctl_say(&c, rows[i].line);
		ctl_expect_error(&c, UT_EXIT_PROTOCOL, rows[i].word);
	}
	assert_int_equal(ctl_asked, 0);
	/* The client may still send a better one. */
	ctl_request(&c, "status");
	ctl_expect_ok(&c);
	ut_control_hang_up(&c);
}

/* --- limits --- */

static void test_long_line(void **state)
{
	struct ut_control_conn c = ctl_dial();
	const char *head = "{\"schema\": 1, \"request\": \"status\"";
	char line[UT_CONTROL_MAX_LINE + 1];

	/* One that just fits: blanks are fine in JSON. */
	memset(line, ' ', sizeof(line));
	memcpy(line, head, strlen(head));
	line[UT_CONTROL_MAX_LINE - 2] = '}';
	line[UT_CONTROL_MAX_LINE - 1] = '\n';
	line[UT_CONTROL_MAX_LINE] = '\0';
	ctl_say(&c, line);
	ctl_expect_ok(&c);
	line[UT_CONTROL_MAX_LINE - 2] = ' ';
	line[UT_CONTROL_MAX_LINE - 1] = ' ';
	ctl_say(&c, line);
	ctl_expect_error(&c, UT_EXIT_PROTOCOL, "4096");
	ctl_expect_closed(&c);
	assert_int_equal(ctl_asked, 1);
	ut_control_hang_up(&c);
}

static void test_too_many(void **state)
{
	struct ut_control_conn c[UT_CONTROL_MAX_CLIENTS], more;
	size_t i;

	for (i = 0; i < UT_CONTROL_MAX_CLIENTS; i++)
		c[i] = ctl_dial();
	more = ctl_dial();
	ctl_turns(2);
	ctl_expect_error(&more, UT_EXIT_BUSY, "too many");
	ctl_expect_closed(&more);
	ut_control_hang_up(&more);
	for (i = 0; i < UT_CONTROL_MAX_CLIENTS; i++) {
		ctl_request(&c[i], "status");
		ctl_expect_ok(&c[i]);
	}
	/* When one goes, another can come. */
	ut_control_hang_up(&c[3]);
	ctl_turns(2);
	c[3] = ctl_dial();
	ctl_request(&c[3], "status");
	ctl_expect_ok(&c[3]);
	for (i = 0; i < UT_CONTROL_MAX_CLIENTS; i++)
		ut_control_hang_up(&c[i]);
}

/* Reads @size bytes of an answer that comes in several pieces. */
static void drain(const struct ut_control_conn *c, size_t size)
{
	char piece[4096];
	ssize_t n;

	while (size) {
		n = recv(c->fd, piece, size < sizeof(piece) ? size :
			 sizeof(piece), MSG_DONTWAIT);
		if (n > 0)
			size -= (size_t)n;
		else
			ctl_turn();
	}
}

static void test_reply_too_long(void **state)
{
	struct ut_control_conn c = ctl_dial();

	ctl_answer_size = UT_CONTROL_MAX_REPLY;
	ctl_request(&c, "status");
	ctl_expect_error(&c, UT_EXIT_FAILURE, "too long");
	/* A long one that fits comes in several pieces. */
	ctl_answer_size = UT_CONTROL_MAX_REPLY - 200;
	ctl_request(&c, "status");
	drain(&c, ctl_answer_size);
	ut_control_hang_up(&c);
}

/* Two requests in one packet: the second has its turn when the long answer is out. */
static void test_waits_for_long_reply(void **state)
{
	struct ut_control_conn c = ctl_dial();

	ctl_answer_size = UT_CONTROL_MAX_REPLY - 200;
	ctl_say(&c, "{\"schema\":1,\"request\":\"status\"}\n"
		    "{\"schema\":1,\"request\":\"resume\"}\n");
	assert_int_equal(ctl_asked, 1);
	ctl_answer_size = 0;
	drain(&c, UT_CONTROL_MAX_REPLY - 200);
	ctl_turns(2);
	assert_int_equal(ctl_asked, 2);
	assert_int_equal(ctl_last_request, UT_CONTROL_RESUME);
	ut_control_hang_up(&c);
}

static int64_t fake_now;

/* The clock of deadlines, so that a test need not wait. */
int __real_clock_gettime(clockid_t id, struct timespec *ts);
int __wrap_clock_gettime(clockid_t id, struct timespec *ts);

int __wrap_clock_gettime(clockid_t id, struct timespec *ts)
{
	int ret = __real_clock_gettime(id, ts);

	if (id == CLOCK_MONOTONIC)
		ts->tv_sec += fake_now;
	return ret;
}

/* One client says nothing, one does not finish its line; a watcher may. */
static void test_silence(void **state)
{
	struct ut_control_conn quiet = ctl_dial(), slow = ctl_dial(),
			       watcher = ctl_dial();
	int64_t next;

	ctl_say(&slow, "{\"schema\"");
	ctl_request(&watcher, "watch");
	ctl_expect_ok(&watcher);
	next = ut_control_due(ctl);
	assert_in_range(ut_clock_left(next), 1, UT_CONTROL_SILENCE_MS);
	ctl_turn();
	fake_now += UT_CONTROL_SILENCE_MS / 1000 + 1;
	assert_int_equal(ut_clock_left(next), 0);
	ctl_turn();
	ctl_expect_closed(&quiet);
	ctl_expect_closed(&slow);
	assert_true(ut_control_watched(ctl));
	assert_true(ut_control_due(ctl) == INT64_MAX);
	ut_control_hang_up(&quiet);
	ut_control_hang_up(&slow);
	ut_control_hang_up(&watcher);
	ctl_turns(2);
	assert_false(ut_control_watched(ctl));
}

/* --- events --- */

static void event(const char *name, size_t filler)
{
	struct json_object *o = ut_json_new();
	char *text = calloc(1, filler + 1);

	assert_non_null(text);
	memset(text, 'y', filler);
	ut_json_string(o, "event", name);
	ut_json_string(o, "filler", text);
	free(text);
	ut_control_event(ctl, o);
}

static void test_watch(void **state)
{
	struct ut_control_conn watcher = ctl_dial(), other = ctl_dial();
	struct json_object *o;

	event("before", 0);
	ctl_request(&watcher, "watch");
	ctl_expect_ok(&watcher);
	event("one", 0);
	event("two", 100);
	o = ctl_hear(&watcher);
	assert_string_equal(ut_json_text(o, "event"), "one");
	assert_true(ut_json_number(o, "time_ms") > 0);
	json_object_put(o);
	o = ctl_hear(&watcher);
	assert_string_equal(ut_json_text(o, "event"), "two");
	json_object_put(o);
	/* The other client has not asked for any. */
	ctl_request(&other, "status");
	ctl_expect_ok(&other);
	assert_int_equal(other.len, 0);
	/* A watcher has nothing more to say. */
	ctl_request(&watcher, "status");
	ctl_expect_closed(&watcher);
	ut_control_hang_up(&watcher);
	ut_control_hang_up(&other);
}

/* A watcher that has just left is no longer watching. */
static void test_watcher_gone(void **state)
{
	struct ut_control_conn watcher = ctl_dial();

	ctl_request(&watcher, "watch");
	ctl_expect_ok(&watcher);
	assert_true(ut_control_watched(ctl));
	ut_control_hang_up(&watcher);
	assert_int_equal(ut_loop_turn(ctl_loop, ut_clock_ms() + 1000), 0);
	assert_false(ut_control_watched(ctl));
}

static void test_watch_refused(void **state)
{
	struct ut_control_conn c = ctl_dial();

	ctl_answer_ret = -EPERM;
	ctl_request(&c, "watch");
	ctl_expect_error(&c, UT_EXIT_CONFIG, "no");
	assert_false(ut_control_watched(ctl));
	ut_control_hang_up(&c);
}

/* A watcher that does not read is dropped; one that reads gets everything. */
static void test_slow_reader(void **state)
{
	struct ut_control_conn slow = ctl_dial(), good = ctl_dial();
	struct json_object *o;
	int i;

	ctl_request(&slow, "watch");
	ctl_request(&good, "watch");
	ctl_expect_ok(&good);
	/* The kernel buffers some hundred kB; beyond that our limit counts. */
	for (i = 0; i < 1000; i++) {
		event("tick", 4000);
		ctl_turn();
		o = ctl_hear(&good);
		assert_string_equal(ut_json_text(o, "event"), "tick");
		json_object_put(o);
	}
	for (i = 0; !ut_control_read(&slow, ut_clock_ms() + 1000, &o, &ctl_err);
	     i++)
		json_object_put(o);
	assert_true(i > 0 && i < 1000);
	assert_true(ut_control_watched(ctl));
	ut_control_hang_up(&slow);
	ut_control_hang_up(&good);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, ctl_setup, ctl_teardown)
	const struct CMUnitTest tests[] = {
		T(test_requests), T(test_pieces), T(test_refusal),
		T(test_bad_lines), T(test_long_line), T(test_too_many),
		T(test_reply_too_long), T(test_waits_for_long_reply),
		T(test_silence), T(test_watch),
		T(test_watcher_gone), T(test_watch_refused),
		T(test_slow_reader),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
