// SPDX-License-Identifier: GPL-2.0
/* usbip-tls watch */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/loop.h"
#include "cli/cli.h"
#include "control/control_client.h"

#define ASK_MS		5000
#define MAX_CONNS	3

/* --- one event for a person --- */

/* What there is to say of an event whose name begins so. */
static const struct {
	const char *begins;
	const char *format;
} events[] = {
	{ "session-", "session {#session}: {busid} with {other} \"{peer}\"[reason_text?: {reason_text}]\n" },
	{ "device-", "{busid} {vid}:{pid} {name}[dock? of dock \"{dock}\"][why?: {why}]\n" },
	{ "dock-", "\"{name}\" at {host} port {#tcp_port}[error?: {error}]\n" },
	{ "tablet-", "\"{name}\" at {address}[busid?, for {busid}][why?: {why}]\n" },
	{ "", "{error}\n" },
};

static void print_event(struct json_object *e)
{
	const char *event = ut_json_text(e, "event");
	time_t when = (time_t)(ut_json_number(e, "time_ms") / 1000);
	char text[32] = "";
	size_t i = 0;
	struct tm tm;

	if (localtime_r(&when, &tm))
		strftime(text, sizeof(text), "%H:%M:%S", &tm);
	printf("%s.%03u ", text,
	       (unsigned int)(ut_json_number(e, "time_ms") % 1000));
	ut_json_printf(e, "{event} ");
	while (strncmp(event, events[i].begins, strlen(events[i].begins)))
		i++;
	ut_json_string(e, "other", strcmp(ut_json_text(e, "role"), "tablet") ?
		       "tablet" : "dock");
	ut_json_printf(e, events[i].format);
}

/* --- the stream --- */

/**
 * struct watched - one daemon
 * @conn: to it
 * @json: lines for programs
 * @err: why it is over
 */
struct watched {
	struct ut_control_conn conn;
	bool json;
	struct ut_err *err;
};

/* Takes one event. 0, or -errno when it is over. */
static int take(struct watched *w)
{
	struct json_object *e;
	int ret = ut_control_read(&w->conn, INT64_MAX, &e, w->err);

	if (ret)
		return ret;
	if (w->json)
		printf("%s\n", json_object_to_json_string_ext(e,
				JSON_C_TO_STRING_PLAIN |
				JSON_C_TO_STRING_NOSLASHESCAPE));
	else
		print_event(e);
	json_object_put(e);
	/* A reader that is gone ends the watching. */
	return fflush(stdout) ? ut_err_errno(w->err, UT_EXIT_FAILURE, errno,
					     "cannot write the event") : 0;
}

/* The same for all lines that have come with an earlier one. */
static int take_rest(struct watched *w)
{
	int ret = 0;

	while (!ret && w->conn.len && memchr(w->conn.buf, '\n', w->conn.len))
		ret = take(w);
	return ret;
}

static int on_daemon(sd_event_source *s, int fd, uint32_t events, void *arg)
{
	int ret = take(arg);

	if (!ret)
		ret = take_rest(arg);
	return ret ? sd_event_exit(sd_event_source_get_event(s), ret) : 0;
}

static int stream(struct watched *all, size_t n, struct ut_err *err)
{
	sd_event *loop = NULL;
	int ret = sd_event_new(&loop);
	size_t i;

	ut_err_clear(err);
	for (i = 0; ret >= 0 && i < n; i++) {
		ret = take_rest(&all[i]);
		if (!ret)
			ret = sd_event_add_io(loop, NULL, all[i].conn.fd,
					      EPOLLIN, on_daemon, &all[i]);
	}
	if (ret >= 0)
		ret = sd_event_loop(loop);
	sd_event_unref(loop);
	if (ret < 0 && err->code == UT_EXIT_OK)
		ut_err_errno(err, UT_EXIT_FAILURE, ret, "cannot watch");
	return ret;
}

/* Begins to watch every daemon that runs; how many in *n. */
static int begin(struct watched *all, size_t *n, struct ut_err *err)
{
	struct json_object *reply;
	int i, ret;

	for (i = 0; ut_control_roles[i] && *n < MAX_CONNS; i++) {
		ret = ut_control_connect(&all[*n].conn, ut_control_roles[i],
					 err);
		if (ret == -ENOENT)
			continue;
		if (ret)
			return ret;
		(*n)++;
		ret = ut_control_ask(&all[*n - 1].conn, UT_CONTROL_WATCH,
				     ut_clock_ms() + ASK_MS, &reply, err);
		if (ret)
			return ret;
		json_object_put(reply);
		fprintf(stderr, "watching usbip-tlsd (%s)\n",
			ut_control_roles[i]);
	}
	return *n ? 0 : -ENOENT;
}

/* It ends with an error, be it that of a daemon that has ended. */
static int run(struct ut_cli *cli, void *args, struct json_object *o,
	       struct ut_err *err)
{
	struct watched all[MAX_CONNS];
	size_t n = 0, i;
	int ret;

	for (i = 0; i < MAX_CONNS; i++)
		all[i] = (struct watched){ .json = cli->json, .err = err };
	ret = begin(all, &n, err);
	if (!ret)
		ret = stream(all, n, err);
	while (n)
		ut_control_hang_up(&all[--n].conn);
	return ret;
}

static const struct ut_opt opts[] = {
	{ 0, "json", NULL, "one JSON object per line", .kind = UT_ARG_JSON },
	UT_ROW_HELP, { 0 },
};

const struct ut_verb ut_verb_watch = {
	.name = "watch",
	.summary = "print events as they happen",
	.about =
	"Prints a line for each event of the daemon until it is interrupted or the\n"
	"daemon ends: sessions opened and closed, docks connected and lost, devices\n"
	"added, attached, refused, removed, configuration reloaded.\n",
	.exits =
	"Needs root. Exit codes: 4 rights, 5 no daemon, or it has ended, 10 too many\n"
	"watchers.\n",
	.forms = (const struct ut_form[]){ { NULL, run, NULL }, { 0 } },
	.opts = opts,
};
