/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the process that talks to Avahi tells the daemon. It is told once, as the
 * first thing, what it is to do; nothing else goes back.
 */
#ifndef UT_DISCOVERY_DNS_SD_MSG_H
#define UT_DISCOVERY_DNS_SD_MSG_H

#include <stdbool.h>
#include <stdint.h>

#include "discovery/where.h"
#include "tls/msg.h"

#define UT_DNS_SD_TYPE		"_usbip-tls._tcp"
/* The TXT record: its own version, and that of the protocol. */
#define UT_DNS_SD_TXTVERS	"1"
#define UT_DNS_SD_PROTO		"1"

#define UT_DNS_SD_NAME_SIZE	64	/* a label of DNS, with a NUL */

/**
 * enum ut_dns_sd_type - kinds of messages
 * @UT_DNS_SD_WAITING: avahi-daemon does not run
 * @UT_DNS_SD_PUBLISHED: this dock is announced under @name
 * @UT_DNS_SD_FOUND: a dock that calls itself @name says it is at @where
 * @UT_DNS_SD_LOST: none says so any more, or there are too many to watch
 * @UT_DNS_SD_FAILED: over, for @error, a code of Avahi's
 */
enum ut_dns_sd_type {
	UT_DNS_SD_WAITING = 1,
	UT_DNS_SD_PUBLISHED,
	UT_DNS_SD_FOUND,
	UT_DNS_SD_LOST,
	UT_DNS_SD_FAILED,
};

struct ut_dns_sd_msg {
	uint32_t type;
	int32_t error;
	struct ut_where where;
	char name[UT_DNS_SD_NAME_SIZE];
};

/**
 * struct ut_dns_sd_config - what the process is to do
 * @publish: announce this machine as a dock
 * @browse: look for docks
 * @port: TCP port to announce
 * @name: to announce; valid UTF-8, not empty
 */
struct ut_dns_sd_config {
	bool publish;
	bool browse;
	uint16_t port;
	char name[UT_DNS_SD_NAME_SIZE];
};

/**
 * struct ut_dns_sd_start - its first message
 */
struct ut_dns_sd_start {
	struct ut_msg_cage cage;
	struct ut_dns_sd_config config;
};

#endif /* UT_DISCOVERY_DNS_SD_MSG_H */
