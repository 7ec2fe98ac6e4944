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

struct args {
	unsigned int port;
	bool unmount;
	bool force;
};

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
	ut_err_set(err, UT_EXIT_BUSY, EBUSY, "port %u is in use: %s%s",
		   a->port, list, n > shown ? ", ..." : "");
	ut_err_hint(err, a->unmount ?
		    "stop what uses it, or give --force and lose unwritten data" :
		    "unmount it, or let --unmount do that; --force loses unwritten data");
	return -EBUSY;
}

static int look(const char *busid, struct ut_uses *u, struct ut_err *err)
{
	int ret = ut_uses_of(busid, u);

	if (!ret)
		return 0;
	ut_err_errno(err, ut_exit_of_errno(ret), ret,
		     "cannot find out what uses the device");
	ut_err_hint(err, "--force detaches it anyway and loses unwritten data");
	return ret;
}

/* --- writing, unmounting --- */

static void tell(const struct ut_flush_item *item, bool first)
{
	char text[TEXT_SIZE];

	if (!first)
		fprintf(stderr, "usbip-tls: still writing %s\n",
			ut_flush_text(item, text, sizeof(text)));
}

static int write_out(const struct args *a, struct ut_uses *u, int64_t deadline,
		     struct ut_err *err)
{
	const struct ut_flush_item *failed;
	struct ut_flush f = { 0 };
	char text[TEXT_SIZE];
	int ret;

	ret = ut_flush_add(&f, a->port, u);
	if (ret)
		return ut_err_errno(err, UT_EXIT_FAILURE, ret,
				    "cannot write unwritten data");
	ut_flush_run(&f, deadline, tell, NULL, NULL);
	failed = ut_flush_failed(&f, a->port);
	if (failed) {
		ret = failed->ret;
		ut_err_errno(err, ut_exit_of_errno(ret), ret,
			     "%.200s is not written, and stays attached",
			     ut_flush_text(failed, text, sizeof(text)));
		ut_err_hint(err, "--force detaches it anyway and loses unwritten data");
	}
	ut_flush_free(&f);
	return ret;
}

static int unmount_task(const void *arg, void *out, struct ut_err *err)
{
	const struct ut_use *use = arg;

	return umount2(use->what, UMOUNT_NOFOLLOW) ? -errno : 0;
}

/* In a process of its own: it hangs if the dock has gone meanwhile. */
static int unmount_one(const struct ut_use *use, struct ut_err *err)
{
	struct ut_task task = { 0 };
	struct pollfd p;
	int ret;

	ret = ut_task_start(&task, unmount_task, use, 0);
	if (!ret) {
		p = (struct pollfd){ task.fd, POLLIN, 0 };
		if (poll(&p, 1, UNMOUNT_MS) <= 0) {
			ut_task_leave(&task);
			ret = -ETIMEDOUT;
		} else {
			ret = ut_task_done(&task, NULL, 0, "it", NULL);
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

static void tell_uses(struct json_object *o, const struct ut_uses *u)
{
	struct json_object *array = ut_json_array(o, "uses"), *one;
	size_t i;

	for (i = 0; i < u->n; i++) {
		one = json_object_new_object();
		ut_json_string(one, "kind", ut_use_name(u->v[i].kind));
		ut_json_string(one, "what", u->v[i].what);
		ut_json_string(one, "source", u->v[i].source);
		if (u->v[i].pid)
			ut_json_uint(one, "pid", (uint64_t)u->v[i].pid);
		json_object_array_add(array, one);
	}
}

static int detach(const struct ut_cli *cli, const struct args *a,
		  struct ut_uses *u, struct ut_err *err)
{
	struct ut_vhci_port port;
	int ret = ut_vhci_get(a->port, &port, err);

	/* Without a bus id it is no device of the machine yet, or no more. */
	if (!ret && !a->force && port.busid[0])
		ret = release(a, port.busid, ut_clock_ms() +
			      ut_cli_sleep_ms(cli, false), u, err);
	if (!ret)
		ret = ut_vhci_detach(a->port, err);
	if (!ret)
		ret = ut_vhci_wait_free(a->port, DEADLINE_MS, err);
	return ret;
}

static void print(struct json_object *o, const void *args)
{
	ut_json_printf(o, "[detached?port {#port}: detached\n]");
}

static int run(struct ut_cli *cli, void *args, struct json_object *o,
	       struct ut_err *err)
{
	const struct args *a = args;
	struct ut_uses u = { 0 };
	int ret;

	if (a->unmount && a->force)
		return ut_cli_usage(&ut_verb_detach,
				    "--unmount saves data that --force gives up: give only one of them");
	ret = detach(cli, a, &u, err);
	ut_json_uint(o, "port", a->port);
	ut_json_bool(o, "detached", !ret);
	tell_uses(o, &u);
	ut_uses_free(&u);
	return ret;
}

static const struct ut_opt opts[] = {
	{ 'p', "port", "PORT", "number of the port, as shown by usbip-tls port",
	  UT_NUMBER(struct args, port, 0, UT_VHCI_MAX_PORTS - 1,
		    "a port number"), .must = 1,
	  .missing = "missing port; give -p PORT" },
	{ 0, "unmount", NULL, "write data, unmount, stop swapping, then detach",
	  UT_FLAG(struct args, unmount), .either = true },
	{ 0, "force", NULL,
	  "detach even if in use; unwritten data is lost",
	  UT_FLAG(struct args, force) },
	UT_ROW_JSON, UT_ROW_HELP, { 0 },
};

const struct ut_verb ut_verb_detach = {
	.name = "detach",
	.summary = "give an attached device back to its dock",
	.about =
	"Detaches a device as if it were unplugged. The dock can give it to another\n"
	"tablet at once. A disk that is mounted, holds swap or is being written by a\n"
	"program is not detached; the error names what uses it.\n",
	.exits =
	"Needs root. Exit codes: 3 module, 4 rights, 5 no such port or nothing\n"
	"attached, 10 in use, 12 not written within [tablet] sleep_wait, or not released\n"
	"within 10 s.\n",
	.forms = (const struct ut_form[]){ { NULL, run, print }, { 0 } },
	.opts = opts, .args_size = sizeof(struct args),
};
