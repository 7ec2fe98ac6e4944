// SPDX-License-Identifier: GPL-2.0
#include "lib/control_bed.h"

char ctl_dir[SCRATCH_SIZE];
struct ut_control *ctl;
sd_event *ctl_loop;
struct ut_err ctl_err;
int ctl_asked, ctl_answer_ret;
enum ut_control_request ctl_last_request;
size_t ctl_answer_size;

int ctl_answer(void *arg, enum ut_control_request request,
	       struct json_object *reply, struct ut_err *e)
{
	char *text;

	assert_ptr_equal(arg, &ctl_asked);
	ctl_asked++;
	ctl_last_request = request;
	if (ctl_answer_ret) {
		ut_err_set(e, UT_EXIT_CONFIG, ctl_answer_ret, "/etc/x:3: no");
		ut_err_hint(e, "correct it");
		return ctl_answer_ret;
	}
	text = calloc(1, ctl_answer_size + 1);
	assert_non_null(text);
	memset(text, 'x', ctl_answer_size);
	ut_json_string(reply, "filler", text);
	free(text);
	return 0;
}

int ctl_setup(void **state)
{
	ctl_asked = 0;
	ctl_answer_ret = 0;
	ctl_answer_size = 0;
	ut_err_clear(&ctl_err);
	if (scratch_make(ctl_dir, "control"))
		return -1;
	ut_control_dir_set(ctl_dir);
	if (sd_event_new(&ctl_loop) < 0)
		return -1;
	return ut_control_open(&ctl, ctl_loop, "tablet", ctl_answer,
			       &ctl_asked, &ctl_err);
}

int ctl_teardown(void **state)
{
	ut_control_close(ctl);
	ctl = NULL;
	ctl_loop = sd_event_unref(ctl_loop);
	ut_control_dir_set(NULL);
	return scratch_drop(ctl_dir);
}

void ctl_turn(void)
{
	assert_int_equal(ut_loop_turn(ctl_loop, 0), 0);
	ut_control_due(ctl);
}

void ctl_turns(int n)
{
	while (n--)
		ctl_turn();
}

struct ut_control_conn ctl_dial(void)
{
	struct ut_control_conn c;

	if (ut_control_connect(&c, "tablet", &ctl_err))
		fail_msg("%s", ctl_err.msg);
	ctl_turn();
	return c;
}

void ctl_say(const struct ut_control_conn *c, const char *text)
{
	assert_int_equal(send(c->fd, text, strlen(text), MSG_NOSIGNAL),
			 (int)strlen(text));
	ctl_turns(2);
}

struct json_object *ctl_hear(struct ut_control_conn *c)
{
	struct json_object *o;

	if (ut_control_read(c, ut_clock_ms() + 1000, &o, &ctl_err))
		fail_msg("%s", ctl_err.msg);
	return o;
}

void ctl_expect_error(struct ut_control_conn *c, enum ut_exit code,
		      const char *word)
{
	struct json_object *o = ctl_hear(c);

	assert_false(ut_json_true(o, "ok"));
	assert_int_equal(ut_json_number(o, "code"), code);
	if (!strstr(ut_json_text(o, "error"), word))
		fail_msg("no \"%s\" in \"%s\"", word, ut_json_text(o, "error"));
	json_object_put(o);
}

void ctl_expect_ok(struct ut_control_conn *c)
{
	struct json_object *o = ctl_hear(c);

	if (!ut_json_true(o, "ok"))
		fail_msg("%s", ut_json_text(o, "error"));
	json_object_put(o);
}

void ctl_expect_closed(struct ut_control_conn *c)
{
	struct json_object *o;

	ctl_turns(2);
	assert_int_equal(ut_control_read(c, ut_clock_ms() + 1000, &o, &ctl_err),
			 -EPIPE);
}

void ctl_request(const struct ut_control_conn *c, const char *name)
{
	char line[128];

	snprintf(line, sizeof(line), "{\"schema\": 1, \"request\": \"%s\"}\n",
		 name);
	ctl_say(c, line);
}
