// SPDX-License-Identifier: GPL-2.0
/* usbip-tls watch */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "cli/cli.h"
#include "base/clock.h"
#include "control/client.h"

#define ASK_MS		5000
#define MAX_CONNS	3

/* --- one event for a person --- */

static void print_session(struct json_object *e)
{
	const char *role = ut_json_text(e, "role");

	printf("session %u: %s with %s \"%s\"",
	       (unsigned int)ut_json_number(e, "session"),
	       ut_json_text(e, "busid"),
	       strcmp(role, "tablet") ? "tablet" : "dock",
	       ut_json_text(e, "peer"));
	if (ut_json_text(e, "reason_text")[0])
		printf(": %s", ut_json_text(e, "reason_text"));
}

static void print_device(struct json_object *e)
{
	printf("%s %s:%s %s", ut_json_text(e, "busid"), ut_json_text(e, "vid"),
	       ut_json_text(e, "pid"), ut_json_text(e, "name"));
	if (ut_json_text(e, "dock")[0])
		printf(" of dock \"%s\"", ut_json_text(e, "dock"));
	if (ut_json_text(e, "why")[0])
		printf(": %s", ut_json_text(e, "why"));
}

static void print_dock(struct json_object *e)
{
	printf("\"%s\" at %s port %u", ut_json_text(e, "name"),
	       ut_json_text(e, "host"),
	       (unsigned int)ut_json_number(e, "tcp_port"));
	if (ut_json_text(e, "error")[0])
		printf(": %s", ut_json_text(e, "error"));
}

static void print_tablet(struct json_object *e)
{
	printf("\"%s\" at %s", ut_json_text(e, "name"),
	       ut_json_text(e, "address"));
	if (ut_json_text(e, "busid")[0])
		printf(", for %s", ut_json_text(e, "busid"));
	if (ut_json_text(e, "why")[0])
		printf(": %s", ut_json_text(e, "why"));
}

static bool begins(const char *s, const char *with)
{
	return !strncmp(s, with, strlen(with));
}

static void print_event(struct json_object *e)
{
	const char *event = ut_json_text(e, "event");
	time_t when = (time_t)(ut_json_number(e, "time_ms") / 1000);
	char text[32] = "";
	struct tm tm;

	if (localtime_r(&when, &tm))
		strftime(text, sizeof(text), "%H:%M:%S", &tm);
	printf("%s.%03u %s ", text,
	       (unsigned int)(ut_json_number(e, "time_ms") % 1000), event);
	if (begins(event, "session-"))
		print_session(e);
	else if (begins(event, "device-"))
		print_device(e);
	else if (begins(event, "dock-"))
		print_dock(e);
	else if (begins(event, "tablet-"))
		print_tablet(e);
	else
		printf("%s", ut_json_text(e, "error"));
	printf("\n");
}

/* --- the stream --- */

/* Takes what has come of one daemon. 0, or -errno when it is over. */
static int take(struct ut_control_conn *c, bool json, struct ut_err *err)
{
	struct json_object *e;
	int ret = ut_control_read(c, INT64_MAX, &e, err);

	if (ret)
		return ret;
	if (json)
		printf("%s\n", json_object_to_json_string_ext(e,
				JSON_C_TO_STRING_PLAIN |
				JSON_C_TO_STRING_NOSLASHESCAPE));
	else
		print_event(e);
	json_object_put(e);
	/* A reader that is gone ends the watching. */
	return fflush(stdout) ? ut_err_errno(err, UT_EXIT_FAILURE, errno,
					     "cannot write what happens") : 0;
}

/* The same for all lines that have come with an earlier one. */
static int take_rest(struct ut_control_conn *c, bool json, struct ut_err *err)
{
	int ret = 0;

	while (!ret && c->len && memchr(c->buf, '\n', c->len))
		ret = take(c, json, err);
	return ret;
}

static int stream(struct ut_control_conn *conns, size_t n, bool json,
		  struct ut_err *err)
{
	struct pollfd p[MAX_CONNS];
	size_t i;
	int ret;

	for (;;) {
		for (i = 0; i < n; i++) {
			ret = take_rest(&conns[i], json, err);
			if (ret)
				return ret;
			p[i] = (struct pollfd){ conns[i].fd, POLLIN, 0 };
		}
		if (poll(p, n, -1) < 0 && errno != EINTR)
			return ut_err_errno(err, UT_EXIT_FAILURE, errno,
					    "poll failed");
		for (i = 0; i < n; i++) {
			ret = p[i].revents ? take(&conns[i], json, err) : 0;
			if (ret)
				return ret;
		}
	}
}

/* Begins to watch every daemon that runs; how many in *n. */
static int begin(struct ut_control_conn *conns, size_t *n, struct ut_err *err)
{
	struct json_object *reply;
	int i, ret;

	for (i = 0; ut_control_roles[i] && *n < MAX_CONNS; i++) {
		ret = ut_control_connect(&conns[*n], ut_control_roles[i], err);
		if (ret == -ENOENT)
			continue;
		if (ret)
			return ret;
		(*n)++;
		ret = ut_control_ask(&conns[*n - 1], UT_CONTROL_WATCH,
				     ut_clock_ms() + ASK_MS, &reply, err);
		if (ret)
			return ret;
		json_object_put(reply);
		fprintf(stderr, "watching usbip-tlsd (%s)\n",
			ut_control_roles[i]);
	}
	if (*n)
		return 0;
	ret = ut_err_set(err, UT_EXIT_NOT_FOUND, ENOENT,
			 "usbip-tlsd does not run here");
	ut_err_hint(err, "start it: systemctl start usbip-tls-dock or usbip-tls-tablet");
	return ret;
}

static int run(struct ut_cli *cli, int argc, char **argv)
{
	struct ut_control_conn conns[MAX_CONNS];
	struct ut_err err;
	size_t n = 0;
	bool json;
	int ret;

	ret = ut_cli_json_only(&ut_verb_watch, argc, argv, &json);
	if (ret)
		return ret - 1;
	ut_err_clear(&err);
	ret = begin(conns, &n, &err);
	if (!ret)
		ret = stream(conns, n, json, &err);
	while (n)
		ut_control_hang_up(&conns[--n]);
	return ut_cli_fail(&err);
}

const struct ut_verb ut_verb_watch = {
	.name = "watch",
	.summary = "print what happens, as it happens",
	.help =
	"Usage: usbip-tls watch [--json]\n"
	"\n"
	"Prints a line for each event of the daemon until it is interrupted, or the\n"
	"daemon ends: sessions opened and closed, docks connected and lost, devices\n"
	"added, attached, refused, removed, configuration reloaded.\n"
	"\n"
	"  --json      one JSON object a line\n"
	"  -h, --help  this text\n"
	"\n"
	"Needs root. Exit codes: 4 rights, 5 no daemon, or it has ended, 10 too many\n"
	"watch already.\n",
	.run = run,
};
