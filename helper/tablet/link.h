/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A connection to one dock that tells of its devices, for a poll loop: it watches,
 * or lists once. A worker without rights connects, shakes hands and reads; this
 * side gets checked messages.
 */
#ifndef UT_TABLET_LINK_H
#define UT_TABLET_LINK_H

#include <stdbool.h>
#include <stdint.h>

#include "cage/sandbox.h"
#include "base/err.h"
#include "tls/creds.h"
#include "tls/reason.h"
#include "wire/usbip_watch.h"
#include "worker/message.h"
#include "worker/parent.h"

/**
 * struct ut_link_target - which dock, and how; all of it borrowed
 * @host: name or address
 * @port: TCP port
 * @expect: name that its certificate must have; "": any of a dock, the caller
 *	looks at it when the link is up
 * @timeout: seconds to connect and shake hands; to list: for all of it
 * @list: list the devices, do not watch
 * @sandbox: its cage
 */
struct ut_link_target {
	const char *host;
	uint16_t port;
	const char *expect;
	unsigned int timeout;
	bool list;
	const struct ut_sandbox *sandbox;
};

/**
 * struct ut_link - one connection; zeroed: none
 * @worker: its process; fd to poll for POLLIN
 * @creds: what it began with, referenced
 * @deadline: ut_clock_ms(), while it is not up, or lists; else INT64_MAX
 * @asked: what it wants signed, as far as it has said
 * @signatures: how many it has had
 * @authenticated: the dock is who it should be
 * @list: as in the target
 * @up: it watches, or the list has begun
 * @left: of the list: devices that are to come
 * @host: as in the target, for messages
 * @expect: the same
 * @at: address it is or was connected to; "" before
 * @name: in the dock's certificate
 * @serial: of the dock's certificate
 */
struct ut_link {
	struct ut_child worker;
	struct ut_creds *creds;
	int64_t deadline;
	struct ut_blob asked;
	unsigned int signatures;
	bool authenticated;
	bool list;
	bool up;
	uint32_t left;
	char host[UT_TLS_NAME_SIZE];
	char expect[UT_TLS_NAME_SIZE];
	char at[UT_MSG_AT_SIZE];
	char name[UT_TLS_NAME_SIZE];
	char serial[UT_TLS_SERIAL_SIZE];
};

enum ut_link_news {
	UT_LINK_NOTHING,
	UT_LINK_UP,		/* the dock has been reached and will tell */
	UT_LINK_EVENT,		/* *event is filled in, its texts are clean */
	UT_LINK_LISTED,		/* the list is complete; the link is closed */
	UT_LINK_NO_WATCH,	/* the dock cannot do that; the link is closed */
	UT_LINK_HUNG_UP,	/* as DOWN: by the dock, at the watch operation */
	UT_LINK_DOWN,		/* over, *err says why; the link is closed */
};

/* Begins to connect; 0 or -errno. */
int ut_link_open(struct ut_link *l, const struct ut_link_target *target,
		 struct ut_creds *creds, struct ut_err *err);

/*
 * Reads one message; call it when the descriptor is ready, and at the deadline.
 * A dock that says of the watch operation that it does not know it is NO_WATCH; one
 * that refuses it is DOWN with UT_EXIT_REFUSED or UT_EXIT_PROTOCOL. One that hangs up
 * may be a RemoteHub, or an usbip-tlsd that just ends: only the caller can tell.
 * The devices of a list are events of the kind DEVICE, and free.
 */
enum ut_link_news ut_link_read(struct ut_link *l, struct ut_watch_event *event,
			       struct ut_err *err);

static inline bool ut_link_is_open(const struct ut_link *l)
{
	return l->worker.pid > 0;
}

/* Ends the worker and with it the connection. Harmless if there is none. */
void ut_link_close(struct ut_link *l);

#endif /* UT_TABLET_LINK_H */
