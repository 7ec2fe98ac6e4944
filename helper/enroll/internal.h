/* SPDX-License-Identifier: GPL-2.0 */
/* Inside of enroll/, the side with the CA. */
#ifndef UT_ENROLL_INTERNAL_H
#define UT_ENROLL_INTERNAL_H

#include <sys/socket.h>

#include "base/clock.h"
#include "dock/admission.h"
#include "enroll/enroll.h"
#include "worker/message.h"
#include "worker/parent.h"

#define UT_VISITORS_MAX		16
#define UT_VISITORS_PER_ADDRESS	4
/* New ones a second from one address. */
#define UT_VISITORS_RATE	40
#define UT_VISITOR_TEXT		80
/* From accept to a complete request. */
#define UT_VISITOR_MS		10000

/**
 * enum ut_visitor_state - how far somebody has come
 * @UT_VISITOR_SILENT: connected; no worker before he has sent something
 * @UT_VISITOR_HELLO: has a worker
 * @UT_VISITOR_WAITING: names the key; others are before him
 * @UT_VISITOR_CLAIMING: his worker has the key and checks the binder
 * @UT_VISITOR_DENIED: came too late for it
 * @UT_VISITOR_BOUND: the binder was right
 * @UT_VISITOR_PROVEN: the handshake is done: he knows the code
 * @UT_VISITOR_TURNED_DOWN: his request was no good, and he is being told
 * @UT_VISITOR_GRANTED: has his certificate
 * @UT_VISITOR_GONE: we are through with him
 */
enum ut_visitor_state {
	UT_VISITOR_SILENT,
	UT_VISITOR_HELLO,
	UT_VISITOR_WAITING,
	UT_VISITOR_CLAIMING,
	UT_VISITOR_DENIED,
	UT_VISITOR_BOUND,
	UT_VISITOR_PROVEN,
	UT_VISITOR_TURNED_DOWN,
	UT_VISITOR_GRANTED,
	UT_VISITOR_GONE,
};

/**
 * struct ut_visitor - one connection
 * @io: SILENT: @peer in the loop; later its worker is there
 * @peer: its TCP socket
 * @worker: pid 0 while SILENT
 * @state: how far it has come
 * @addr: where it comes from
 * @text: the same in words
 * @since: ut_clock_ms() of accept, also of the claim while WAITING
 * @deadline: when it has to be done
 */
struct ut_visitor {
	sd_event_source *io;
	int peer;
	struct ut_child worker;
	enum ut_visitor_state state;
	struct sockaddr_storage addr;
	char text[UT_VISITOR_TEXT];
	int64_t since;
	int64_t deadline;
};

/**
 * struct ut_reception - an enrolment that runs
 * @loop: what it waits for
 * @err: why it ends
 * @offer: what is offered
 * @sandbox: for the workers
 * @key: of the code
 * @listen: listening sockets
 * @listener: in the loop
 * @n_listen: how many
 * @door: who comes in there
 * @visitor: the connections
 * @n: how many
 * @tries: how many are left
 * @end: ut_clock_ms() when the code ends
 * @granted: there is a certificate; the code is used up
 * @made: it
 * @bundle: what goes to the newcomer
 * @confirmed: he has it: 1; he did not take it: 0; -1: nothing heard
 * @over: the newcomer's connection has ended
 */
struct ut_reception {
	sd_event *loop;
	struct ut_err *err;
	const struct ut_enroll_offer *offer;
	struct ut_sandbox sandbox;
	uint8_t key[UT_TLS_PSK_SIZE];
	int listen[2];
	sd_event_source *listener[2];
	unsigned int n_listen;
	struct ut_door door;
	struct ut_visitor visitor[UT_VISITORS_MAX];
	size_t n;
	unsigned int tries;
	int64_t end;
	bool granted;
	struct ut_pki_cert made;
	struct ut_blob bundle;
	int confirmed;
	bool over;
};

/* word.c */

#define UT_WORD_WHY_SIZE 512

/*
 * Does this name need somebody's word, and is it given? Asks, which may take
 * UT_ENROLL_WORD_MS. 0: it may be issued; UT_REFUSAL_WORD with *why for the dock;
 * UT_REFUSAL_CA with *err.
 */
enum ut_enroll_refusal ut_word_for(const struct ut_enroll_offer *o,
				   const char *peer, const char *name,
				   char why[UT_WORD_WHY_SIZE],
				   struct ut_err *err);

/* visitor.c */

/* A new connection; takes over @fd. */
void ut_visitor_new(struct ut_reception *r, int fd,
		    const struct sockaddr_storage *addr);

/* There is something to read: the first bytes, or a message of the worker. */
int ut_visitor_ready(sd_event_source *s, int fd, uint32_t events, void *arg);

/* Ends it. The last visitor moves into its place. */
void ut_visitor_free(struct ut_reception *r, struct ut_visitor *v);

/* Gives the key to the next who waits for it, unless somebody else is at it. */
void ut_visitor_claims(struct ut_reception *r);

#endif /* UT_ENROLL_INTERNAL_H */
