// SPDX-License-Identifier: GPL-2.0
/* Words to the service manager: see notify.h. */
#include <inttypes.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <time.h>

#include <systemd/sd-daemon.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/notify.h"

#define STATUS_SIZE 512

void ut_notify_ready(const char *fmt, ...)
{
	char status[STATUS_SIZE];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(status, sizeof(status), fmt, ap);
	va_end(ap);
	/* A line of its own would be a message of its own. */
	ut_sanitize(status);
	sd_notifyf(0, "READY=1\nSTATUS=%s", status);
}

void ut_notify_reloading(void)
{
	struct timespec ts;

	/* By the time a manager from 253 on knows which reload READY answers. */
	clock_gettime(CLOCK_MONOTONIC, &ts);
	sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%" PRId64,
		   (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000);
}

void ut_notify_stopping(void)
{
	sd_notify(0, "STOPPING=1\nSTATUS=");
}

void ut_watchdog_start(struct ut_watchdog *w)
{
	uint64_t us;

	*w = (struct ut_watchdog){ 0 };
	if (sd_watchdog_enabled(0, &us) <= 0)
		return;
	/* Twice as often as asked, so that one late wakeup is no death. */
	us /= 2000;
	w->interval = us > INT_MAX ? INT_MAX : us ? (int)us : 1;
	w->due = ut_clock_ms();
}

int ut_watchdog_left(const struct ut_watchdog *w)
{
	return w->interval ? ut_clock_left(w->due) : -1;
}

void ut_watchdog_feed(struct ut_watchdog *w)
{
	int64_t now = ut_clock_ms();

	if (!w->interval || now < w->due)
		return;
	sd_notify(0, "WATCHDOG=1");
	w->due = now + w->interval;
}
