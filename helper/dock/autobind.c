// SPDX-License-Identifier: GPL-2.0
/* Binding by rule: see autobind.h. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/vec.h"
#include "dock/autobind.h"
#include "usb/stub.h"

/* A driver that does not let go now may do so in a moment. */
#define TRIES		5
#define RETRY_MIN_S	1
#define RETRY_MAX_S	8

/* What this machine needs may have changed since the rules were asked. */
static int bind_it(const void *arg, void *out, struct ut_err *err)
{
	char why[UT_PROTECT_WHY_SIZE];
	struct ut_protect *protect;
	int ret = ut_protect_scan(&protect, err);

	if (ret)
		return ret;
	if (ut_protect_why(protect, arg, why, sizeof(why)))
		ret = ut_err_set(err, UT_EXIT_REFUSED, EPERM,
				 "this machine needs it itself: %s", why);
	else
		ret = ut_stub_bind(arg, err);
	ut_protect_free(protect);
	return ret;
}

static struct ut_bind *find(struct ut_autobind *a, const char *busid,
			    uint32_t devnum)
{
	size_t i;

	for (i = 0; i < a->n; i++)
		if (a->v[i].devnum == devnum && !strcmp(a->v[i].busid, busid))
			return &a->v[i];
	return NULL;
}

static struct ut_bind *add(struct ut_autobind *a, const struct ut_op_device *op)
{
	struct ut_bind *v = a->n < UT_USB_MAX_DEVICES ? ut_vec_add(a) : NULL;

	if (!v)
		return NULL;
	memcpy(v->busid, op->busid, sizeof(v->busid));
	v->devnum = op->devnum;
	return v;
}

static void drop(struct ut_autobind *a, size_t i)
{
	a->n--;
	memmove(a->v + i, a->v + i + 1, (a->n - i) * sizeof(*a->v));
}

static void consider(struct ut_autobind *a, const struct ut_config *config,
		     const struct ut_protect *protect,
		     const struct ut_usb_device *dev)
{
	struct ut_bind *b = find(a, dev->op.busid, dev->op.devnum);
	bool bound = dev->status != UT_STUB_NOT_BOUND;
	struct ut_permission perm;
	char text[512];

	if (!b && !bound) {
		ut_permission_get(config, protect, dev, NULL, &perm);
		if (!ut_permission_ok(&perm))
			return;
		ut_log_info("%s is to be shared: %s", dev->op.busid,
			    ut_permission_text(&perm, text, sizeof(text)));
	}
	if (!b)
		b = add(a, &dev->op);
	if (!b)
		return;
	/* New here, and somebody has not bound it before us. */
	if (!b->present && !bound)
		b->due = true;
	b->present = true;
}

void ut_autobind_look(struct ut_autobind *a, const struct ut_config *config,
		      const struct ut_protect *protect,
		      const struct ut_usb_device *devs, size_t n)
{
	struct ut_bind *b;
	size_t i;

	for (i = 0; i < n; i++)
		if (!devs[i].vudc)
			consider(a, config, protect, &devs[i]);
	/* What is gone is forgotten, unless a bind of it still runs. */
	i = 0;
	while (i < a->n) {
		size_t j;

		b = &a->v[i];
		for (j = 0; j < n; j++)
			if (devs[j].op.devnum == b->devnum &&
			    !strcmp(devs[j].op.busid, b->busid))
				break;
		if (j == n && !ut_task_runs(&b->task))
			drop(a, i);
		else
			i++;
	}
}

static size_t running(const struct ut_autobind *a)
{
	size_t i, n = 0;

	for (i = 0; i < a->n; i++)
		n += ut_task_runs(&a->v[i].task);
	return n;
}

static void failed(struct ut_bind *b, const struct ut_err *err)
{
	struct ut_log_about about = { .busid = b->busid };

	ut_backoff_fail(&b->backoff, ut_clock_ms(), RETRY_MIN_S, RETRY_MAX_S,
			ut_backoff_random());
	b->due = b->backoff.fails < TRIES;
	about.reason = err->msg;
	ut_log_event(UT_LOG_WARNING, UT_LOG_DEVICE_NOT_SHARED, &about,
		     "%s is not shared%s: %s", b->busid,
		     b->due ? ", will try again" : "", err->msg);
	if (!b->due && err->hint[0])
		ut_log_notice("hint: %s", err->hint);
}

static int on_task(sd_event_source *s, int fd, uint32_t events, void *arg);

void ut_autobind_due(struct ut_autobind *a)
{
	int64_t now = ut_clock_ms();
	struct ut_err err;
	size_t i;
	int ret;

	for (i = 0; i < a->n && running(a) < UT_AUTOBIND_MAX_TASKS; i++) {
		struct ut_bind *b = &a->v[i];

		if (!b->due || now < b->backoff.next || ut_task_runs(&b->task))
			continue;
		b->due = false;
		ret = ut_task_start(&b->task, bind_it, b->busid, 0);
		if (!ret)
			ret = ut_task_watch(&b->task, a->loop, on_task, a);
		if (!ret)
			continue;
		ut_err_errno(&err, UT_EXIT_FAILURE, ret,
			     "cannot start a process");
		failed(b, &err);
	}
}

int64_t ut_autobind_next(const struct ut_autobind *a)
{
	int64_t next = INT64_MAX;
	size_t i;

	/* With all hands full it is the end of a bind that matters. */
	if (running(a) == UT_AUTOBIND_MAX_TASKS)
		return next;
	for (i = 0; i < a->n; i++)
		if (a->v[i].due && a->v[i].backoff.next < next)
			next = a->v[i].backoff.next;
	return next;
}

static void ended(struct ut_bind *b)
{
	const struct ut_log_about about = { .busid = b->busid };
	struct ut_err err;
	int ret = ut_task_done(&b->task, NULL, 0,
			       "the process that was to bind it", &err);

	if (!ret)
		ut_log_event(UT_LOG_NOTICE, UT_LOG_DEVICE_SHARED, &about,
			     "%s is shared", b->busid);
	else if (ret == -EALREADY)
		ut_log_info("%s is shared already", b->busid);
	/* Pulled in the meantime: nothing to tell. */
	else if (ret != -ENOENT && ret != -ENODEV)
		failed(b, &err);
}

static int on_task(sd_event_source *s, int fd, uint32_t events, void *arg)
{
	struct ut_autobind *a = arg;
	size_t i;

	/* They move about while they are bound. */
	for (i = 0; i < a->n; i++)
		if (a->v[i].task.io == s)
			ended(&a->v[i]);
	a->ended = true;
	return 0;
}

void ut_autobind_forget(struct ut_autobind *a)
{
	size_t i = 0;

	while (i < a->n) {
		if (ut_task_runs(&a->v[i].task))
			i++;
		else
			drop(a, i);
	}
}

void ut_autobind_free(struct ut_autobind *a)
{
	size_t i;

	/* A bind that runs comes to its end: killed half-way it would be worse. */
	for (i = 0; i < a->n; i++)
		ut_task_leave(&a->v[i].task);
	free(a->v);
	a->v = NULL;
	a->n = 0;
}
