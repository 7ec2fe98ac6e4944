/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A connection to a dock, for a loop: it watches, lists, imports one device, or
 * fetches a certificate or the revocation list. An unprivileged worker shakes hands,
 * asks and reads; this side gets messages that are checked again.
 */
#ifndef UT_TABLET_CLIENT_H
#define UT_TABLET_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "cage/sandbox.h"
#include "pki/csr.h"
#include "proto/op.h"
#include "proto/op_watch.h"
#include "tls/creds.h"
#include "worker/message.h"
#include "worker/parent.h"

/**
 * struct ut_client_target - which dock, and what it is asked; all of it borrowed
 * @op: what it is asked
 * @host: name or address, for messages; without @peer also to connect to
 * @port: TCP port of that
 * @peer: TCP socket that is connected or just being so, and stays the caller's; -1:
 *	the worker connects, to all addresses of @host in turn
 * @expect: name that its certificate must have
 * @any: WATCH, LIST: without @expect any dock will do, and the caller looks at the
 *	name that it has
 * @busid: IMPORT: the device. Needs @peer, which then has kernel TLS in both
 *	directions; closing it without a session gives the device back
 * @replace: IMPORT: if the device is in use, by this tablet or in a way that the
 *	dock's rules allow, end that session. The import fails with UT_EXIT_BUSY
 *	all the same; the device is free a moment later. Only for docks that know
 *	the watch operation
 * @csr: FETCH: a certificate for this; NULL: the revocation list
 * @deadline: ut_clock_ms() for everything; WATCH: until it is up
 * @sandbox: its cage
 * @loop: calls @ready with @arg once there is something to read; NULL: the caller
 *	polls
 */
struct ut_client_target {
	enum ut_start_op op;
	const char *host;
	uint16_t port;
	int peer;
	const char *expect;
	bool any;
	const char *busid;
	bool replace;
	const struct ut_csr *csr;
	int64_t deadline;
	const struct ut_sandbox *sandbox;
	sd_event *loop;
	sd_event_io_handler_t ready;
	void *arg;
};

/**
 * enum ut_client_state - how far it has come
 * @UT_CLIENT_DIALING: the worker connects, or waits until that is done
 * @UT_CLIENT_SHAKING: it shakes hands
 * @UT_CLIENT_SIGNING: it says what it wants signed
 * @UT_CLIENT_SIGNED: it has had its signature
 * @UT_CLIENT_ASKS_LIST: the dock is who it should be, and is asked; one state for
 *	each of enum ut_start_op, in their order
 * @UT_CLIENT_LISTING: devices come
 * @UT_CLIENT_WATCHING: events come, without a deadline
 * @UT_CLIENT_IMPORTED: the device is ours
 * @UT_CLIENT_FETCHING: certificate or CRL come
 * @UT_CLIENT_REFUSED: the dock does not do it
 */
enum ut_client_state {
	UT_CLIENT_DIALING,
	UT_CLIENT_SHAKING,
	UT_CLIENT_SIGNING,
	UT_CLIENT_SIGNED,
	UT_CLIENT_ASKS_LIST,
	UT_CLIENT_ASKS_WATCH,
	UT_CLIENT_ASKS_IMPORT,
	UT_CLIENT_ASKS_FETCH,
	UT_CLIENT_LISTING,
	UT_CLIENT_WATCHING,
	UT_CLIENT_IMPORTED,
	UT_CLIENT_FETCHING,
	UT_CLIENT_REFUSED,
};

/**
 * struct ut_client - one connection; zeroed: none
 * @worker: its process; when its fd can be read it is time for ut_client_read()
 * @creds: what it began with, referenced
 * @deadline: ut_clock_ms(); INT64_MAX: none
 * @op: as in the target
 * @state: how far it has come
 * @blob: what is to be signed; then what is fetched, DER
 * @devs: LIST: the devices; IMPORT: the one; their texts are clean
 * @n_devs: how many have come
 * @left: LIST: how many are to come
 * @status: REFUSED: what the dock has said, enum ut_op_status
 * @busid: as in the target
 * @host: as in the target, for messages
 * @expect: the same
 * @at: address the worker is or was connected to; "" before
 * @name: in the dock's certificate, fit to be shown
 * @serial: of the dock's certificate
 */
struct ut_client {
	struct ut_child worker;
	struct ut_creds *creds;
	int64_t deadline;
	enum ut_start_op op;
	enum ut_client_state state;
	struct ut_blob blob;
	struct ut_op_device *devs;
	size_t n_devs;
	uint32_t left;
	uint32_t status;
	char busid[UT_OP_BUSID_SIZE];
	char host[UT_TLS_NAME_SIZE];
	char expect[UT_TLS_NAME_SIZE];
	char at[UT_MSG_AT_SIZE];
	char name[UT_TLS_NAME_SIZE];
	char serial[UT_TLS_SERIAL_SIZE];
};

enum ut_client_news {
	UT_CLIENT_NOTHING,
	UT_CLIENT_UP,		/* it watches: the dock will tell */
	UT_CLIENT_EVENT,	/* *event is filled in, its texts are clean */
	UT_CLIENT_DONE,		/* all is there; close it after use */
	UT_CLIENT_NO_WATCH,	/* the dock cannot do that; closed */
	UT_CLIENT_HUNG_UP,	/* as DOWN: by the dock, at the watch operation */
	UT_CLIENT_DOWN,		/* over, *err says why; closed */
};

/* Begins; 0 or -errno. -EINVAL: it is not said which dock is meant. */
int ut_client_open(struct ut_client *c, const struct ut_client_target *target,
		   struct ut_creds *creds, struct ut_err *err);

/*
 * Reads one message; call it when the descriptor is ready, and at the deadline.
 * @event: NULL if it does not watch.
 *
 * A dock that says of the watch operation that it does not know it is NO_WATCH. One
 * that hangs up may be a RemoteHub, or an usbip-tlsd that just ends: only the caller
 * can tell.
 *
 * DOWN: UT_EXIT_UNREACHABLE, TIMEOUT, CERTIFICATE, PROTOCOL, PERMISSION; REFUSED: the
 * dock does not do it; of an import also BUSY: another tablet has the device, and
 * NOT_FOUND: the dock does not share it.
 */
enum ut_client_news ut_client_read(struct ut_client *c,
				   struct ut_watch_event *event,
				   struct ut_err *err);

/* Waits until it is DONE. 0; or -EIO: it is DOWN. Not to watch. */
int ut_client_wait(struct ut_client *c, struct ut_err *err);

static inline bool ut_client_is_open(const struct ut_client *c)
{
	return c->worker.pid > 0;
}

/*
 * Ends the worker and with it the connection, and frees what has come. Harmless if
 * there is none. Names and address stay.
 */
void ut_client_close(struct ut_client *c);

#endif /* UT_TABLET_CLIENT_H */
