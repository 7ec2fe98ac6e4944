// SPDX-License-Identifier: GPL-2.0
/* Writes what is in memory for attached devices: see flush.h. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/swap.h>
#include <unistd.h>

#include "base/clock.h"
#include "tablet/flush.h"

#define STEP_MS		1000
/* After a pass of this length another one is worth its time. */
#define LONG_PASS_MS	1000
/* What still writes is told so often. */
#define TELL_MS		5000

/* --- what is to be written --- */

static void add(struct ut_flush *f, uint32_t port, const struct ut_use *use)
{
	struct ut_flush_item *item;

	if (f->n == UT_FLUSH_MAX)
		return;
	/* Perhaps there are more: the last place stands for all. */
	f->all = f->n == UT_FLUSH_MAX - 1;
	if (f->all)
		use = NULL;
	item = &f->items[f->n++];
	memset(item, 0, sizeof(*item));
	item->port = port;
	item->ret = -ETIMEDOUT;
	if (use)
		item->use = *use;
}

/* The item that stands for all that came when the table was full, or NULL. */
static struct ut_flush_item *rest(const struct ut_flush *f)
{
	return f->all ? &f->items[UT_FLUSH_MAX - 1] : NULL;
}

/* A port for which no item was left has the rest. */
static bool is_of(const struct ut_flush *f, const struct ut_flush_item *item,
		  uint32_t port)
{
	size_t i;

	if (item->port == port)
		return true;
	if (item != rest(f))
		return false;
	for (i = 0; i < f->n; i++)
		if (f->items[i].port == port)
			return false;
	return true;
}

/* A disk that is open in several programs is written once. */
static bool has_disk(const struct ut_flush *f, const struct ut_use *use)
{
	size_t i;

	for (i = 0; i < f->n; i++)
		if (f->items[i].use.kind >= UT_USE_WRITER &&
		    !strcmp(f->items[i].use.source, use->source))
			return true;
	return false;
}

static int room(struct ut_flush *f)
{
	struct ut_flush_port *more;

	if (!f->items)
		f->items = calloc(UT_FLUSH_MAX, sizeof(*f->items));
	more = realloc(f->ports, (f->n_ports + 1) * sizeof(*more));
	if (more)
		f->ports = more;
	return f->items && more ? 0 : -ENOMEM;
}

int ut_flush_add(struct ut_flush *f, uint32_t port, struct ut_uses *u)
{
	struct ut_flush_port *p;
	size_t i;

	if (room(f))
		return -ENOMEM;
	p = &f->ports[f->n_ports++];
	memset(p, 0, sizeof(*p));
	p->port = port;
	if (!u) {
		add(f, port, NULL);
		return 0;
	}
	p->disks = u->disks;
	p->n_disks = u->n_disks;
	u->disks = NULL;
	u->n_disks = 0;
	for (i = 0; i < u->n; i++)
		if (u->v[i].kind < UT_USE_WRITER || !has_disk(f, &u->v[i]))
			add(f, port, &u->v[i]);
	return 0;
}

/* --- writing --- */

/* A file system, or a block device. */
static int sync_file(const char *path, int (*sync_fd)(int fd))
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	int ret;

	if (fd < 0)
		return -errno;
	ret = sync_fd(fd) ? -errno : 0;
	close(fd);
	return ret;
}

/* In a process of its own. */
static int write_out(const void *arg, void *out, struct ut_err *err)
{
	const struct ut_use *use = arg;
	char path[PATH_MAX + 32];

	if (!use->what[0]) {
		sync();
		return 0;
	}
	switch (use->kind) {
	case UT_USE_MOUNT:
		return sync_file(use->what, syncfs);
	case UT_USE_ELSEWHERE:
		snprintf(path, sizeof(path), "/proc/%d/root%s", (int)use->pid,
			 use->what);
		return sync_file(path, syncfs);
	case UT_USE_SWAP:
		return swapoff(use->what) ? -errno : 0;
	case UT_USE_WRITER:
	case UT_USE_READER:
		return sync_file(use->source, fsync);
	}
	return 0;
}

static int on_task(sd_event_source *s, int fd, uint32_t events, void *arg);

static void begin(struct ut_flush *f, struct ut_flush_item *item)
{
	int ret;

	item->began = ut_clock_ms();
	ret = ut_task_start(&item->task, write_out, &item->use, 0);
	if (!ret)
		ret = ut_task_watch(&item->task, f->loop, on_task, f);
	if (ret)
		item->ret = ret;
}

void ut_flush_start(struct ut_flush *f)
{
	int ret = sd_event_new(&f->loop);
	size_t i;

	f->start = ut_clock_ms();
	if (!f->stall_ms)
		f->stall_ms = UT_FLUSH_STALL_MS;
	for (i = 0; i < f->n_ports; i++)
		f->ports[i].changed = f->start;
	for (i = 0; i < f->n; i++)
		if (ret < 0)
			f->items[i].ret = ret;
		else
			begin(f, &f->items[i]);
}

