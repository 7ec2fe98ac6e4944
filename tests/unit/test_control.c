// SPDX-License-Identifier: GPL-2.0
/* The control socket: requests, events, limits. */
#include "control_fixture.h"

/* --- requests --- */

static void test_requests(void **state)
{
	struct ut_control_conn c = dial();
	int i;

	for (i = 0; i < UT_CONTROL_REQUESTS; i++) {
		if (i == UT_CONTROL_WATCH)
			continue;
		request(&c, ut_control_request_name(i));
		expect_ok(&c);
		assert_int_equal(last_request, i);
	}
	assert_int_equal(asked, UT_CONTROL_REQUESTS - 1);
	assert_false(ut_control_watched(control));
	ut_control_hang_up(&c);
}

/* Several at once, in pieces: each is answered, in order. */
static void test_pieces(void **state)
{
	struct ut_control_conn c = dial();

	say(&c, "{\"schema\": 1, \"req");
	assert_int_equal(asked, 0);
	say(&c, "uest\": \"status\"}\n{\"schema\":1,\"request\":\"reload\"}\n{");
	expect_ok(&c);
	expect_ok(&c);
	assert_int_equal(asked, 2);
	say(&c, "\"schema\":1,\"request\":\"resume\"}\n");
	expect_ok(&c);
	ut_control_hang_up(&c);
}

static void test_refusal(void **state)
{
	struct ut_control_conn c = dial();
	struct json_object *o;

	answer_ret = -EINVAL;
	request(&c, "reload");
	o = hear(&c);
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
	struct ut_control_conn c = dial();
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		say(&c, rows[i].line);
		expect_error(&c, UT_EXIT_PROTOCOL, rows[i].word);
	}
	assert_int_equal(asked, 0);
	/* It may still do better. */
	request(&c, "status");
	expect_ok(&c);
	ut_control_hang_up(&c);
}

/* --- limits --- */

static void test_long_line(void **state)
{
	struct ut_control_conn c = dial();
	const char *head = "{\"schema\": 1, \"request\": \"status\"";
	char line[UT_CONTROL_MAX_LINE + 1];

	/* One that just fits: blanks are fine in JSON. */
	memset(line, ' ', sizeof(line));
	memcpy(line, head, strlen(head));
	line[UT_CONTROL_MAX_LINE - 2] = '}';
	line[UT_CONTROL_MAX_LINE - 1] = '\n';
	line[UT_CONTROL_MAX_LINE] = '\0';
	say(&c, line);
	expect_ok(&c);
	line[UT_CONTROL_MAX_LINE - 2] = ' ';
	line[UT_CONTROL_MAX_LINE - 1] = ' ';
	say(&c, line);
	expect_error(&c, UT_EXIT_PROTOCOL, "4096");
	expect_closed(&c);
	assert_int_equal(asked, 1);
	ut_control_hang_up(&c);
}

static void test_too_many(void **state)
{
	struct ut_control_conn c[UT_CONTROL_MAX_CLIENTS], more;
	size_t i;

	for (i = 0; i < UT_CONTROL_MAX_CLIENTS; i++)
		c[i] = dial();
	more = dial();
	turns(2);
	expect_error(&more, UT_EXIT_BUSY, "too many");
	expect_closed(&more);
	ut_control_hang_up(&more);
	for (i = 0; i < UT_CONTROL_MAX_CLIENTS; i++) {
		request(&c[i], "status");
		expect_ok(&c[i]);
	}
	/* One goes, another comes. */
	ut_control_hang_up(&c[3]);
	turns(2);
	c[3] = dial();
	request(&c[3], "status");
	expect_ok(&c[3]);
	for (i = 0; i < UT_CONTROL_MAX_CLIENTS; i++)
		ut_control_hang_up(&c[i]);
}

