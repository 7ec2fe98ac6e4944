/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The dock's state, with the table of its connections and of those who did not get
 * what they asked for. The files that know struct ut_dock stand above this one.
 */
#ifndef UT_DOCK_CONNS_H
#define UT_DOCK_CONNS_H

#include <libudev.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/task.h"
#include "dock/admission.h"
#include "dock/autobind.h"
#include "dock/devices.h"
#include "dock/listen.h"
#include "dock/peer_view.h"
#include "dock/reserve.h"
#include "tls/creds.h"
#include "worker/message.h"
#include "worker/parent.h"

#define UT_DOCK_MAX_CONNS 1024
#define UT_ADDR_TEXT 80

/**
 * enum ut_conn_state - where a connection is
 * @UT_CONN_SILENT: accepted; no worker before the peer has sent something
 * @UT_CONN_HANDSHAKE: the worker shakes hands
 * @UT_CONN_SIGNED: it has had its signature
 * @UT_CONN_NAMED: and has asked whether this tablet may come in
 * @UT_CONN_AUTHENTICATED: it reads the request
 * @UT_CONN_PLAIN: the same without TLS
 * @UT_CONN_LISTING: it fetches devices from us one by one
 * @UT_CONN_WATCHING: it passes on an event; without a deadline
 * @UT_CONN_HUNGRY: it waits for the next one
 * @UT_CONN_RENEWING: a new certificate is being made for it
 * @UT_CONN_FETCHING: it fetches certificate or CRL from us piece by piece
 * @UT_CONN_IMPORTED: its request is dealt with; only its end is to come
 */
enum ut_conn_state {
	UT_CONN_SILENT,
	UT_CONN_HANDSHAKE,
	UT_CONN_SIGNED,
	UT_CONN_NAMED,
	UT_CONN_AUTHENTICATED,
	UT_CONN_PLAIN,
	UT_CONN_LISTING,
	UT_CONN_WATCHING,
	UT_CONN_HUNGRY,
	UT_CONN_RENEWING,
	UT_CONN_FETCHING,
	UT_CONN_IMPORTED,
};

/**
 * struct ut_conn - one connection
 * @dock: whose
 * @io: SILENT: @peer in the loop; later its worker is there
 * @peer: its TCP socket; ours and the worker's
 * @worker: its worker; pid 0 while SILENT
 * @state: where it is
 * @creds: what it began with
 * @addr: of the peer
 * @text: the same for logs, with port
 * @since: ut_clock_ms() of accept
 * @deadline: for everything; INT64_MAX: none
 * @plain: it came by a listener without TLS
 * @name: of the tablet, once authenticated; @plain: as in policy/plain.h
 * @serial: of its certificate
 * @devs: LISTING: snapshot of the devices
 * @n_devs: how many
 * @next: the one to send next
 * @view: WATCHING: what it has been told
 * @number: WATCHING: of the revocation list that it has been told of
 * @blob: FETCHING: what it fetches
 */
struct ut_conn {
	struct ut_dock *dock;
	sd_event_source *io;
	int peer;
	struct ut_child worker;
	enum ut_conn_state state;
	struct ut_creds *creds;
	struct sockaddr_storage addr;
	char text[UT_ADDR_TEXT];
	int64_t since;
	int64_t deadline;
	bool plain;
	char name[UT_TLS_NAME_SIZE];
	char serial[UT_TLS_SERIAL_SIZE];
	struct ut_op_device *devs;
	size_t n_devs;
	size_t next;
	struct ut_peer_view view;
	uint8_t number[UT_CRL_NUMBER];
	struct ut_blob blob;
};

static inline bool ut_conn_watches(const struct ut_conn *c)
{
	return c->state == UT_CONN_WATCHING || c->state == UT_CONN_HUNGRY;
}

/**
 * struct ut_refused - somebody who did not get what he asked for
 * @at: ut_clock_ms()
 * @address: his
 * @tablet: name in his certificate, if it was checked; else ""
 * @busid: the device he asked for, or ""
 * @why: for a person
 */
struct ut_refused {
	int64_t at;
	char address[UT_ADDR_TEXT];
	char tablet[UT_TLS_NAME_SIZE];
	char busid[UT_OP_BUSID_SIZE];
	char why[300];
};

/* The last ones, for a report. */
#define UT_DOCK_MAX_REFUSED 8

struct ut_dock {
	sd_event *loop;
	const struct ut_config *config;
	const struct ut_sandbox *sandbox;
	struct ut_nl *nl;
	struct ut_creds *creds;
	sd_event_source *signer;
	struct ut_listeners listen;
	struct ut_door door;
	uint64_t away;		/* turned away there, and not logged */
	struct ut_conn *conns[UT_DOCK_MAX_CONNS];
	size_t n_conns;
	size_t n_watching;
	struct ut_devices devices;
	struct ut_autobind autobind;
	struct ut_reserves reserves;
	struct udev *udev;
	struct udev_monitor *monitor;
	sd_event_source *uevents;
	struct ut_task renewal;
	struct ut_conn *renewing;	/* for whom; NULL: it is gone */
	struct ut_ratelimit renewals;
	struct ut_ratelimit strangers;
	struct json_object *refusals;
	unsigned int unlogged;
	bool observed;
	struct ut_refused refused[UT_DOCK_MAX_REFUSED];
	uint64_t n_refused;
};

/*
 * Takes over @peer. The new connection is the last of dock->conns. @plain: its name,
 * if it came by a listener without TLS, else NULL. @begin: called with the connection
 * when the peer has sent something.
 */
int ut_conn_new(struct ut_dock *dock, int peer,
		const struct sockaddr_storage *addr, const char *plain,
		sd_event_io_handler_t begin);

/* Closes the socket, ends the worker, frees it; takes it out of the table. */
void ut_conn_free(struct ut_dock *dock, struct ut_conn *c);

/*
 * Logs how a stranger failed, not more often than is good, and counts it under
 * @name, a literal.
 */
void ut_conn_log_refused(struct ut_dock *dock, const struct ut_conn *c,
			 const char *name, const char *text);

/*
 * The same for one that has not become a connection; @who: its address. Returns
 * whether it was logged.
 */
bool ut_stranger_log_refused(struct ut_dock *dock, const char *who,
			     const char *name, const char *text);

/* Remembers one who was refused; @busid may be "". */
void ut_refused_note(struct ut_dock *dock, const struct ut_conn *c,
		     const char *busid, const char *why);

/* The one with this number, if it is among the last; else NULL. */
const struct ut_refused *ut_refused_get(const struct ut_dock *dock, uint64_t i);

#endif /* UT_DOCK_CONNS_H */
