/* SPDX-License-Identifier: GPL-2.0 */
/*
 * DNS-SD by avahi-daemon: announces this dock, looks for others. This runs in a
 * process of its own (dns_sd_child.c), because avahi-client waits for answers of
 * the daemon, and because what it parses comes from the network.
 *
 * Everything has a bound: services that are watched, new ones a second, names, the
 * number of times our own name gives way to others.
 */
#ifndef UT_DISCOVERY_AVAHI_H
#define UT_DISCOVERY_AVAHI_H

#include "discovery/avahi_state.h"

/*
 * Connects to the bus; avahi-daemon need not run. Config, tell and arg of @a are
 * set, all else is 0. 0 or a code of Avahi's, which is also in @a->error.
 */
int ut_avahi_connect(struct ut_avahi *a, const AvahiPoll *poll, int64_t now);

/* From here on it publishes and browses. */
void ut_avahi_start(struct ut_avahi *a);

/* Before each round of the poll loop: tells the time, does what it is time for. */
void ut_avahi_tick(struct ut_avahi *a, int64_t now);

/* Milliseconds until ut_avahi_tick() has to be called, -1: no need. */
int ut_avahi_timeout(const struct ut_avahi *a);

#endif /* UT_DISCOVERY_AVAHI_H */
