// SPDX-License-Identifier: GPL-2.0
/*
 * budget.c - how much memory the requests of tablets may take on a dock
 *
 * A session may have many requests open, and a tablet many sessions; together they
 * could take all the memory there is. So each session of a dock has a reserve of
 * its own, and what its open requests take above that comes out of two pools: one
 * for its peer, and one for all. A request that does not fit waits with its
 * session's reader, see fetch.c; unlinks and answers never do.
 *
 * What counts is what the checker knows of the open requests, and a request from
 * the moment at which it is let in to the one at which its answer is sent. That is
 * what it asks for; the allocator may round it up to twice as much. Memory of the
 * connections is TCP's own, and bounded by that.
 */
#include <linux/mm.h>
#include <linux/moduleparam.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/wait.h>
#include <net/ipv6.h>

#include "core.h"
#include "trace.h"

/*
 * The pools, and their sizes by default. Even the smaller one has room for one
 * largest request, so that every request gets in at some time.
 */
#define TOTAL_SHARE	8	/* of the memory that a kernel uses for itself */
#define TOTAL_MIN	(2UL * USBIP_PDU_MAX_TRANSFER)
#define PEER_SHARE	2	/* of the pool for all */
#define PEER_MIN	((unsigned long)USBIP_PDU_MAX_TRANSFER)
/*
 * The reserve has room for one largest request where there are 2 GiB of memory, and
 * for a largest one of a disk everywhere.
 */
#define RESERVE_SHARE	16	/* of the pool for all */
#define RESERVE_MIN	(1UL << 20)
#define RESERVE_MAX	((unsigned long)USBIP_PDU_MAX_TRANSFER)

/* What a request takes besides its buffer, and each of its packets. */
#define REQUEST_COST	1024
#define PACKET_COST	128

static unsigned int memory_mib;
module_param(memory_mib, uint, 0644);
MODULE_PARM_DESC(memory_mib,
		 "MiB that requests of all tablets may take on a dock besides the reserves, at least 32; 0: an eighth of all memory");

static unsigned int peer_memory_mib;
module_param(peer_memory_mib, uint, 0644);
MODULE_PARM_DESC(peer_memory_mib,
		 "MiB of that for the requests of one tablet, at least 16; 0: half");

/**
 * struct usbip_tls_budget_peer - a tablet and its sessions
 * @list: in peers
 * @sessions: how many
 * @used: bytes above the reserves of its sessions
 * @name: of the tablet, or its address if it has none
 */
struct usbip_tls_budget_peer {
	struct list_head list;
	unsigned int sessions;
	unsigned long used;
	char name[USBIP_TLS_PEER_SIZE];
};

/* Protects all below, and the budgets of the sessions. Inside of check_lock. */
static DEFINE_SPINLOCK(budget_lock);
static LIST_HEAD(peers);
static unsigned long budget_used;
static DECLARE_WAIT_QUEUE_HEAD(budget_wait);

static unsigned long budget_total(void)
{
	unsigned long pages = totalram_pages() - totalhigh_pages();
	unsigned long mib = min_t(unsigned long, READ_ONCE(memory_mib),
				  pages >> (20 - PAGE_SHIFT));

	return max(mib ? mib << 20 : pages / TOTAL_SHARE << PAGE_SHIFT,
		   TOTAL_MIN);
}

static unsigned long budget_peer_total(unsigned long total)
{
	unsigned long mib = READ_ONCE(peer_memory_mib);

	return clamp(mib ? min(mib, total >> 20) << 20 : total / PEER_SHARE,
		     PEER_MIN, total);
}

static unsigned long budget_above(unsigned long held, unsigned long reserve)
{
	return held > reserve ? held - reserve : 0;
}

/* What a session holds becomes @held. Caller holds budget_lock. */
static void budget_set(struct usbip_tls_budget *b, unsigned long held)
{
	unsigned long before = budget_above(b->held, b->reserve);
	unsigned long after = budget_above(held, b->reserve);
	bool less = held < b->held;

	lockdep_assert_held(&budget_lock);

	b->held = held;
	b->peer->used += after - before;
	budget_used += after - before;
	if (less && wq_has_sleeper(&budget_wait))
		wake_up_all(&budget_wait);
}

static void budget_name(const struct usbip_tls_session *s, char *name,
			size_t size)
{
	struct sockaddr_storage addr = s->transport->peer;
	struct in6_addr *in6 = &((struct sockaddr_in6 *)&addr)->sin6_addr;

	/* Whoever has an IPv6 address usually has all of its /64. */
	if (addr.ss_family == AF_INET6 && !ipv6_addr_v4mapped(in6))
		memset(&in6->s6_addr[8], 0, 8);
	if (s->desc.peer[0])
		strscpy(name, s->desc.peer, size);
	else
		snprintf(name, size, "%pISc", &addr);
}

/* Caller holds budget_lock. */
static struct usbip_tls_budget_peer *budget_find(const char *name)
{
	struct usbip_tls_budget_peer *p;

	list_for_each_entry(p, &peers, list) {
		if (!strcmp(p->name, name))
			return p;
	}
	return NULL;
}

