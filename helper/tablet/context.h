/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the parts of a tablet (docks.h, auto.h, renewal.h) work with, and what they tell
 * it. No part knows another one: a part tells, and tablet.c says what follows.
 */
#ifndef UT_TABLET_CONTEXT_H
#define UT_TABLET_CONTEXT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/loop.h"
#include "cage/sandbox.h"
#include "nl/nl.h"
#include "policy/config.h"
#include "tablet/addr_book.h"
#include "tls/creds.h"

/**
 * enum ut_tablet_news - what a part tells
 * @UT_TABLET_WATCHES: a dock is watched from now on
 * @UT_TABLET_DEVICES: devices of a dock have come, changed or gone; when this returns,
 *	those that are attached are marked as such, if the kernel could be asked
 * @UT_TABLET_RENEWED: a new certificate of ours is in its place
 */
enum ut_tablet_news {
	UT_TABLET_WATCHES,
	UT_TABLET_DEVICES,
	UT_TABLET_RENEWED,
};

/**
 * struct ut_tablet_context - shared by all parts. They change the book; the rest is
 *	tablet.c's, and may be another after each event
 * @loop: what it waits for; borrowed
 * @config: borrowed
 * @sandbox: for workers; borrowed
 * @nl: for sessions; borrowed
 * @creds: for connections that begin now; a reference of the tablet
 * @book: the addresses of docks
 * @suspended: the machine is about to sleep: nothing begins
 * @eager_until: ut_clock_ms(); it has just woken up: no longer pauses than the
 *	shortest until then
 * @tell: called with @arg, from the loop or within a call to the part
 */
struct ut_tablet_context {
	sd_event *loop;
	const struct ut_config *config;
	const struct ut_sandbox *sandbox;
	struct ut_nl *nl;
	struct ut_creds *creds;
	struct ut_addr_book book;
	bool suspended;
	int64_t eager_until;
	void (*tell)(void *arg, enum ut_tablet_news news);
	void *arg;
};

#endif /* UT_TABLET_CONTEXT_H */
