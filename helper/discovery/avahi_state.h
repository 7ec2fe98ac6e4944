/* SPDX-License-Identifier: GPL-2.0 */
/* What the client of avahi-daemon knows: all of it, for its three files. */
#ifndef UT_DISCOVERY_AVAHI_STATE_H
#define UT_DISCOVERY_AVAHI_STATE_H

#include <avahi-client/client.h>
#include <avahi-client/lookup.h>
#include <avahi-client/publish.h>
#include <avahi-common/error.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/rate.h"
#include "discovery/dns_sd.h"

#define UT_AVAHI_MAX_SERVICES	128
#define UT_AVAHI_DOMAIN_SIZE	256
#define UT_AVAHI_RATE		20	/* new services a second */
#define UT_AVAHI_MAX_RENAMES	16

struct ut_avahi;

/**
 * struct ut_service - one service on one interface by one protocol
 * @avahi: where it belongs to; NULL: the slot is free
 * @resolver: follows its address as long as the service is there
 * @interface: index, or AVAHI_IF_UNSPEC
 * @protocol: IPv4 or IPv6
 * @name: of the service
 * @domain: "local", mostly
 * @round: when it was named last, see struct ut_avahi
 * @age: counts up with each service; the least is the oldest
 * @resolved: @where is known and was told
 * @where: the dock's
 */
struct ut_service {
	struct ut_avahi *avahi;
	AvahiServiceResolver *resolver;
	AvahiIfIndex interface;
	AvahiProtocol protocol;
	char name[UT_DNS_SD_NAME_SIZE];
	char domain[UT_AVAHI_DOMAIN_SIZE];
	unsigned int round;
	uint64_t age;
	bool resolved;
	struct ut_where where;
};

/**
 * struct ut_avahi - everything
 * @config: what to do
 * @tell: called with each message
 * @arg: for it
 * @client: to avahi-daemon
 * @state: of the client
 * @started: ut_avahi_start() was called; nothing is done before
 * @error: not 0: over, a code of Avahi's
 * @now: ut_clock_ms(), by ut_avahi_tick()
 * @group: our entries
 * @name: ours at the moment
 * @renames: how often it gave way
 * @browser: for services
 * @services: those that are there
 * @bucket: new ones that may come
 * @missed: some did not fit, look anew when it is calm
 * @round: counts the looks; a service that a look does not name is gone
 * @ages: the age of the next
 */
struct ut_avahi {
	struct ut_dns_sd_config config;
	void (*tell)(void *arg, const struct ut_dns_sd_msg *msg);
	void *arg;
	AvahiClient *client;
	AvahiClientState state;
	bool started;
	int error;
	int64_t now;

	AvahiEntryGroup *group;
	char name[UT_DNS_SD_NAME_SIZE];
	unsigned int renames;

	AvahiServiceBrowser *browser;
	struct ut_service services[UT_AVAHI_MAX_SERVICES];
	struct ut_bucket bucket;
	bool missed;
	unsigned int round;
	uint64_t ages;
};

/* The first error stays. */
static inline void ut_avahi_fail(struct ut_avahi *a, int error)
{
	if (!a->error)
		a->error = error ? error : AVAHI_ERR_FAILURE;
}

#endif /* UT_DISCOVERY_AVAHI_STATE_H */
