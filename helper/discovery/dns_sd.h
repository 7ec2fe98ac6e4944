/* SPDX-License-Identifier: GPL-2.0 */
/*
 * DNS-SD, seen from the daemon: a process that talks to avahi-daemon, without
 * privileges, and what it says. avahi-client waits for answers of avahi-daemon (25
 * seconds if that hangs), ends the process where it is surprised, and parses what
 * comes from the network: none of that is for the daemon's loop.
 *
 * The process ends when avahi-daemon or the bus goes away, or when something is
 * wrong; it is started again after 1 second, or later if it does not live long.
 * That avahi-daemon is missing is no error.
 */
#ifndef UT_DISCOVERY_DNS_SD_H
#define UT_DISCOVERY_DNS_SD_H

#include <stdbool.h>
#include <stdint.h>

#include "cage/program.h"
#include "cage/sandbox.h"
#include "discovery/where.h"

#define UT_DNS_SD_TYPE		"_usbip-tls._tcp"
/* The TXT record: its own version, and that of the protocol. */
#define UT_DNS_SD_TXTVERS	"1"
#define UT_DNS_SD_PROTO		"1"

#define UT_DNS_SD_NAME_SIZE	64	/* a label of DNS, with a NUL */

/**
 * enum ut_dns_sd_type - what the process that talks to Avahi tells the daemon
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
 * @sandbox: its cage; the directory is UT_FD_KEEP
 * @config: what it is to do
 */
struct ut_dns_sd_start {
	struct ut_sandbox sandbox;
	struct ut_dns_sd_config config;
};

/* --- the daemon's end --- */

/* Messages read in one go. */
#define UT_DNS_SD_AT_ONCE	32

#define UT_DNS_SD_RETRY_MIN_MS	1000
#define UT_DNS_SD_RETRY_MAX_MS	60000

/**
 * struct ut_dns_sd_ops - what the process says; no call may close it
 * @found: a place, usable by its form, and what the dock calls itself
 * @lost: not there any more
 * @down: the process has ended; what it has found may not be true any more
 */
struct ut_dns_sd_ops {
	void (*found)(void *arg, const struct ut_where *where,
		      const char *name);
	void (*lost)(void *arg, const struct ut_where *where);
	void (*down)(void *arg);
};

/**
 * struct ut_dns_sd - the daemon's end
 * @config: what it is to do
 * @sandbox: for the process
 * @loop: that reads what it says
 * @ops: borrowed
 * @arg: for @ops
 * @worker: the process; pid 0: none
 * @started: when
 * @restart: when to start one, while there is none
 * @delay: how long to wait after the next end
 * @told_waiting: the log has it that avahi-daemon is missing
 */
struct ut_dns_sd {
	struct ut_dns_sd_config config;
	const struct ut_sandbox *sandbox;
	sd_event *loop;
	const struct ut_dns_sd_ops *ops;
	void *arg;
	struct ut_child worker;
	int64_t started;
	int64_t restart;
	int64_t delay;
	bool told_waiting;
};

/* Nothing can go wrong here: what does is tried again. */
void ut_dns_sd_open(struct ut_dns_sd *d, const struct ut_dns_sd_config *config,
		    const struct ut_sandbox *sandbox, sd_event *loop,
		    const struct ut_dns_sd_ops *ops, void *arg, int64_t now);

/* When ut_dns_sd_run() has to be called, or INT64_MAX. */
int64_t ut_dns_sd_deadline(const struct ut_dns_sd *d);

/* Reads what it says, and starts it if it is time. Waits for nothing. */
void ut_dns_sd_run(struct ut_dns_sd *d, int64_t now);

/* Ends the process, which takes back what it has announced. */
void ut_dns_sd_close(struct ut_dns_sd *d);

/*
 * dns_sd_child.c: all of the program usbip-tls-dns-sd. Returns its exit status; end
 * by _exit().
 */
int ut_dns_sd_program(void);

#endif /* UT_DISCOVERY_DNS_SD_H */
