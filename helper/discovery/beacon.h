/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The RemoteHub beacon (proto/beacon_packet.h) on the network: a dock sends it, a
 * tablet hears it. Times are milliseconds of CLOCK_MONOTONIC; no call here waits.
 */
#ifndef UT_DISCOVERY_BEACON_H
#define UT_DISCOVERY_BEACON_H

#include <stdbool.h>
#include <stdint.h>

#include "base/rate.h"
#include "discovery/ifaces.h"
#include "proto/beacon_packet.h"

/* --- a dock --- */

/**
 * struct ut_beacon_sender - sends to all networks that have broadcasts
 * @fd: UDP; -1: closed
 * @port: UDP port it sends to
 * @next: when the next ones are due
 * @packet: what it sends
 */
struct ut_beacon_sender {
	int fd;
	uint16_t port;
	int64_t next;
	uint8_t packet[UT_BEACON_SIZE];
};

/* The first beacon goes out a second later. 0 or -errno. */
int ut_beacon_sender_open(struct ut_beacon_sender *s,
			  const struct ut_beacon *what, uint16_t port,
			  int64_t now);

/*
 * Sends if it is time. The list of interfaces is read each time, so one that
 * comes later gets its beacons too. Returns how many went out.
 */
unsigned int ut_beacon_sender_run(struct ut_beacon_sender *s, int64_t now);

void ut_beacon_sender_close(struct ut_beacon_sender *s);

/* --- a tablet --- */

/* Packets read in a second, good or bad; the kernel drops what is beyond. */
#define UT_BEACON_RATE		200
#define UT_BEACON_BURST		200
/* Packets read in one go, before others get their turn. */
#define UT_BEACON_AT_ONCE	32
/* After a flood the socket is not looked at for so long. */
#define UT_BEACON_REST_MS	100

/**
 * struct ut_beacon_receiver - hears beacons on all interfaces
 * @fd: UDP; -1: closed
 * @use_tls: which docks it wants
 * @bucket: packets it may still read
 * @rest_until: it reads nothing before
 * @ifaces: of this machine
 * @heard: packets that were read
 * @taken: those that were handed on
 */
struct ut_beacon_receiver {
	int fd;
	bool use_tls;
	struct ut_bucket bucket;
	int64_t rest_until;
	struct ut_ifaces ifaces;
	uint64_t heard;
	uint64_t taken;
};

/* 0 or -errno; -EADDRINUSE: somebody else has the port for himself. */
int ut_beacon_receiver_open(struct ut_beacon_receiver *r, uint16_t port,
			    bool use_tls, int64_t now);

/*
 * Reads what is there, up to the limits, and calls @take for each good beacon.
 * Its place is the address it came from with the port that it names. Only
 * broadcasts from the network of the interface they came in by are taken, so
 * nobody from afar can send any; and none from this machine.
 */
void ut_beacon_receiver_run(struct ut_beacon_receiver *r, int64_t now,
			    void (*take)(void *arg,
					 const struct ut_where *where,
					 const char *name),
			    void *arg);

void ut_beacon_receiver_close(struct ut_beacon_receiver *r);

#endif /* UT_DISCOVERY_BEACON_H */