/* One pass of it is over. */
static void end(struct ut_flush *f, struct ut_flush_item *item)
{
	int64_t now = ut_clock_ms();

	item->ret = ut_task_done(&item->task, NULL, 0, "it", NULL);
	item->ms = (unsigned int)(now - f->start);
	item->more = !item->ret && item->use.kind != UT_USE_SWAP &&
		     now - item->began > LONG_PASS_MS;
	if (item->more)
		begin(f, item);
}

static int on_task(sd_event_source *s, int fd, uint32_t events, void *arg)
{
	struct ut_flush *f = arg;
	size_t i;

	for (i = 0; i < f->n; i++)
		if (f->items[i].task.io == s)
			end(f, &f->items[i]);
	return 0;
}

/* --- does anything move? --- */

uint64_t ut_flush_dirty(void)
{
	uint64_t dirty = 0, writeback = 0;
	char line[128];
	FILE *f = fopen("/proc/meminfo", "re");

	if (!f)
		return 0;
	while (fgets(line, sizeof(line), f)) {
		sscanf(line, "Dirty: %" SCNu64, &dirty);
		sscanf(line, "Writeback: %" SCNu64, &writeback);
	}
	fclose(f);
	return dirty + writeback;
}

static uint64_t moved(const struct ut_flush_port *p)
{
	uint64_t sum = 0;
	size_t i;

	if (!p->n_disks)
		return ut_flush_dirty();
	for (i = 0; i < p->n_disks; i++)
		sum += ut_disk_moved(&p->disks[i]);
	return sum;
}

static void give_up(struct ut_flush *f, struct ut_flush_item *item, int64_t now)
{
	if (!ut_task_runs(&item->task))
		return;
	item->ms = (unsigned int)(now - f->start);
	ut_task_leave(&item->task);
}

static void give_up_port(struct ut_flush *f, uint32_t port, int64_t now)
{
	size_t i;

	for (i = 0; i < f->n; i++)
		if (f->items[i].port == port && &f->items[i] != rest(f))
			give_up(f, &f->items[i], now);
}

static void look_at_ports(struct ut_flush *f)
{
	int64_t now = ut_clock_ms();
	size_t i, stalled = 0;
	uint64_t sum;

	for (i = 0; i < f->n_ports; i++) {
		sum = moved(&f->ports[i]);
		if (sum != f->ports[i].moved)
			f->ports[i].changed = now;
		f->ports[i].moved = sum;
		if (now - f->ports[i].changed < f->stall_ms)
			continue;
		give_up_port(f, f->ports[i].port, now);
		stalled++;
	}
	/* It may be for any of them. */
	if (rest(f) && stalled == f->n_ports)
		give_up(f, rest(f), now);
}

/* --- all of it --- */

bool ut_flush_step(struct ut_flush *f, int64_t deadline)
{
	bool runs = false;
	size_t i;

	for (i = 0; i < f->n; i++)
		runs |= ut_task_runs(&f->items[i].task);
	if (!runs || !ut_clock_left(deadline))
		return false;
	/* What has been asked for goes on, but nobody hears of its end. */
	if (ut_loop_turn(f->loop, ut_sooner(deadline, ut_clock_ms() + STEP_MS)))
		return false;
	look_at_ports(f);
	return true;
}

void ut_flush_run(struct ut_flush *f, int64_t deadline, ut_flush_tell *tell,
		  void (*turn)(void *arg), void *arg)
{
	int64_t next = 0;
	size_t i;

	ut_flush_start(f);
	do {
		if (turn)
			turn(arg);
		if (ut_clock_left(next))
			continue;
		for (i = 0; tell && i < f->n; i++)
			if (!next || ut_task_runs(&f->items[i].task))
				tell(&f->items[i], !next);
		next = ut_clock_ms() + TELL_MS;
	} while (ut_flush_step(f, deadline));
}

bool ut_flush_port_done(const struct ut_flush *f, uint32_t port)
{
	size_t i;

	for (i = 0; i < f->n; i++)
		if (ut_task_runs(&f->items[i].task) &&
		    is_of(f, &f->items[i], port))
			return false;
	return true;
}

const struct ut_flush_item *ut_flush_failed(const struct ut_flush *f,
					    uint32_t port)
{
	size_t i;

	for (i = 0; i < f->n; i++)
		if (f->items[i].ret && is_of(f, &f->items[i], port))
			return &f->items[i];
	return NULL;
}

void ut_flush_free(struct ut_flush *f)
{
	size_t i;

	for (i = 0; i < f->n; i++)
		ut_task_leave(&f->items[i].task);
	for (i = 0; i < f->n_ports; i++)
		free(f->ports[i].disks);
	sd_event_unref(f->loop);
	free(f->items);
	free(f->ports);
	memset(f, 0, sizeof(*f));
}

const char *ut_flush_text(const struct ut_flush_item *item, char *buf,
			  size_t size)
{
	const struct ut_use *use = &item->use;

	if (!use->what[0])
		snprintf(buf, size, "all file systems of the machine");
	else if (use->kind >= UT_USE_WRITER)
		snprintf(buf, size, "%s (%s, process %d)", use->source,
			 use->what, (int)use->pid);
	else
		ut_use_text(use, buf, size);
	return buf;
}
