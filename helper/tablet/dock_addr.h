/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A dock address, where a dock is or may be: one from the configuration or a hint
 * of discovery, the connection to it, and what is known of its devices.
 */
#ifndef UT_TABLET_DOCK_ADDR_H
#define UT_TABLET_DOCK_ADDR_H

#include <stdbool.h>
#include <stdint.h>

#include "base/rate.h"
#include "tablet/client.h"
#include "tablet/remote.h"

/**
 * enum ut_dock_addr_state - of the connection to an address
 * @UT_DOCK_ADDR_DOWN: until the next try
 * @UT_DOCK_ADDR_CONNECTING: not known yet whose it is
 * @UT_DOCK_ADDR_UP: the dock is connected, or polled and its last list was complete
 * @UT_DOCK_ADDR_TWIN: the same dock has another address, see @known too
 * @UT_DOCK_ADDR_DENIED: its name is not allowed; looked at again rarely
 */
enum ut_dock_addr_state {
	UT_DOCK_ADDR_DOWN,
	UT_DOCK_ADDR_CONNECTING,
	UT_DOCK_ADDR_UP,
	UT_DOCK_ADDR_TWIN,
	UT_DOCK_ADDR_DENIED,
};

/**
 * struct ut_dock_addr - one address
 * @host: name or address to connect to
 * @port: TCP port
 * @expect: name its certificate must have; "": any that is allowed
 * @hint: found by discovery; goes away with its hint
 * @gone: the hint is gone: drop it when it is not connected
 * @known: a hint of an address that is configured: it is not tried
 * @at: address that @host has led to; "": it has not yet
 * @legacy: it cannot be watched, says the configuration
 * @polled: it is listed now and then, for that reason or as it does not know the
 *	watch operation; UP is then one whose last list was complete
 * @poll_at: polled and UP: ut_clock_ms() of the next list
 * @watch_at: polled and not legacy: when to try again to watch it
 * @hang_ups: since it was watched: how often it hung up when asked for that
 * @state: enum ut_dock_addr_state
 * @reported: the state that discovery has been told, if it came from there
 * @name: of the dock, by its certificate; "" while it was never connected
 * @client: the connection
 * @backoff: for the next one
 * @error: why the last one came to nothing; "" if it did not
 * @remotes: its devices
 * @newer_crl: its revocation list is newer than ours
 */
struct ut_dock_addr {
	char host[UT_CONFIG_NAME_SIZE];
	uint16_t port;
	char expect[UT_CONFIG_NAME_SIZE];
	bool hint;
	bool gone;
	bool known;
	char at[UT_MSG_AT_SIZE];
	bool legacy;
	bool polled;
	int64_t poll_at;
	int64_t watch_at;
	unsigned int hang_ups;
	enum ut_dock_addr_state state;
	enum ut_dock_addr_state reported;
	char name[UT_TLS_NAME_SIZE];
	struct ut_client client;
	struct ut_backoff backoff;
	char error[UT_REMOTE_WHY_SIZE];
	struct ut_remotes remotes;
	bool newer_crl;
};

/* "down", "connecting", "up", "twin", "denied" */
const char *ut_dock_addr_state_name(enum ut_dock_addr_state state);

/*
 * Does the hint @hint mean this one, by the address it was given or the one that
 * its name has led to?
 */
bool ut_dock_addr_matches(const struct ut_dock_addr *addr,
			  const struct ut_dock_addr *hint);

/*
 * The devices of a dock are where its connection is: @addr, which has just come up,
 * takes them over from that of the @n addresses which led to the same dock before,
 * with their running attaches and with what was detached by hand.
 */
void ut_dock_addr_take_devices(struct ut_dock_addr *addr,
			       struct ut_dock_addr *const *addrs, size_t n);

/* Ends the connection and its jobs; what is attached stays. Frees @addr. */
void ut_dock_addr_free(struct ut_dock_addr *addr);

/*
 * Docks that cannot be watched: RemoteHub, other software with USB/IP in TLS, an
 * older usbip-tlsd. They are listed now and then; the rest is the same as for docks
 * that tell (docks.c).
 */

/* Between two lists, give or take half a second. */
#define UT_POLLING_S		5
/* A session has ended: the device may be free again. */
#define UT_POLLING_SOON_MS	1000
/* The dock may have been replaced by one that can be watched. */
#define UT_POLLING_WATCH_S	300

/* So often in a row a dock hangs up at the watch operation: it does not know it. */
#define UT_POLLING_HANG_UPS	2

/* Is the next connection to list, and not to watch? */
bool ut_polling_lists(const struct ut_dock_addr *addr, int64_t now);

/* ut_clock_ms() of the next list; INT64_MAX: none is to come, or one is coming. */
int64_t ut_polling_at(const struct ut_dock_addr *addr);

/* The dock does not know the watch operation. */
void ut_polling_no_watch(struct ut_dock_addr *addr, int64_t now);

/*
 * It has hung up when it was asked to be watched. True: often enough to be taken for
 * one that does not know the operation.
 */
bool ut_polling_hung_up(struct ut_dock_addr *addr, int64_t now);

/* A list is complete. @random: any number. */
void ut_polling_listed(struct ut_dock_addr *addr, int64_t now, uint32_t random);

/* A device may have come back. */
void ut_polling_soon(struct ut_dock_addr *addr, int64_t now);

#endif /* UT_TABLET_DOCK_ADDR_H */
