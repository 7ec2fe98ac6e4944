// SPDX-License-Identifier: GPL-2.0
/* The loop: see loop.h. */
#include <errno.h>
#include <stdbool.h>

#include "base/clock.h"
#include "base/loop.h"

#define AT_ONCE 64

/* Not only when sd-event has seen it: nobody is asked any more. */
static bool is_over(sd_event *e)
{
	int code;

	return sd_event_get_exit_code(e, &code) != -ENODATA;
}

int ut_loop_turn(sd_event *e, int64_t until)
{
	uint64_t wait = until == INT64_MAX ? UINT64_MAX :
			(uint64_t)ut_clock_left(until) * 1000;
	int i, ret = 1;

	for (i = 0; i < AT_ONCE && ret > 0 && !is_over(e); i++)
		ret = sd_event_run(e, i ? 0 : wait);
	return ret < 0 ? ret : 0;
}

int ut_loop_run(sd_event *e, int64_t (*due)(void *arg), void *arg)
{
	int code, ret = 0;

	while (!ret && !is_over(e))
		ret = ut_loop_turn(e, due(arg));
	if (!ret)
		ret = sd_event_get_exit_code(e, &code);
	return ret < 0 ? ret : code;
}
