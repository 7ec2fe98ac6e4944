// SPDX-License-Identifier: GPL-2.0
/* usbip-tls detach */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>

#include "cli/cli.h"
#include "base/clock.h"
#include "tablet/flush.h"

/* The driver releases the port in the background. */
#define DEADLINE_MS	10000
/* A file system that is written already is unmounted at once. */
#define UNMOUNT_MS	10000

#define TEXT_SIZE	(PATH_MAX + 320)

/**
 * struct args - of the command
 * @port: -p
 * @given: @port is
 * @unmount: --unmount
 * @force: --force
 * @json: --json
 */
struct args {
	unsigned long port;
	bool given;
	bool unmount;
	bool force;
	bool json;
};

enum { OPT_UNMOUNT = UT_OPT_FIRST_FREE, OPT_FORCE };

/* --- what uses it --- */

static size_t count(const struct ut_uses *u)
{
	size_t i, n = 0;

	for (i = 0; i < u->n; i++)
		n += ut_use_counts(&u->v[i]);
	return n;
}

static int refuse(const struct args *a, const struct ut_uses *u,
		  struct ut_err *err)
{
	char text[TEXT_SIZE], list[UT_ERR_MSG_SIZE] = "";
	size_t i, len, shown = 0, n = count(u);

	for (i = 0; i < u->n && shown < 3; i++) {
		if (!ut_use_counts(&u->v[i]))
			continue;
		len = strlen(list);
		snprintf(list + len, sizeof(list) - len, "%s%.100s",
			 shown++ ? ", " : "",
			 ut_use_text(&u->v[i], text, sizeof(text)));
	}
	ut_err_set(err, UT_EXIT_BUSY, EBUSY, "port %lu is in use: %s%s",
		   a->port, list, n > shown ? ", ..." : "");
	ut_err_hint(err, a->unmount ?
		    "end what uses it, or give --force: what is not written is lost then" :
		    "unmount it, or let --unmount do that; with --force what is not written is lost");
	return -EBUSY;
}

static int look(const char *busid, struct ut_uses *u, struct ut_err *err)
{
	int ret = ut_uses_of(busid, u);

	if (!ret)
		return 0;
	ut_err_errno(err, ut_exit_of_errno(ret), ret,
		     "cannot find out what uses the device");
	ut_err_hint(err, "--force detaches it all the same; what is not written is lost then");
	return ret;
}

/* --- writing, unmounting --- */

static void tell(const struct ut_flush *f)
{
	char text[TEXT_SIZE];
	size_t i;

	for (i = 0; i < f->n; i++)
		if (ut_task_runs(&f->items[i].task))
			fprintf(stderr, "usbip-tls: still writing %s\n",
				ut_flush_text(&f->items[i], text,
					      sizeof(text)));
}

static int write_out(const struct args *a, struct ut_uses *u, int64_t deadline,
		     struct ut_err *err)
{
	int64_t next = ut_clock_ms() + 5000;
	const struct ut_flush_item *failed;
	struct ut_flush f = { 0 };
	char text[TEXT_SIZE];
	int ret;

	ret = ut_flush_add(&f, (uint32_t)a->port, u);
	if (ret)
		return ut_err_errno(err, UT_EXIT_FAILURE, ret,
				    "cannot write what is in memory");
	ut_flush_start(&f);
	while (ut_flush_step(&f, deadline)) {
		if (ut_clock_left(next))
			continue;
		tell(&f);
		next += 5000;
	}
	failed = ut_flush_failed(&f, (uint32_t)a->port);
	if (failed) {
		ret = failed->ret;
		ut_err_errno(err, ut_exit_of_errno(ret), ret,
			     "%.200s is not written, and stays attached",
			     ut_flush_text(failed, text, sizeof(text)));
		ut_err_hint(err, "--force detaches it all the same; what is not written is lost then");
	}
	ut_flush_free(&f);
	return ret;
}

static void unmount_task(const void *arg, void *result)
{
	const struct ut_use *use = arg;
	int *ret = result;

	if (umount2(use->what, UMOUNT_NOFOLLOW))
		*ret = -errno;
}

/* In a process of its own: it hangs if the dock has gone meanwhile. */
static int unmount_one(const struct ut_use *use, struct ut_err *err)
{
	struct ut_task task = { 0 };
	struct pollfd p;
	int ret, told;

	ret = ut_task_start(&task, unmount_task, use, sizeof(told));
	if (!ret) {
		p = (struct pollfd){ task.fd, POLLIN, 0 };
		if (poll(&p, 1, UNMOUNT_MS) <= 0) {
			ut_task_leave(&task);
			ret = -ETIMEDOUT;
		} else {
			ret = ut_task_done(&task, &told, sizeof(told)) ? told :
			      -EFAULT;
		}
	}
	if (!ret)
		return 0;
	ut_err_errno(err, ret == -EBUSY ? UT_EXIT_BUSY : ut_exit_of_errno(ret),
		     ret, "cannot unmount %.200s", use->what);
	if (ret == -EBUSY)
		ut_err_hint(err, "a program uses it; fuser -vm names it");
	return ret;
}

/* What was mounted last goes first: it may be below another one. */
static int unmount_all(const struct ut_uses *u, struct ut_err *err)
{
	size_t i;
	int ret;

	for (i = u->n; i-- > 0; ) {
		if (u->v[i].kind != UT_USE_MOUNT)
			continue;
		ret = unmount_one(&u->v[i], err);
		if (ret)
			return ret;
	}
	return 0;
}

