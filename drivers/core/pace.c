// SPDX-License-Identifier: GPL-2.0
/*
 * pace.c - retransmissions at a steady pace while the peer cannot be reached
 *
 * TCP doubles the time between two retransmissions. After a link was down for
 * 15 s the next one may come 30 s after the cut; by then TCP_USER_TIMEOUT, which
 * frees the device of a peer that has vanished, has ended the connection of one
 * that is back. So while data waits for its acknowledgement the time is held at
 * PACE_MAX. Newer kernels do that by themselves; for the others a work looks after
 * the timer every PACE_LOOK.
 */
#include <linux/workqueue.h>
#include <net/inet_connection_sock.h>
#include <net/tcp.h>

#include "../compat/compat.h"
#include "core.h"

#define PACE_LOOK	HZ
#define PACE_MAX	(2 * HZ)

static void pace_work(struct work_struct *work)
{
	struct usbip_tls_transport *t =
		container_of(work, struct usbip_tls_transport, pace.work);
	struct sock *sk = t->sock->sk;

	lock_sock(sk);
	usbip_tls_compat_hurry(sk, PACE_MAX);
	release_sock(sk);
	schedule_delayed_work(&t->pace, PACE_LOOK);
}

void usbip_tls_pace_init(struct usbip_tls_transport *t)
{
	INIT_DELAYED_WORK(&t->pace, pace_work);
}

/* Begins when the transport belongs to a session. Process context. */
void usbip_tls_pace_start(struct usbip_tls_transport *t)
{
	struct sock *sk = t->sock->sk;
	bool by_itself;

	lock_sock(sk);
	by_itself = usbip_tls_compat_rto_max(sk, PACE_MAX);
	release_sock(sk);
	if (!by_itself)
		schedule_delayed_work(&t->pace, PACE_LOOK);
}

/* Must be over before the transport goes. Not under the socket's lock. */
void usbip_tls_pace_stop(struct usbip_tls_transport *t)
{
	cancel_delayed_work_sync(&t->pace);
}
