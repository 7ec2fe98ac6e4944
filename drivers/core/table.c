// SPDX-License-Identifier: GPL-2.0
/*
 * table.c - the session table: sessions are made, found and destroyed
 */
#include <linux/ktime.h>
#include <linux/netlink.h>
#include <linux/slab.h>
#include <linux/xarray.h>
#include <net/net_namespace.h>

#include "core.h"
#include "trace.h"

/*
 * Ids count up cyclically. Lookups run under RCU and take a reference unless
 * the session is on its way out already.
 */
static DEFINE_XARRAY_ALLOC1(sessions);
static u32 sessions_next;

/*
 * Serialises the cap and the one-session-per-socket rule with the insertion.
 * No memory allocation under it may wait for I/O: the end of a session on a USB
 * disk takes it too.
 */
static DEFINE_MUTEX(session_new_mutex);
static unsigned int sessions_count;	/* protected by session_new_mutex */

/* Refuses a second session on one socket. Caller holds session_new_mutex. */
static bool session_socket_in_use(const struct socket *sock)
{
	struct usbip_tls_session *s;
	unsigned long id;
	bool found = false;

	lockdep_assert_held(&session_new_mutex);

	xa_for_each(&sessions, id, s) {
		spin_lock_irq(&s->lock);
		found = s->transport && s->transport->sock->sk == sock->sk;
		spin_unlock_irq(&s->lock);
		if (found)
			break;
	}

	return found;
}

static int session_insert(struct usbip_tls_session *s,
			  struct netlink_ext_ack *extack)
{
	struct usbip_tls_transport *t = s->transport;
	int err;

	mutex_lock(&session_new_mutex);
	if (sessions_count >= USBIP_TLS_MAX_SESSIONS) {
		NL_SET_ERR_MSG(extack, "too many sessions");
		err = -ENOSPC;
	} else if (session_socket_in_use(t->sock)) {
		NL_SET_ERR_MSG(extack, "socket already belongs to a session");
		err = -EBUSY;
	} else {
		err = xa_alloc_cyclic(&sessions, &s->id, s,
				      XA_LIMIT(1, INT_MAX), &sessions_next,
				      GFP_NOIO);
		if (err >= 0) {
			sessions_count++;
			err = 0;
		}
	}
	mutex_unlock(&session_new_mutex);

	return err;
}

static int session_bind_side(struct usbip_tls_session *s,
			     struct netlink_ext_ack *extack)
{
	int err;

	s->side = usbip_tls_side_get(s->desc.role);
	if (!s->side) {
		NL_SET_ERR_MSG(extack, "module for this role is not loaded");
		return -ENXIO;
	}
	if (!s->side->bind)
		return 0;

	err = s->side->bind(s, &s->desc, &s->side_priv, extack);
	if (err) {
		usbip_tls_side_put(s->side);
		s->side = NULL;
	}
	return err;
}

static void session_unbind_side(struct usbip_tls_session *s)
{
	if (s->side->unbind)
		s->side->unbind(s->side_priv);
	usbip_tls_side_put(s->side);
}

/**
 * usbip_tls_session_create() - make a session and enter it in the table
 * @net: network namespace of its transport
 * @desc: who and what
 * @transport: its first connection; the session takes over the reference on
 *	success, and on success only
 * @extack: explains a failure
 *
 * Return: the session with one reference, to be given up by
 * usbip_tls_session_destroy(), or an ERR_PTR: -ENOMEM, -ENXIO, -ENODEV,
 * -ENOSPC, -EBUSY as in the uapi header
 */
struct usbip_tls_session *
usbip_tls_session_create(struct net *net, const struct usbip_tls_desc *desc,
			 struct usbip_tls_transport *transport,
			 struct netlink_ext_ack *extack)
{
	struct usbip_tls_session *s;
	int err;

	s = kzalloc(sizeof(*s), GFP_KERNEL);
	if (!s)
		return ERR_PTR(-ENOMEM);

	kref_init(&s->kref);
	spin_lock_init(&s->lock);
	spin_lock_init(&s->check_lock);
	usbip_tls_tx_init(&s->tx);
	usbip_tls_goodbye_init(s);
	usbip_tls_silent_init(s);
	s->desc = *desc;
	s->state = USBIP_TLS_STATE_NEW;
	s->created = ktime_get_boottime_ns();
	s->transport = transport;

	err = usbip_tls_rx_init(&s->rx);
	if (err)
		goto err_free;
	err = usbip_tls_identity_init(s);
	if (err)
		goto err_rx;
	err = session_bind_side(s, extack);
	if (err)
		goto err_identity;
	err = usbip_tls_check_init(s);
	if (err)
		goto err_side;
	err = usbip_tls_budget_join(s);
	if (err)
		goto err_check;
	s->net = get_net(net);
	err = session_insert(s, extack);
	if (err)
		goto err_net;