/*
 * Sees to it that nothing is lost; *u is what was in use. Programs that write to the
 * disk itself cannot be ended by us.
 */
static int release(const struct args *a, const char *busid, int64_t deadline,
		   struct ut_uses *u, struct ut_err *err)
{
	struct ut_uses left;
	int ret;

	ret = look(busid, u, err);
	if (ret)
		return ret;
	if (!a->unmount && count(u))
		return refuse(a, u, err);
	ret = write_out(a, u, deadline, err);
	if (ret || !a->unmount)
		return ret;
	ret = unmount_all(u, err);
	if (!ret)
		ret = look(busid, &left, err);
	if (ret)
		return ret;
	if (count(&left))
		ret = refuse(a, &left, err);
	ut_uses_free(&left);
	return ret;
}

/* --- the command --- */

static struct json_object *json_of(const struct args *a,
				   const struct ut_uses *u, bool detached)
{
	struct json_object *o = ut_json_new(), *array, *one;
	size_t i;

	ut_json_uint(o, "port", a->port);
	ut_json_bool(o, "detached", detached);
	array = ut_json_array(o, "uses");
	for (i = 0; i < u->n; i++) {
		one = json_object_new_object();
		ut_json_string(one, "kind", ut_use_name(u->v[i].kind));
		ut_json_string(one, "what", u->v[i].what);
		ut_json_string(one, "source", u->v[i].source);
		if (u->v[i].pid)
			ut_json_uint(one, "pid", (uint64_t)u->v[i].pid);
		json_object_array_add(array, one);
	}
	return o;
}

static int parse(struct args *a, int argc, char **argv)
{
	static const struct option opts[] = {
		{ "port", required_argument, NULL, 'p' },
		{ "unmount", no_argument, NULL, OPT_UNMOUNT },
		{ "force", no_argument, NULL, OPT_FORCE },
		UT_LONG_JSON, UT_LONG_HELP, UT_LONG_END,
	};
	int c, ret;

	while ((c = getopt_long(argc, argv, "p:h", opts, NULL)) != -1) {
		switch (c) {
		case 'p':
			if (!ut_cli_number(optarg, 0, UT_VHCI_MAX_PORTS - 1,
					   &a->port))
				return 1 + ut_cli_usage(&ut_verb_detach,
							"\"%s\" is not a port number",
							optarg);
			a->given = true;
			break;
		case OPT_UNMOUNT:
			a->unmount = true;
			break;
		case OPT_FORCE:
			a->force = true;
			break;
		default:
			ret = ut_cli_option(&ut_verb_detach, c, &a->json);
			if (ret)
				return ret;
		}
	}
	if (optind < argc)
		return 1 + ut_cli_unexpected(&ut_verb_detach, argv[optind]);
	if (!a->given)
		return 1 + ut_cli_usage(&ut_verb_detach,
					"which port? Give -p PORT");
	if (a->unmount && a->force)
		return 1 + ut_cli_usage(&ut_verb_detach,
					"--unmount saves what --force gives up: give one of them");
	return 0;
}

static int detach(const struct ut_cli *cli, const struct args *a,
		  struct ut_uses *u, struct ut_err *err)
{
	struct ut_vhci_port port;
	int ret = ut_vhci_get((uint32_t)a->port, &port, err);

	/* Without a bus id it is no device of the machine yet, or no more. */
	if (!ret && !a->force && port.busid[0])
		ret = release(a, port.busid, ut_clock_ms() + ut_cli_sleep_ms(cli, false), u,
			      err);
	if (!ret)
		ret = ut_vhci_detach((uint32_t)a->port, err);
	if (!ret)
		ret = ut_vhci_wait_free((uint32_t)a->port, DEADLINE_MS, err);
	return ret;
}

static int run(struct ut_cli *cli, int argc, char **argv)
{
	struct args a = { 0 };
	struct ut_uses u = { 0 };
	struct ut_err err;
	int ret = parse(&a, argc, argv);

	if (ret)
		return ret - 1;
	ut_err_clear(&err);
	ret = detach(cli, &a, &u, &err);
	if (a.json)
		ut_json_print(json_of(&a, &u, !ret));
	else if (!ret)
		printf("port %lu: detached\n", a.port);
	ut_uses_free(&u);
	return ret ? ut_cli_fail(&err) : UT_EXIT_OK;
}

const struct ut_verb ut_verb_detach = {
	.name = "detach",
	.summary = "give an attached device back to its dock",
	.help =
	"Usage: usbip-tls detach -p PORT [--unmount | --force] [--json]\n"
	"\n"
	"Ends the use of a device, as if it were unplugged. The dock can give it to\n"
	"another tablet at once. A disk that is mounted, that the machine swaps to, or\n"
	"that a program writes to, is not detached: what uses it is named.\n"
	"\n"
	"  -p, --port PORT  number of the port, as shown by usbip-tls port\n"
	"  --unmount        write, unmount, end swapping, then detach\n"
	"  --force          detach whatever uses it; what is not written is lost\n"
	"  --json           output as JSON\n"
	"  -h, --help       this text\n"
	"\n"
	"Needs root. Exit codes: 3 module, 4 rights, 5 no such port or nothing\n"
	"attached, 10 in use, 12 not written within [tablet] sleep_wait, or not released\n"
	"within 10 s.\n",
	.run = run,
};
