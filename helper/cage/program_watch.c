// SPDX-License-Identifier: GPL-2.0
/* A program of libexec in the loop of its parent: see program.h. */
#include "cage/program.h"

int ut_program_watch(struct ut_child *c, sd_event *loop,
		     sd_event_io_handler_t fn, void *arg)
{
	int ret = sd_event_add_io(loop, &c->io, c->fd, EPOLLIN, fn, arg);

	c->unwatch = sd_event_source_disable_unref;
	if (ret < 0)
		ut_program_end(c, NULL);
	return ret < 0 ? ret : 0;
}