	usbip_tls_pace_start(transport);
	trace_usbip_tls_session(s->id, desc->role, USBIP_TLS_STATE_UNSPEC,
				USBIP_TLS_STATE_NEW, USBIP_TLS_REASON_NONE, 0);
	return s;

err_net:
	put_net(s->net);
	usbip_tls_budget_leave(s);
err_check:
	usbip_tls_check_free(s);
err_side:
	session_unbind_side(s);
err_identity:
	usbip_tls_identity_free(s);
err_rx:
	usbip_tls_rx_free(&s->rx);
err_free:
	kfree(s);
	return ERR_PTR(err);
}

static void session_free(struct kref *kref)
{
	struct usbip_tls_session *s =
		container_of(kref, struct usbip_tls_session, kref);

	session_unbind_side(s);
	put_net(s->net);
	kfree_rcu(s, rcu);
}

void usbip_tls_session_put(struct usbip_tls_session *s)
{
	kref_put(&s->kref, session_free);
}

/**
 * usbip_tls_session_destroy() - second phase of the end
 * @s: session whose socket has no user left
 *
 * Takes the session out of the table, gives up what it holds and drops the
 * caller's reference. Process context.
 */
void usbip_tls_session_destroy(struct usbip_tls_session *s)
{
	struct usbip_tls_transport *t;

	usbip_tls_session_close(s, USBIP_TLS_REASON_LOCAL, 0);
	usbip_tls_carry_stop(s);
	usbip_tls_silent_stop(s);

	mutex_lock(&session_new_mutex);
	xa_erase(&sessions, s->id);
	sessions_count--;
	mutex_unlock(&session_new_mutex);

	spin_lock_irq(&s->lock);
	t = s->transport;
	s->transport = NULL;
	spin_unlock_irq(&s->lock);
	usbip_tls_goodbye_finish(s, t);
	usbip_tls_pace_stop(t);
	usbip_tls_transport_put(t);

	/*
	 * A netlink request that found the session before may still read it:
	 * counters and names, which stay, and the open requests, which are a
	 * number. It never reaches into these. It may be closing the session,
	 * too, so what the side has goes with the last reference.
	 */
	usbip_tls_check_free(s);
	usbip_tls_identity_free(s);
	usbip_tls_budget_leave(s);
	usbip_tls_rx_free(&s->rx);
	usbip_tls_session_put(s);
}

static bool session_visible(const struct usbip_tls_session *s,
			    const struct net *net)
{
	return net_eq(s->net, net);
}

/* Returns the session with a reference, or NULL. */
struct usbip_tls_session *usbip_tls_session_get(struct net *net, u32 id)
{
	struct usbip_tls_session *s;

	rcu_read_lock();
	s = xa_load(&sessions, id);
	if (s && (!session_visible(s, net) || !kref_get_unless_zero(&s->kref)))
		s = NULL;
	rcu_read_unlock();

	return s;
}

/*
 * The first session of @net (NULL: of any) whose number is *@id or above, with a
 * reference; *@id becomes its number. NULL: no more.
 */
struct usbip_tls_session *usbip_tls_session_next(struct net *net, u32 *id)
{
	unsigned long index = *id;
	struct usbip_tls_session *s;

	rcu_read_lock();
	for (s = xa_find(&sessions, &index, ULONG_MAX, XA_PRESENT); s;
	     s = xa_find_after(&sessions, &index, ULONG_MAX, XA_PRESENT)) {
		if ((!net || session_visible(s, net)) &&
		    kref_get_unless_zero(&s->kref))
			break;
	}
	rcu_read_unlock();

	if (s)
		*id = index;
	return s;
}

/**
 * usbip_tls_session_lost() - a device has lost its driver
 * @role: enum usbip_tls_role, of the sessions it is for
 * @busid: of the device
 *
 * Ends the sessions with it. Process context; waits neither for the network nor
 * for the stock driver, whose locks the caller may hold.
 */
void usbip_tls_session_lost(u8 role, const char *busid)
{
	struct usbip_tls_session *s;
	u32 id = 0;

	while ((s = usbip_tls_session_next(NULL, &id))) {
		if (s->desc.role == role && !strcmp(s->desc.busid, busid))
			usbip_tls_session_close(s, USBIP_TLS_REASON_LOCAL, 0);
		usbip_tls_session_put(s);
		id++;
	}
}
EXPORT_SYMBOL_GPL(usbip_tls_session_lost);

bool usbip_tls_session_table_empty(void)
{
	return xa_empty(&sessions);
}