static void test_reply_too_long(void **state)
{
	struct ut_control_conn c = dial();

	answer_size = UT_CONTROL_MAX_REPLY;
	request(&c, "status");
	expect_error(&c, UT_EXIT_FAILURE, "too long");
	/* A long one that fits comes in several pieces. */
	answer_size = UT_CONTROL_MAX_REPLY - 200;
	request(&c, "status");
	while (c.len < answer_size) {
		char piece[4096];
		ssize_t n = recv(c.fd, piece, sizeof(piece), MSG_DONTWAIT);

		if (n > 0)
			c.len += (size_t)n;
		else
			turn();
	}
	c.len = 0;
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

/* One that says nothing, one that does not end its line; a watcher may. */
static void test_silence(void **state)
{
	struct ut_control_conn quiet = dial(), slow = dial(), watcher = dial();
	int left;

	say(&slow, "{\"schema\"");
	request(&watcher, "watch");
	expect_ok(&watcher);
	left = ut_control_timeout(control);
	assert_true(left > 0 && left <= UT_CONTROL_SILENCE_MS);
	turn();
	fake_now += UT_CONTROL_SILENCE_MS / 1000 + 1;
	assert_int_equal(ut_control_timeout(control), 0);
	turn();
	expect_closed(&quiet);
	expect_closed(&slow);
	assert_true(ut_control_watched(control));
	assert_int_equal(ut_control_timeout(control), -1);
	ut_control_hang_up(&quiet);
	ut_control_hang_up(&slow);
	ut_control_hang_up(&watcher);
	turns(2);
	assert_false(ut_control_watched(control));
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
	ut_control_event(control, o);
}

static void test_watch(void **state)
{
	struct ut_control_conn watcher = dial(), other = dial();
	struct json_object *o;

	event("before", 0);
	request(&watcher, "watch");
	expect_ok(&watcher);
	event("one", 0);
	event("two", 100);
	o = hear(&watcher);
	assert_string_equal(ut_json_text(o, "event"), "one");
	assert_true(ut_json_number(o, "time_ms") > 0);
	json_object_put(o);
	o = hear(&watcher);
	assert_string_equal(ut_json_text(o, "event"), "two");
	json_object_put(o);
	/* The other has not asked for any. */
	request(&other, "status");
	expect_ok(&other);
	assert_int_equal(other.len, 0);
	/* A watcher has nothing more to say. */
	request(&watcher, "status");
	expect_closed(&watcher);
	ut_control_hang_up(&watcher);
	ut_control_hang_up(&other);
}

static void test_watch_refused(void **state)
{
	struct ut_control_conn c = dial();

	answer_ret = -EPERM;
	request(&c, "watch");
	expect_error(&c, UT_EXIT_CONFIG, "no");
	assert_false(ut_control_watched(control));
	ut_control_hang_up(&c);
}

/* One that does not read is dropped; one that reads gets all. */
static void test_slow_reader(void **state)
{
	struct ut_control_conn slow = dial(), good = dial();
	struct json_object *o;
	int i;

	request(&slow, "watch");
	request(&good, "watch");
	expect_ok(&good);
	/* The kernel has room for some hundred kB; then our limit counts. */
	for (i = 0; i < 1000; i++) {
		event("tick", 4000);
		turn();
		o = hear(&good);
		assert_string_equal(ut_json_text(o, "event"), "tick");
		json_object_put(o);
	}
	for (i = 0; !ut_control_read(&slow, ut_clock_ms() + 1000, &o, &err); i++)
		json_object_put(o);
	assert_true(i > 0 && i < 1000);
	assert_true(ut_control_watched(control));
	ut_control_hang_up(&slow);
	ut_control_hang_up(&good);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, control_setup, control_teardown)
	const struct CMUnitTest tests[] = {
		T(test_requests), T(test_pieces), T(test_refusal),
		T(test_bad_lines), T(test_long_line), T(test_too_many),
		T(test_reply_too_long), T(test_silence), T(test_watch),
		T(test_watch_refused), T(test_slow_reader),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
