// SPDX-License-Identifier: GPL-2.0
#include <signal.h>
#include <sys/wait.h>

#include "base/clock.h"
#include "control/control_server.h"
#include "lib/cli_daemon.h"

void (*daemon_events)(ut_snapshot_event tell, void *arg);
enum ut_exit daemon_refusal;

static const char *reply_text;
static pid_t daemon_pid;

static int daemon_answer(void *arg, enum ut_control_request request,
			 struct json_object *reply, struct ut_err *err)
{
	struct json_object *o;
	FILE *f = fopen(arg, "a");

	fprintf(f, "%s\n", ut_control_request_name(request));
	fclose(f);
	if (daemon_refusal)
		return ut_err_set(err, daemon_refusal, EINVAL, "/etc/x.conf:3: no");
	o = json_tokener_parse(reply_text);
	json_object_object_foreach(o, key, value)
		json_object_object_add(reply, key, json_object_get(value));
	json_object_put(o);
	return 0;
}

static void daemon_tell(void *control, struct json_object *event)
{
	ut_control_event(control, event);
}

static void daemon_serve(const char *log)
{
	struct ut_control *c;
	struct ut_err err;
	sd_event *loop;

	if (sd_event_new(&loop) < 0 ||
	    ut_control_open(&c, loop, "tablet", daemon_answer, (void *)log,
			    &err))
		_exit(1);
	fake("", "ready");
	for (;;) {
		if (ut_loop_turn(loop, ut_control_due(c)))
			_exit(2);
		if (ut_control_watched(c)) {
			struct json_object *e = ut_json_new();

			if (daemon_events)
				daemon_events(daemon_tell, c);
			ut_json_string(e, "event", "dock-lost");
			ut_json_string(e, "name", "desk");
			ut_json_string(e, "error", "gone");
			ut_control_event(c, e);
			ut_control_close(c);
			_exit(0);
		}
	}
}

void daemon_start(const char *reply)
{
	char log[120], ready[120];
	int64_t deadline = ut_clock_ms() + 30000;

	snprintf(log, sizeof(log), "%s/asked", fake_root);
	snprintf(ready, sizeof(ready), "%s/ready", fake_root);
	reply_text = reply;
	daemon_pid = fork();
	if (!daemon_pid)
		daemon_serve(log);
	while (access(ready, F_OK))
		assert_true(ut_clock_left(deadline));
}

int daemon_teardown(void **state)
{
	if (daemon_pid > 0) {
		kill(daemon_pid, SIGKILL);
		waitpid(daemon_pid, NULL, 0);
	}
	daemon_pid = 0;
	daemon_events = NULL;
	daemon_refusal = UT_EXIT_OK;
	return fake_machine_teardown(state);
}