/**
 * usbip_tls_budget_join() - a session begins
 * @s: session, with its transport; on a tablet it has no budget
 *
 * Return: 0 or -ENOMEM
 */
int usbip_tls_budget_join(struct usbip_tls_session *s)
{
	struct usbip_tls_budget_peer *p, *spare;

	if (s->side->check_side != USBIP_CHECK_DOCK)
		return 0;
	spare = kzalloc(sizeof(*spare), GFP_KERNEL);
	if (!spare)
		return -ENOMEM;
	budget_name(s, spare->name, sizeof(spare->name));

	spin_lock_irq(&budget_lock);
	p = budget_find(spare->name);
	if (!p) {
		p = spare;
		spare = NULL;
		list_add(&p->list, &peers);
	}
	p->sessions++;
	spin_unlock_irq(&budget_lock);

	kfree(spare);
	s->budget.reserve = REQUEST_COST +
			    clamp(budget_total() / RESERVE_SHARE, RESERVE_MIN,
				  RESERVE_MAX);
	s->budget.peer = p;
	return 0;
}

/* A session has ended: nobody counts anything for it any more. */
void usbip_tls_budget_leave(struct usbip_tls_session *s)
{
	struct usbip_tls_budget_peer *p = s->budget.peer;

	if (!p)
		return;
	spin_lock_irq(&budget_lock);
	budget_set(&s->budget, 0);
	if (--p->sessions)
		p = NULL;
	else
		list_del(&p->list);
	spin_unlock_irq(&budget_lock);
	kfree(p);
}

/* What this many requests take, with buffers of @bytes and @packets in all. */
static unsigned long budget_of(unsigned long requests, unsigned long bytes,
			       unsigned long packets)
{
	return bytes + requests * REQUEST_COST + packets * PACKET_COST;
}

/**
 * usbip_tls_budget_cost() - what a request will take
 * @pdu: a CMD_SUBMIT, not checked yet
 *
 * Return: bytes; 0: the checker will refuse it
 */
unsigned long usbip_tls_budget_cost(const struct usbip_pdu *pdu)
{
	unsigned long packets = max(pdu->packets, 0);

	if (pdu->length < 0 || pdu->length > USBIP_PDU_MAX_TRANSFER ||
	    packets > USBIP_PDU_MAX_ISO_PACKETS)
		return 0;
	return budget_of(1, pdu->length, packets);
}

/**
 * usbip_tls_budget_take() - let a request in, if there is room
 * @s: session; called by its reader, who has it checked next
 * @cost: of the request
 *
 * Return: whether it has room now
 */
bool usbip_tls_budget_take(struct usbip_tls_session *s, unsigned long cost)
{
	unsigned long total = budget_total(), more;
	struct usbip_tls_budget *b = &s->budget;
	bool room;

	if (!b->peer)
		return true;
	spin_lock_irq(&budget_lock);
	more = budget_above(b->held + cost, b->reserve) -
	       budget_above(b->held, b->reserve);
	room = !more || (budget_used + more <= total &&
			 b->peer->used + more <= budget_peer_total(total));
	if (room) {
		b->coming = cost;
		budget_set(b, b->held + cost);
	}
	spin_unlock_irq(&budget_lock);
	return room;
}

/**
 * usbip_tls_budget_count() - the checker has seen a header
 * @s: session; caller holds check_lock
 * @received: from the peer: what was taken for it is among the open requests now
 */
void usbip_tls_budget_count(struct usbip_tls_session *s, bool received)
{
	const struct usbip_slots *slots = &s->check.slots;
	struct usbip_tls_budget *b = &s->budget;
	unsigned long flags, open;

	lockdep_assert_held(&s->check_lock);

	if (!b->peer)
		return;
	open = budget_of(slots->submits, slots->bytes, slots->packets);
	spin_lock_irqsave(&budget_lock, flags);
	if (received)
		b->coming = 0;
	else if (open < b->open)
		b->leaving += b->open - open;
	b->open = open;
	budget_set(b, open + b->coming + b->leaving);
	spin_unlock_irqrestore(&budget_lock, flags);
}

/**
 * usbip_tls_budget_sent() - the answer that was checked last needs no memory now
 * @s: session; caller holds tx.mutex
 *
 * Only now: the peer decides how long it takes to send one.
 */
void usbip_tls_budget_sent(struct usbip_tls_session *s)
{
	struct usbip_tls_budget *b = &s->budget;

	lockdep_assert_held(&s->tx.mutex);

	if (!b->peer)
		return;
	spin_lock_irq(&budget_lock);
	b->leaving = 0;
	budget_set(b, b->open + b->coming);
	spin_unlock_irq(&budget_lock);
}

/**
 * usbip_tls_budget_wait() - until there may be room
 * @s: session
 * @timeout: in jiffies, at the longest
 *
 * The caller has to look again in any case. Idle: the peers decide how long.
 */
void usbip_tls_budget_wait(struct usbip_tls_session *s, unsigned long timeout)
{
	DEFINE_WAIT(wait);

	prepare_to_wait(&budget_wait, &wait, TASK_IDLE);
	if (!usbip_tls_session_closed(s))
		schedule_timeout(timeout);
	finish_wait(&budget_wait, &wait);
}
