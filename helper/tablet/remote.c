// SPDX-License-Identifier: GPL-2.0
/* The devices of one dock: see remote.h. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/vec.h"
#include "tablet/attach.h"
#include "tablet/remote.h"

struct ut_remote *ut_remote_find(struct ut_remotes *r, const char *busid)
{
	size_t i;

	for (i = 0; i < r->n; i++)
		if (!strcmp(r->v[i].op.busid, busid))
			return &r->v[i];
	return NULL;
}

/* A place in the list without this device, and its job given up. */
static void drop(struct ut_remotes *r, size_t index)
{
	ut_attach_close(r->v[index].job);
	r->n--;
	memmove(&r->v[index], &r->v[index + 1],
		(r->n - index) * sizeof(*r->v));
}

size_t ut_remotes_jobs(const struct ut_remotes *r)
{
	size_t i, n = 0;

	for (i = 0; i < r->n; i++)
		n += r->v[i].job != NULL;
	return n;
}

void ut_remotes_stop(struct ut_remotes *r)
{
	size_t i;

	for (i = 0; i < r->n; i++) {
		ut_attach_close(r->v[i].job);
		r->v[i].job = NULL;
	}
}

void ut_remotes_free(struct ut_remotes *r)
{
	while (r->n)
		drop(r, r->n - 1);
	free(r->v);
	r->v = NULL;
}

/* The same device, not another one that was plugged into the same place. */
static bool same(const struct ut_op_device *a, const struct ut_op_device *b)
{
	return a->busnum == b->busnum && a->devnum == b->devnum &&
	       a->vid == b->vid && a->pid == b->pid &&
	       !strcmp(a->serial, b->serial);
}

static int on_device(struct ut_remotes *r, const struct ut_watch_event *e)
{
	struct ut_remote *dev = ut_remote_find(r, e->dev.busid);

	if (!dev && r->n >= UT_OP_MAX_DEVICES)
		return -EPROTO;
	if (!dev)
		dev = ut_vec_add(r);
	if (!dev)
		return -ENOMEM;
	/* Plugged in again: whatever was the matter is over. */
	if (!same(&dev->op, &e->dev)) {
		dev->held = false;
		dev->other = false;
		ut_backoff_reset(&dev->backoff);
	}
	/* Free again is the moment that a refusal for "busy" waits for. */
	if (e->state == UT_WATCH_FREE && dev->state != UT_WATCH_FREE)
		ut_backoff_reset(&dev->backoff);
	dev->op = e->dev;
	dev->state = e->state;
	dev->stale = false;
	dev->unlisted = false;
	return 0;
}

static void on_ready(struct ut_remotes *r)
{
	size_t i = 0;

	while (i < r->n) {
		if (r->v[i].stale)
			drop(r, i);
		else
			i++;
	}
}

int ut_remote_event(struct ut_remotes *r, const struct ut_watch_event *e)
{
	struct ut_remote *dev;

	switch (e->kind) {
	case UT_WATCH_DEVICE:
		return on_device(r, e);
	case UT_WATCH_GONE:
		dev = ut_remote_find(r, e->dev.busid);
		if (dev)
			drop(r, (size_t)(dev - r->v));
		return 0;
	default:
		on_ready(r);
		return 0;
	}
}

void ut_remote_restart(struct ut_remotes *r)
{
	size_t i;

	for (i = 0; i < r->n; i++) {
		r->v[i].stale = true;
		ut_backoff_reset(&r->v[i].backoff);
	}
}

void ut_remote_list_begins(struct ut_remotes *r)
{
	size_t i;

	for (i = 0; i < r->n; i++)
		r->v[i].unlisted = true;
}

void ut_remote_list_ends(struct ut_remotes *r)
{
	size_t i = 0;

	while (i < r->n) {
		struct ut_remote *dev = &r->v[i];

		if (dev->unlisted && !dev->attached && !dev->held &&
		    !dev->other && !dev->job) {
			drop(r, i);
			continue;
		}
		/* When its session ends it waits for the next list. */
		dev->stale = dev->stale || dev->unlisted;
		i++;
	}
}

const char *ut_remote_todo_name(enum ut_remote_todo todo)
{
	static const char *const names[] = {
		[UT_REMOTE_ATTACH] = "attach",
		[UT_REMOTE_ATTACHED] = "attached",
		[UT_REMOTE_ATTACHING] = "attaching",
		[UT_REMOTE_DENIED] = "denied",
		[UT_REMOTE_HELD] = "held",
		[UT_REMOTE_OTHER] = "other-device",
		[UT_REMOTE_USED] = "in-use",
		[UT_REMOTE_WAIT] = "waiting",
	};

	return names[todo];
}

enum ut_remote_todo ut_remote_todo(const struct ut_remote *r,
				   const struct ut_config *cfg,
				   const char *dock, int64_t now,
				   struct ut_verdict *v)
{
	struct ut_facts facts;

	ut_facts_of_op(&r->op, &facts);
	ut_policy_attach(cfg, &facts, dock, v);
	if (r->attached)
		return UT_REMOTE_ATTACHED;
	if (r->job)
		return UT_REMOTE_ATTACHING;
	if (v->kind != UT_VERDICT_ALLOW)
		return UT_REMOTE_DENIED;
	if (r->held)
		return UT_REMOTE_HELD;
	if (r->other)
		return UT_REMOTE_OTHER;
	if (r->state == UT_WATCH_USED)
		return UT_REMOTE_USED;
	/* Not before it has been told again, and not before its time. */
	return r->stale || now < r->backoff.next ? UT_REMOTE_WAIT :
						   UT_REMOTE_ATTACH;
}

static void why_denied(const struct ut_verdict *v, char *buf, size_t size)
{
	if (v->where.file)
		snprintf(buf, size, "%s:%u: %s", v->where.file, v->where.line,
			 v->text);
	else
		snprintf(buf, size, "no rule \"attach\" of this tablet takes it");
}

const char *ut_remote_why(const struct ut_remote *r, enum ut_remote_todo todo,
			  const struct ut_verdict *v, int64_t now, char *buf,
			  size_t size)
{
	switch (todo) {
	case UT_REMOTE_ATTACHED:
		snprintf(buf, size, "attached, port %u", r->port);
		break;
	case UT_REMOTE_DENIED:
		why_denied(v, buf, size);
		break;
	case UT_REMOTE_HELD:
		snprintf(buf, size, "it was detached by hand; plug it in again or attach it by hand");
		break;
	case UT_REMOTE_OTHER:
		snprintf(buf, size, "it is not the device that the dock announced; plug it in again or attach it by hand");
		break;
	case UT_REMOTE_USED:
		snprintf(buf, size, "another tablet has it");
		break;
	case UT_REMOTE_WAIT:
		if (r->stale && r->unlisted)
			snprintf(buf, size, "the dock does not list it now");
		else if (r->stale)
			snprintf(buf, size, "the dock is not connected");
		else
			snprintf(buf, size, "next try in %" PRId64 " s: %s",
				 (r->backoff.next - now + 999) / 1000,
				 r->error);
		break;
	default:
		snprintf(buf, size, "being attached");
		break;
	}
	return buf;
}
