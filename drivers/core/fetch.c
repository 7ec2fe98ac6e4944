// SPDX-License-Identifier: GPL-2.0
/*
 * fetch.c - the next header, if there is memory for its request
 *
 * On a dock a request that does not fit into the budget waits here, unchecked, and so
 * do those behind it. But the memory may be held by requests that end only when they
 * are unlinked, so the reader goes on reading headers meanwhile, and an unlink passes
 * those that wait. It cannot pass the payload of one that writes; for that the session
 * has its reserve.
 */
#include <net/sock.h>
#include <net/tcp_states.h>

#include "core.h"
#include "trace.h"

/* Looks for room, and for what the peer has sent meanwhile, this often. */
#define LOOK	(HZ / 10)

#define HEADER(w, i) ((w)->headers[((w)->first + (i)) % USBIP_TLS_WAITING])

static void waiting_push(struct usbip_tls_waiting *w, const u8 *header)
{
	memcpy(HEADER(w, w->n), header, USBIP_PDU_HDR_SIZE);
	w->n++;
}

static void waiting_pop(struct usbip_tls_waiting *w, u8 *header)
{
	memcpy(header, HEADER(w, 0), USBIP_PDU_HDR_SIZE);
	w->first = (w->first + 1) % USBIP_TLS_WAITING;
	w->n--;
}

/* Takes the target of an unlink out, if it waits: it needs no memory any more. */
static bool waiting_unlink(struct usbip_tls_waiting *w, u32 target)
{
	struct usbip_pdu pdu;
	u32 i;

	for (i = 0; i < w->n; i++) {
		usbip_pdu_decode(&pdu, HEADER(w, i));
		if (pdu.seqnum == target)
			break;
	}
	if (i == w->n)
		return false;
	for (w->n--; i < w->n; i++)
		memcpy(HEADER(w, i), HEADER(w, i + 1), USBIP_PDU_HDR_SIZE);
	return true;
}

/* Is a header the next thing after the last one that waits? */
static bool waiting_goes_on(const struct usbip_tls_waiting *w)
{
	struct usbip_pdu pdu;

	if (w->n == USBIP_TLS_WAITING)
		return false;
	usbip_pdu_decode(&pdu, HEADER(w, w->n - 1));
	return (pdu.direction == USBIP_DIR_IN || !pdu.length) &&
	       pdu.packets <= 0;
}

/*
 * Nothing more will come, or nobody is there any more. With a payload in the way,
 * reading would not show that.
 */
static bool fetch_is_over(const struct usbip_tls_transport *t)
{
	const struct sock *sk = t->sock->sk;

	return READ_ONCE(sk->sk_state) == TCP_CLOSE ||
	       READ_ONCE(sk->sk_shutdown) & RCV_SHUTDOWN;
}

/* Nobody needs what is left, but the reason of the end may come after it. */
static void fetch_rest(struct usbip_tls_session *s,
		       struct usbip_tls_transport *t)
{
	ssize_t ret;

	do {
		u32 have = 0;

		ret = usbip_tls_rx_collect(s, t, s->rx.iso, &have,
					   USBIP_TLS_ISO_SIZE, MSG_DONTWAIT);
	} while (ret > 0);
}

static bool fetch_take(struct usbip_tls_session *s, const u8 *header)
{
	struct usbip_pdu pdu;

	usbip_pdu_decode(&pdu, header);
	return pdu.command != USBIP_CMD_SUBMIT ||
	       usbip_tls_budget_take(s, usbip_tls_budget_cost(&pdu));
}

/*
 * A header has come: 1 with it in rx.header, or 0 if it is one more to wait.
 */
static int fetch_sort(struct usbip_tls_session *s)
{
	struct usbip_tls_rx *rx = &s->rx;
	struct usbip_tls_waiting *w = &rx->waiting;
	struct usbip_pdu pdu;

	w->have = 0;
	usbip_pdu_decode(&pdu, w->next);
	if (pdu.command == USBIP_CMD_UNLINK) {
		rx->withdrawn = waiting_unlink(w, pdu.target);
		if (rx->withdrawn && !w->n)
			trace_usbip_tls_wait(s->id, false);
	} else if (w->n || !fetch_take(s, w->next)) {
		if (!w->n)
			trace_usbip_tls_wait(s->id, true);
		waiting_push(w, w->next);
		return 0;
	}
	memcpy(rx->header, w->next, sizeof(rx->header));
	return 1;
}

/* The first one that waits has its turn: 1 with it in rx.header, or 0. */
static int fetch_waiting(struct usbip_tls_session *s)
{
	struct usbip_tls_waiting *w = &s->rx.waiting;

	if (!fetch_take(s, HEADER(w, 0)))
		return 0;
	waiting_pop(w, s->rx.header);
	if (!w->n)
		trace_usbip_tls_wait(s->id, false);
	return 1;
}

/**
 * usbip_tls_rx_fetch() - the next header to be dealt with
 * @s: session; caller holds rx.mutex
 * @t: its connection
 *
 * Return: 1 with it in rx.header; else what the driver gets, as
 * usbip_tls_rx_read()
 */
ssize_t usbip_tls_rx_fetch(struct usbip_tls_session *s,
			   struct usbip_tls_transport *t)
{
	struct usbip_tls_waiting *w = &s->rx.waiting;
	ssize_t ret;

	lockdep_assert_held(&s->rx.mutex);

	for (;;) {
		if (w->n && fetch_waiting(s))
			return 1;
		ret = -EAGAIN;
		if (!w->n || waiting_goes_on(w))
			ret = usbip_tls_rx_collect(s, t, w->next, &w->have,
						   sizeof(w->next),
						   w->n ? MSG_DONTWAIT :
							  MSG_WAITALL);
		if (ret > 0 && fetch_sort(s))
			return 1;
		if (ret > 0)
			continue;
		if (ret != -EAGAIN || !w->n)
			return ret;
		if (!waiting_goes_on(w) && fetch_is_over(t))
			fetch_rest(s, t);
		if (!usbip_tls_session_closed(s))
			usbip_tls_budget_wait(s, LOOK);
		if (usbip_tls_session_closed(s))
			return usbip_tls_session_error(s);
	}
}
