// SPDX-License-Identifier: GPL-2.0
/* Before the machine sleeps: see sleep.h. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/task.h"
#include "tablet/sleep.h"
#include "usb/device.h"
#include "usb/select.h"
#include "usb/vhci.h"

/* --- what is there --- */

static void name_port(struct ut_sleep_port *p, const struct ut_vhci_port *v)
{
	struct ut_usb_device dev;
	char text[280];

	p->port = v->port;
	if (v->busid[0] && !ut_usb_get(v->busid, &dev, NULL))
		snprintf(p->text, sizeof(p->text), "%s %s", v->busid,
			 ut_op_text(&dev.op, text, sizeof(text)));
	else
		snprintf(p->text, sizeof(p->text), "%s", v->busid[0] ?
			 v->busid : "a device that is being set up");
}

static void add_mount(struct ut_sleep *s, uint32_t port,
		      const struct ut_carried *at)
{
	struct ut_sleep_mount *m;

	if (s->n_mounts == UT_SLEEP_MAX_MOUNTS)
		return;
	/* Perhaps there are more: the last place stands for all. */
	if (s->n_mounts == UT_SLEEP_MAX_MOUNTS - 1)
		at = NULL;
	m = &s->mounts[s->n_mounts++];
	memset(m, 0, sizeof(*m));
	m->port = port;
	m->ret = -ETIMEDOUT;
	if (at)
		m->at = *at;
}

static void find_mounts(struct ut_sleep *s, const struct ut_vhci_port *v)
{
	struct ut_carried *carried;
	size_t n, i;

	if (!v->busid[0])
		return;
	if (ut_carried_by(v->busid, &carried, &n)) {
		add_mount(s, v->port, NULL);
		return;
	}
	for (i = 0; i < n; i++)
		add_mount(s, v->port, &carried[i]);
	free(carried);
}

static int look(struct ut_sleep *s, struct ut_err *err)
{
	struct ut_vhci_port *ports;
	size_t n, i;
	int ret;

	memset(s, 0, sizeof(*s));
	ret = ut_vhci_list(&ports, &n, err);
	/* Without vhci-hcd nothing is attached. */
	if (ret)
		return ret == -ENXIO ? 0 : ret;
	s->ports = calloc(n, sizeof(*s->ports));
	s->mounts = calloc(UT_SLEEP_MAX_MOUNTS, sizeof(*s->mounts));
	for (i = 0; s->ports && s->mounts && i < n; i++) {
		if (ports[i].state == UT_VHCI_FREE)
			continue;
		name_port(&s->ports[s->n++], &ports[i]);
		find_mounts(s, &ports[i]);
	}
	free(ports);
	if (s->ports && s->mounts)
		return 0;
	return ut_err_errno(err, UT_EXIT_FAILURE, ENOMEM,
			    "cannot detach what is attached");
}

/* --- writing --- */

/* In a process of its own: it may hang on a dock that is not there any more. */
static void write_out(const void *arg, void *result)
{
	const struct ut_sleep_mount *m = arg;
	int *ret = result, fd;

	if (!m->at.point[0]) {
		sync();
		return;
	}
	fd = open(m->at.point, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd < 0 || syncfs(fd))
		*ret = -errno;
	if (fd >= 0)
		close(fd);
}

static void wait_writes(struct ut_sleep *s, struct ut_task *tasks,
			int64_t begin, int64_t deadline)
{
	struct pollfd p[UT_SLEEP_MAX_MOUNTS];
	size_t i, left = s->n_mounts;
	int ret;

	while (left && ut_clock_left(deadline)) {
		left = 0;
		for (i = 0; i < s->n_mounts; i++) {
			p[i] = (struct pollfd){ -1, POLLIN, 0 };
			if (!ut_task_runs(&tasks[i]))
				continue;
			p[i].fd = tasks[i].fd;
			left++;
		}
		if (!left || poll(p, s->n_mounts, ut_clock_left(deadline)) <= 0)
			continue;
		for (i = 0; i < s->n_mounts; i++) {
			if (p[i].fd < 0 || !p[i].revents)
				continue;
			s->mounts[i].ret = ut_task_done(&tasks[i], &ret,
							sizeof(ret)) ?
					   ret : -EFAULT;
			s->mounts[i].ms = (unsigned int)(ut_clock_ms() - begin);
		}
	}
}

static void write_all(struct ut_sleep *s, int64_t deadline)
{
	struct ut_task tasks[UT_SLEEP_MAX_MOUNTS] = { 0 };
	int64_t begin = ut_clock_ms();
	size_t i;
	int ret;

	for (i = 0; i < s->n_mounts; i++) {
		ret = ut_task_start(&tasks[i], write_out, &s->mounts[i],
				    sizeof(int));
		if (ret)
			s->mounts[i].ret = ret;
	}
	wait_writes(s, tasks, begin, deadline);
	/* What still hangs cannot be killed; it ends with the device. */
	for (i = 0; i < s->n_mounts; i++)
		ut_task_leave(&tasks[i]);
}

/* --- detaching --- */

static int detach(struct ut_sleep_port *p, int64_t deadline,
		  struct ut_err *err)
{
	int ret = ut_vhci_detach(p->port, err);

	/* Somebody else was faster, or it is on its way already. */
	if (ret && ret != -EINVAL)
		return ret;
	return ut_vhci_wait_free(p->port, ut_clock_left(deadline), err);
}

int ut_sleep_detach(struct ut_sleep *s, int64_t deadline, struct ut_err *err)
{
	int64_t begin = ut_clock_ms();
	struct ut_err one;
	size_t i;
	int ret = look(s, err);

	if (ret)
		return ret;
	write_all(s, begin + (deadline - begin) * 2 / 3);
	for (i = 0; i < s->n; i++) {
		s->ports[i].ret = detach(&s->ports[i], deadline, &one);
		if (!s->ports[i].ret || ret)
			continue;
		ret = s->ports[i].ret;
		if (err)
			*err = one;
	}
	return ret;
}

void ut_sleep_free(struct ut_sleep *s)
{
	free(s->ports);
	free(s->mounts);
	memset(s, 0, sizeof(*s));
}
