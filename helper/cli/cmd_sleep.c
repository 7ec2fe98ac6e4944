// SPDX-License-Identifier: GPL-2.0
/* usbip-tls suspend, usbip-tls resume: before and after the machine sleeps. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "cli/cli.h"
#include "control/control_client.h"
#include "tablet/sleep.h"

/* The daemon's part of it, which is short. */
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

/* For the journal, while it waits. */
static void tell(const struct ut_flush_item *item, bool first)
{
	char text[PATH_MAX + 320];

	ut_flush_text(item, text, sizeof(text));
	if (first)
		printf("port %u: writing %s\n", item->port, text);
	else
		printf("port %u: still writing %s; this machine has %llu MiB that are not written yet\n",
		       item->port, text,
		       (unsigned long long)(ut_flush_dirty() >> 10));
	fflush(stdout);
}

static void print_item(const struct ut_flush_item *item)
{
	char text[PATH_MAX + 320];

	printf("port %u: %s was in use", item->port,
	       ut_flush_text(item, text, sizeof(text)));
	if (item->ret)
		printf(", and may not be written: %s\n", strerror(-item->ret));
	else if (item->more)
		printf(", and is written except for what programs have added since\n");
	else
		printf(", and is written (%u ms)\n", item->ms);
}

static void print_all(const struct ut_sleep *s, int64_t begin)
{
	size_t i, j, gone = 0;

	for (i = 0; i < s->n; i++) {
		for (j = 0; j < s->flush.n; j++)
			if (s->flush.items[j].port == s->ports[i].port)
				print_item(&s->flush.items[j]);
		printf("port %u: %s: %s\n", s->ports[i].port, s->ports[i].text,
		       s->ports[i].ret ? strerror(-s->ports[i].ret) :
		       "detached");
		gone += !s->ports[i].ret;
	}
	printf("%zu device%s detached in %.2f s\n", gone, gone == 1 ? "" : "s",
	       (double)(ut_clock_ms() - begin) / 1000);
}

/* An empty mount point: nobody knows what there is. */
static void add_json(struct json_object *mounts, struct json_object *others,
		     const struct ut_flush_item *item)
{
	bool fs = !item->use.what[0] || item->use.kind <= UT_USE_ELSEWHERE;
	struct json_object *one = json_object_new_object();

	ut_json_uint(one, "port", item->port);
	if (!fs)
		ut_json_string(one, "kind", ut_use_name(item->use.kind));
	ut_json_string(one, fs ? "point" : "what", item->use.what);
	ut_json_string(one, "source", item->use.source);
	ut_json_bool(one, "written", !item->ret && !item->more);
	json_object_array_add(fs ? mounts : others, one);
}

static void tell_json(struct json_object *o, const struct ut_sleep *s,
		      size_t daemons)
{
	struct json_object *array, *others, *one;
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
	others = ut_json_array(o, "others");
	for (i = 0; i < s->flush.n; i++)
		add_json(array, others, &s->flush.items[i]);
}

static int suspend(struct ut_cli *cli, void *args, struct json_object *o,
		   struct ut_err *err)
{
	int64_t begin = ut_clock_ms(), deadline;
	size_t daemons = 0;
	struct ut_sleep s;
	int ret, code;

	deadline = begin + ut_cli_sleep_ms(cli, true);
	/* A daemon that does not answer must not keep anything from being saved. */
	code = ask(UT_CONTROL_SUSPEND, &daemons);
	ret = ut_sleep_detach(&s, deadline, cli->json ? NULL : tell, err);
	if (cli->json)
		tell_json(o, &s, daemons);
	else
		print_all(&s, begin);
	if (!cli->json && !daemons)
		printf("usbip-tlsd does not run here: attach by hand what was detached\n");
	ut_sleep_free(&s);
	return ret ? ret : code;
}

static int resume(struct ut_cli *cli, void *args, struct json_object *o,
		  struct ut_err *err)
{
	size_t daemons = 0;
	int code = ask(UT_CONTROL_RESUME, &daemons);

	if (!code)
		ut_json_uint(o, "daemons", daemons);
	return code;
}

static void print_resumed(struct json_object *o, const void *args)
{
	ut_json_printf(o, "[daemons?usbip-tlsd attaches again by rule][!daemons?usbip-tlsd does not run here: attach by hand what you need]\n");
}

const struct ut_verb ut_verb_suspend = {
	.name = "suspend",
	.summary = "before this machine sleeps: save and detach everything",
	.about =
	"A machine cannot sleep while devices of docks are attached. This writes what\n"
	"is in memory for them (file systems, disks that programs have open, swap),\n"
	"reports what was in use, detaches each, and keeps the daemon from attaching\n"
	"anything until \"usbip-tls resume\". It writes for as long as a disk makes\n"
	"progress, up to [tablet] sleep_wait, 60 s by default. systemd calls it before\n"
	"the machine sleeps. Without a running daemon it does the same; attach by hand\n"
	"afterwards.\n",
	.exits = "Needs root. Exit codes: 4 rights, 12 not detached in time.\n",
	.forms = (const struct ut_form[]){ { NULL, suspend, NULL }, { 0 } },
	.opts = ut_opts_json,
};

const struct ut_verb ut_verb_resume = {
	.name = "resume",
	.summary = "after this machine has slept: let the daemon attach again",
	.about =
	"Undoes \"usbip-tls suspend\": the daemon connects to its docks again and\n"
	"attaches by rule. systemd calls it when the machine wakes up.\n",
	.exits = "Needs root. Exit codes: 4 rights, 12 the daemon does not answer.\n",
	.forms = (const struct ut_form[]){
		{ NULL, resume, print_resumed }, { 0 },
	},
	.opts = ut_opts_json,
};
