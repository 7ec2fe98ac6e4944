// SPDX-License-Identifier: GPL-2.0
/* Words to the service manager. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <time.h>

#include <systemd/sd-daemon.h>

#include "base/err.h"
#include "tlsd/daemon.h"

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

	/* Since 253 the manager knows by this time which reload READY answers. */
	clock_gettime(CLOCK_MONOTONIC, &ts);
	sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%" PRId64,
		   (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000);
}

void ut_notify_stopping(void)
{
	sd_notify(0, "STOPPING=1\nSTATUS=");
}
