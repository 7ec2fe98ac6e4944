/* SPDX-License-Identifier: GPL-2.0 */
/* Inside of enroll/, the side with the CA. */
#ifndef UT_ENROLL_SERVER_H
#define UT_ENROLL_SERVER_H

#include <sys/socket.h>

#include "base/clock.h"
#include "dock/admission.h"
#include "enroll/enroll.h"
#include "worker/message.h"
#include "worker/parent.h"

#define UT_ENROLL_CONNS_MAX		16
#define UT_ENROLL_CONNS_PER_ADDRESS	4
/* New ones a second from one address. */
#define UT_ENROLL_CONNS_RATE		40
#define UT_ENROLL_CONN_TEXT		80
/* From accept to a complete request. */
#define UT_ENROLL_CONN_MS		10000

/**
 * enum ut_enroll_conn_state - how far somebody has come
 * @UT_ENROLL_CONN_SILENT: connected; no worker before he has sent something
 * @UT_ENROLL_CONN_HELLO: has a worker
 * @UT_ENROLL_CONN_WAITING: names the key; others are before him
 * @UT_ENROLL_CONN_CLAIMING: his worker has the key and checks the binder
 * @UT_ENROLL_CONN_DENIED: came too late for it
 * @UT_ENROLL_CONN_BOUND: the binder was right
 * @UT_ENROLL_CONN_PROVEN: the handshake is done: he knows the code
 * @UT_ENROLL_CONN_TURNED_DOWN: his request was no good, and he is being told
 * @UT_ENROLL_CONN_GRANTED: has his certificate
 * @UT_ENROLL_CONN_GONE: we are through with him
 */
enum ut_enroll_conn_state {
	UT_ENROLL_CONN_SILENT,
	UT_ENROLL_CONN_HELLO,
	UT_ENROLL_CONN_WAITING,
	UT_ENROLL_CONN_CLAIMING,
	UT_ENROLL_CONN_DENIED,
	UT_ENROLL_CONN_BOUND,
	UT_ENROLL_CONN_PROVEN,
	UT_ENROLL_CONN_TURNED_DOWN,
	UT_ENROLL_CONN_GRANTED,
	UT_ENROLL_CONN_GONE,
};

/**
 * struct ut_enroll_conn - one connection
 * @io: SILENT: @peer in the loop; later its worker is there
 * @peer: its TCP socket
 * @worker: pid 0 while SILENT
 * @state: how far it has come
 * @addr: where it comes from
 * @text: the same in words
 * @since: ut_clock_ms() of accept, also of the claim while WAITING
 * @deadline: when it has to be done
 */
struct ut_enroll_conn {
	sd_event_source *io;
	int peer;
	struct ut_child worker;
	enum ut_enroll_conn_state state;
	struct sockaddr_storage addr;
	char text[UT_ENROLL_CONN_TEXT];
	int64_t since;
	int64_t deadline;
};

/**
 * struct ut_enroll_server - an enrolment that runs
 * @loop: what it waits for
 * @err: why it ends
 * @params: what it is for
 * @sandbox: for the workers
 * @key: of the code
 * @listen: listening sockets
 * @listener: in the loop
 * @n_listen: how many
 * @door: who comes in there
 * @conn: the connections
 * @n: how many
 * @tries: how many are left
 * @end: ut_clock_ms() when the code ends
 * @granted: there is a certificate; the code is used up
 * @made: it
 * @bundle: what goes to the newcomer
 * @confirmed: he has it: 1; he did not take it: 0; -1: nothing heard
 * @over: the newcomer's connection has ended
 */
struct ut_enroll_server {
	sd_event *loop;
	struct ut_err *err;
	const struct ut_enroll_server_params *params;
	struct ut_sandbox sandbox;
	uint8_t key[UT_TLS_PSK_SIZE];
	int listen[2];
	sd_event_source *listener[2];
	unsigned int n_listen;
	struct ut_door door;
	struct ut_enroll_conn conn[UT_ENROLL_CONNS_MAX];
	size_t n;
	unsigned int tries;
	int64_t end;
	bool granted;
	struct ut_pki_cert made;
	struct ut_blob bundle;
	int confirmed;
	bool over;
};

/* approval.c */

#define UT_APPROVAL_WHY_SIZE 512

/*
 * Does this name need somebody's approval, and is it given? Asks, which may take
 * UT_ENROLL_APPROVAL_MS. 0: it may be issued; UT_REFUSAL_NOT_APPROVED with *why for
 * the dock; UT_REFUSAL_CA with *err.
 */
enum ut_enroll_refusal ut_approve(const struct ut_enroll_server_params *p,
				  const char *peer, const char *name,
				  char why[UT_APPROVAL_WHY_SIZE],
				  struct ut_err *err);

/* enroll_conn.c */

/* A new connection; takes over @fd. */
void ut_enroll_conn_new(struct ut_enroll_server *srv, int fd,
			const struct sockaddr_storage *addr);

/* There is something to read: the first bytes, or a message of the worker. */
int ut_enroll_conn_ready(sd_event_source *s, int fd, uint32_t events,
			 void *arg);

/* Ends it. The last connection moves into its place. */
void ut_enroll_conn_free(struct ut_enroll_server *srv,
			 struct ut_enroll_conn *c);

/* Gives the key to the next who waits for it, unless somebody else is at it. */
void ut_enroll_conn_claims(struct ut_enroll_server *srv);

#endif /* UT_ENROLL_SERVER_H */
