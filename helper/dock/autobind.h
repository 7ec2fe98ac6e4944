/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Binding by rule: what a rule lets any tablet have is bound to usbip-host when
 * it is plugged in, and when the daemon starts or reads its configuration anew.
 * Once for each time it is plugged in: what somebody unbinds by hand stays so.
 */
#ifndef UT_DOCK_AUTOBIND_H
#define UT_DOCK_AUTOBIND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/rate.h"
#include "base/task.h"
#include "dock/devices.h"
#include "usb/device.h"

/* Binds at once; each waits for the driver that lets go of the device. */
#define UT_AUTOBIND_MAX_TASKS	8

/**
 * struct ut_bind - a device that has been seen bound, or is to be
 * @busid: of the device
 * @devnum: of it: another number is another device
 * @task: the bind that runs
 * @due: it is to be tried (again) when @backoff says so
 * @backoff: after failures
 * @present: seen in the last look
 */
struct ut_bind {
	char busid[UT_OP_BUSID_SIZE];
	uint32_t devnum;
	struct ut_task task;
	bool due;
	struct ut_backoff backoff;
	bool present;
};

/**
 * struct ut_autobind - all of them
 * @loop: where binds come to their end
 * @ended: one has: devices are to be looked at; the caller clears it
 */
struct ut_autobind {
	struct ut_bind *v;
	size_t n;
	sd_event *loop;
	bool ended;
};

/* A look at all devices that can be shared: notes what is to be bound. */
void ut_autobind_look(struct ut_autobind *a, const struct ut_config *config,
		      const struct ut_protect *protect,
		      const struct ut_usb_device *devs, size_t n);

/* Starts what is due. */
void ut_autobind_due(struct ut_autobind *a);

/* The next ut_clock_ms() at which something is due; INT64_MAX: nothing. */
int64_t ut_autobind_next(const struct ut_autobind *a);

/* New rules: what was unbound by hand or failed for good gets a new chance. */
void ut_autobind_forget(struct ut_autobind *a);

void ut_autobind_free(struct ut_autobind *a);

#endif /* UT_DOCK_AUTOBIND_H */
