/* SPDX-License-Identifier: GPL-2.0 */
/* A control socket in a directory of our own, and clients in the same process. */
#ifndef UT_TEST_CONTROL_FIXTURE_H
#define UT_TEST_CONTROL_FIXTURE_H

#include <errno.h>
#include <stdio.h>

#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "lib/unit.h"
#include "base/clock.h"
#include "control/client.h"
#include "control/server.h"
#include "lib/scratch.h"

static char dir[SCRATCH_SIZE];
static struct ut_control *control;
static struct ut_err err;

/* What the answer function does, and what it was asked. */
static int asked, answer_ret;
static enum ut_control_request last_request;
static size_t answer_size;

static int answer(void *arg, enum ut_control_request request,
		  struct json_object *reply, struct ut_err *e)
{
	char *text;

	assert_ptr_equal(arg, &asked);
	asked++;
	last_request = request;
	if (answer_ret) {
		ut_err_set(e, UT_EXIT_CONFIG, answer_ret, "/etc/x:3: no");
		ut_err_hint(e, "correct it");
		return answer_ret;
	}
	text = calloc(1, answer_size + 1);
	assert_non_null(text);
	memset(text, 'x', answer_size);
	ut_json_string(reply, "filler", text);
	free(text);
	return 0;
}

static inline int control_setup(void **state)
{
	asked = 0;
	answer_ret = 0;
	answer_size = 0;
	ut_err_clear(&err);
	if (scratch_make(dir, "control"))
		return -1;
	ut_control_dir_set(dir);
	return ut_control_open(&control, "tablet", answer, &asked, &err);
}

static inline int control_teardown(void **state)
{
	ut_control_close(control);
	control = NULL;
	ut_control_dir_set(NULL);
	return scratch_drop(dir);
}

/* One turn of the loop; it does not wait. */
static inline void turn(void)
{
	struct pollfd p[UT_CONTROL_MAX_POLL];
	size_t n = ut_control_poll_fill(control, p, UT_CONTROL_MAX_POLL);

	assert_true(n > 0);
	assert_true(poll(p, n, 0) >= 0);
	ut_control_poll_done(control, p, n);
}

static inline void turns(int n)
{
	while (n--)
		turn();
}

static inline struct ut_control_conn dial(void)
{
	struct ut_control_conn c;

	if (ut_control_connect(&c, "tablet", &err))
		fail_msg("%s", err.msg);
	turn();
	return c;
}

static inline void say(const struct ut_control_conn *c, const char *text)
{
	assert_int_equal(send(c->fd, text, strlen(text), MSG_NOSIGNAL),
			 (int)strlen(text));
	turns(2);
}

/* The line that is there already. */
static inline struct json_object *hear(struct ut_control_conn *c)
{
	struct json_object *o;

	if (ut_control_read(c, ut_clock_ms() + 1000, &o, &err))
		fail_msg("%s", err.msg);
	return o;
}

static inline void expect_error(struct ut_control_conn *c, enum ut_exit code,
			 const char *word)
{
	struct json_object *o = hear(c);

	assert_false(ut_json_true(o, "ok"));
	assert_int_equal(ut_json_number(o, "code"), code);
	if (!strstr(ut_json_text(o, "error"), word))
		fail_msg("no \"%s\" in \"%s\"", word, ut_json_text(o, "error"));
	json_object_put(o);
}

static inline void expect_ok(struct ut_control_conn *c)
{
	struct json_object *o = hear(c);

	if (!ut_json_true(o, "ok"))
		fail_msg("%s", ut_json_text(o, "error"));
	json_object_put(o);
}

static inline void expect_closed(struct ut_control_conn *c)
{
	struct json_object *o;

	turns(2);
	assert_int_equal(ut_control_read(c, ut_clock_ms() + 1000, &o, &err),
			 -EPIPE);
}

static inline void request(const struct ut_control_conn *c, const char *name)
{
	char line[128];

	snprintf(line, sizeof(line), "{\"schema\": 1, \"request\": \"%s\"}\n",
		 name);
	say(c, line);
}

#endif /* UT_TEST_CONTROL_FIXTURE_H */
