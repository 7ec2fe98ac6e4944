// SPDX-License-Identifier: GPL-2.0
/* Before the machine sleeps: see sleep.h. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "tablet/sleep.h"
#include "usb/device.h"
#include "usb/select.h"
#include "usb/vhci.h"

/* Kept for detaching. */
#define DETACH_MS	5000

/* --- what is there --- */

static void name_port(struct ut_sleep_port *p, const struct ut_vhci_port *v)
{
	struct ut_usb_device dev;
	char text[280];

	p->port = v->port;
	if (v->busid[0] && !ut_usb_get_imported(v->busid, &dev))
		snprintf(p->text, sizeof(p->text), "%s %s", v->busid,
			 ut_op_text(&dev.op, text, sizeof(text)));
	else
		snprintf(p->text, sizeof(p->text), "%s", v->busid[0] ?
			 v->busid : "a device that is being set up");
}

static int find_uses(struct ut_sleep *s, const struct ut_vhci_port *v)
{
	struct ut_uses u;
	int ret;

	if (!v->busid[0])
		return 0;
	if (ut_uses_of(v->busid, &u))
		return ut_flush_add(&s->flush, v->port, NULL);
	ret = ut_flush_add(&s->flush, v->port, &u);
	ut_uses_free(&u);
	return ret;
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
	for (i = 0; !ret && s->ports && i < n; i++) {
		if (ports[i].state == UT_VHCI_FREE)
			continue;
		name_port(&s->ports[s->n++], &ports[i]);
		ret = find_uses(s, &ports[i]);
	}
	free(ports);
	if (s->ports && !ret)
		return 0;
	return ut_err_errno(err, UT_EXIT_FAILURE, ENOMEM,
			    "cannot detach what is attached");
}

/* --- detaching --- */

/* At once after the last write, so that programs have no time for another one. */
static void detach_done(struct ut_sleep *s, bool all)
{
	struct ut_sleep_port *p;
	size_t i;

	for (i = 0; i < s->n; i++) {
		p = &s->ports[i];
		if (p->told ||
		    (!all && !ut_flush_port_done(&s->flush, p->port)))
			continue;
		p->told = true;
		p->ret = ut_vhci_detach(p->port, &p->err);
		/* Somebody else was faster, or it is on its way already. */
		if (p->ret == -EINVAL)
			p->ret = 0;
	}
}

static int wait_free(struct ut_sleep *s, int64_t deadline, struct ut_err *err)
{
	struct ut_sleep_port *p;
	int ret = 0;
	size_t i;

	for (i = 0; i < s->n; i++) {
		p = &s->ports[i];
		if (!p->ret)
			p->ret = ut_vhci_wait_free(p->port,
						   ut_clock_left(deadline),
						   &p->err);
		if (!p->ret || ret)
			continue;
		ret = p->ret;
		if (err)
			*err = p->err;
	}
	return ret;
}

static void detach_written(void *arg)
{
	detach_done(arg, false);
}

/* A third of a short time is kept for detaching. */
static int64_t write_until(int64_t begin, int64_t deadline)
{
	int64_t third = (deadline - begin) / 3;

	return deadline - (third < DETACH_MS ? third : DETACH_MS);
}

int ut_sleep_detach(struct ut_sleep *s, int64_t deadline, ut_flush_tell *tell,
		    struct ut_err *err)
{
	int64_t begin = ut_clock_ms();
	int ret = look(s, err);

	if (ret)
		return ret;
	ut_flush_run(&s->flush, write_until(begin, deadline), tell,
		     detach_written, s);
	detach_done(s, true);
	return wait_free(s, deadline, err);
}

void ut_sleep_free(struct ut_sleep *s)
{
	ut_flush_free(&s->flush);
	free(s->ports);
	memset(s, 0, sizeof(*s));
}
