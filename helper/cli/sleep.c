// SPDX-License-Identifier: GPL-2.0
/* usbip-tls suspend, usbip-tls resume: before and after the machine sleeps. */
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "common/clock.h"
#include "control/client.h"
#include "tablet/sleep.h"

/* All of suspend; the daemon's part of it, which is short. */
#define DEADLINE_MS	10000
#define ASK_MS		3000

/* Prints what went wrong with the daemon; the exit code of it, or 0. */
static int ask(enum ut_control_request request, size_t *daemons)
{
	struct ut_err err;

	ut_err_clear(&err);
	if (!ut_control_ask_all(request, ut_clock_ms() + ASK_MS, NULL, NULL,
				daemons, &err))
		return 0;
	return ut_cli_fail(&err);
}

static void print_mount(const struct ut_sleep_mount *m)
{
	if (!m->at.point[0])
		printf("port %u: its file systems cannot be told; all of the machine",
		       m->port);
	else
		printf("port %u: %s (%s) was in use", m->port, m->at.point,
		       m->at.source);
	if (!m->ret)
		printf(", and is written (%u ms)\n", m->ms);
	else
		printf(", and may not be written: %s\n", strerror(-m->ret));
}

static void print_all(const struct ut_sleep *s, int64_t begin)
{
	size_t i, j, gone = 0;

	for (i = 0; i < s->n; i++) {
		for (j = 0; j < s->n_mounts; j++)
			if (s->mounts[j].port == s->ports[i].port)
				print_mount(&s->mounts[j]);
		printf("port %u: %s: %s\n", s->ports[i].port, s->ports[i].text,
		       s->ports[i].ret ? strerror(-s->ports[i].ret) :
		       "detached");
		gone += !s->ports[i].ret;
	}
	printf("%zu device%s detached in %.2f s\n", gone, gone == 1 ? "" : "s",
	       (double)(ut_clock_ms() - begin) / 1000);
}

static struct json_object *json_of(const struct ut_sleep *s, size_t daemons)
{
	struct json_object *o = ut_json_new(), *array, *one;
	size_t i;

	ut_json_uint(o, "daemons", daemons);
	array = ut_json_array(o, "ports");
	for (i = 0; i < s->n; i++) {
		one = json_object_new_object();
		ut_json_uint(one, "port", s->ports[i].port);
		ut_json_string(one, "device", s->ports[i].text);
		ut_json_bool(one, "detached", !s->ports[i].ret);
		json_object_array_add(array, one);
	}
	array = ut_json_array(o, "mounts");
	for (i = 0; i < s->n_mounts; i++) {
		one = json_object_new_object();
		ut_json_uint(one, "port", s->mounts[i].port);
		ut_json_string(one, "point", s->mounts[i].at.point);
		ut_json_string(one, "source", s->mounts[i].at.source);
		ut_json_bool(one, "written", !s->mounts[i].ret);
		json_object_array_add(array, one);
	}
	return o;
}

static int run_suspend(struct ut_cli *cli, int argc, char **argv)
{
	int64_t begin = ut_clock_ms();
	size_t daemons = 0;
	struct ut_sleep s;
	struct ut_err err;
	int ret, code;
	bool json;

	(void)cli;
	ret = ut_cli_json_only(&ut_verb_suspend, argc, argv, &json);
	if (ret)
		return ret - 1;
	ut_err_clear(&err);
	/* A daemon that does not answer must not keep anything from being saved. */
	code = ask(UT_CONTROL_SUSPEND, &daemons);
	ret = ut_sleep_detach(&s, begin + DEADLINE_MS, &err);
	if (json)
		ut_json_print(json_of(&s, daemons));
	else
		print_all(&s, begin);
	if (!json && !daemons)
		printf("usbip-tlsd does not run here: what was detached is to be attached by hand\n");
	ut_sleep_free(&s);
	return ret ? ut_cli_fail(&err) : code;
}

static int run_resume(struct ut_cli *cli, int argc, char **argv)
{
	size_t daemons = 0;
	int ret, code;
	bool json;

	(void)cli;
	ret = ut_cli_json_only(&ut_verb_resume, argc, argv, &json);
	if (ret)
		return ret - 1;
	code = ask(UT_CONTROL_RESUME, &daemons);
	if (code)
		return code;
	if (json) {
		struct json_object *o = ut_json_new();

		ut_json_uint(o, "daemons", daemons);
		return ut_json_print(o);
	}
	printf(daemons ? "usbip-tlsd attaches again by rule\n" :
	       "usbip-tlsd does not run here: attach by hand what you need\n");
	return UT_EXIT_OK;
}

const struct ut_verb ut_verb_suspend = {
	.name = "suspend",
	.summary = "before this machine sleeps: save and detach everything",
	.help =
	"Usage: usbip-tls suspend [--json]\n"
	"\n"
	"A machine cannot sleep while devices of docks are attached. This writes the\n"
	"file systems on them, tells which were mounted, detaches port after port, and\n"
	"keeps the daemon from attaching anything until \"usbip-tls resume\". It takes\n"
	"10 s at most. With systemd it is called by itself before the machine sleeps.\n"
	"Without a running daemon it does the same; attach by hand afterwards.\n"
	"\n"
	"  --json      output as JSON\n"
	"  -h, --help  this text\n"
	"\n"
	"Needs root. Exit codes: 4 rights, 12 not done within 10 s.\n",
	.run = run_suspend,
};

const struct ut_verb ut_verb_resume = {
	.name = "resume",
	.summary = "after this machine has slept: let the daemon attach again",
	.help =
	"Usage: usbip-tls resume [--json]\n"
	"\n"
	"Ends what \"usbip-tls suspend\" has begun: the daemon connects to its docks\n"
	"anew and attaches by rule. With systemd it is called by itself when the machine\n"
	"wakes up.\n"
	"\n"
	"  --json      output as JSON\n"
	"  -h, --help  this text\n"
	"\n"
	"Needs root. Exit codes: 4 rights, 12 the daemon does not answer.\n",
	.run = run_resume,
};
