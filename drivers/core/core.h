/* SPDX-License-Identifier: GPL-2.0 */
/*
 * core.h - sessions and transports of usbip_tls_core
 *
 * A session is what a stock USB/IP driver holds (through its session socket); a
 * transport is the connection below it: kernel TLS, or bare TCP for a client
 * without TLS. The two are separate objects so that a transport can be replaced
 * under a running session.
 *
 * Who holds what
 *   session socket -> session (one reference, dropped in its release)
 *   session table  -> session (no reference: the entry goes in that release)
 *   netlink lookup -> session (a reference for the length of the request)
 *   session        -> transport, side module, network namespace
 *   transport      -> TCP socket (by its file)
 *   works (goodbye, silent, pace)
 *                  -> nothing: destroy ends them before it lets go of the rest
 *   session socket -> usbip_tls_core (twice: the socket's ops, the sock's proto)
 *
 * Lock order, outer first
 *   session_new_mutex > table (xarray)
 *   session_new_mutex > lock
 *   rx.mutex > lock
 *   rx.mutex > check_lock
 *   tx.mutex > lock
 *   tx.mutex > check_lock
 *   check_lock > budget_lock (budget.c)
 *   tx.mutex, rx.mutex > lock_sock(TCP socket)
 *   rx.mutex > tx.mutex
 *   rx.mutex, tx.mutex > identity.lock
 *   rx.mutex > what a carrier locks
 * Whoever closes a session only tries tx.mutex. lock and check_lock never nest.
 */
#ifndef USBIP_TLS_CORE_H
#define USBIP_TLS_CORE_H

#include <linux/kref.h>
#include <linux/mutex.h>
#include <linux/net.h>
#include <linux/socket.h>
#include <linux/spinlock.h>
#include <linux/uio.h>
#include <linux/usbip_tls.h>
#include <linux/wait.h>
#include <linux/workqueue.h>
#include <net/sock.h>

#include "side.h"
#include "wire/usbip_check.h"
#include "wire/usbip_gcm.h"

struct genl_family;
struct netlink_ext_ack;

/* TLS record content types, RFC 8446 section 5.1. */
#define USBIP_TLS_RECORD_ALERT		21
#define USBIP_TLS_RECORD_HANDSHAKE	22

/**
 * struct usbip_tls_usage - what the present key of one direction has protected
 * @records: records
 * @bytes: of text in them; records from before the session, whose length nobody
 *	knows, count as full
 */
struct usbip_tls_usage {
	atomic64_t records;
	atomic64_t bytes;
};

/**
 * enum usbip_tls_key - what the count of a key's use says, bits
 * @USBIP_TLS_KEY_DUE: it will soon be used up; said once
 * @USBIP_TLS_KEY_USED_UP: it has protected as much as it may
 */
enum usbip_tls_key {
	USBIP_TLS_KEY_DUE = BIT(0),
	USBIP_TLS_KEY_USED_UP = BIT(1),
};

/**
 * struct usbip_tls_transport - one connection
 * @kref: freed with the last reference
 * @sock: the TCP socket, with kernel TLS or without; the transport holds its file
 * @plain: it is without: no records, no alerts
 * @version: TLS version, 0x0303 or 0x0304; 0: @plain
 * @cipher: enum usbip_tls_cipher; USBIP_TLS_CIPHER_UNSPEC: @plain
 * @block_limit: blocks one key may protect, see usbip_gcm.h; 0: no limit
 * @tx: what was sent under the present key; written under tx.mutex
 * @rx: what was received under it; written under rx.mutex
 * @due: bit 0: USBIP_TLS_KEY_DUE has been said for sending, bit 1: for receiving
 * @shut: bit 0 is set by whoever ends the connection
 * @error: negative errno of the last send that failed, 0: none; under tx.mutex
 * @skip: bytes of a TLS handshake message still to ignore; under rx.mutex
 * @pace: looks after retransmissions
 * @local: own address
 * @peer: address of the peer
 */
struct usbip_tls_transport {
	struct kref kref;
	struct socket *sock;
	bool plain;
	u16 version;
	u8 cipher;
	u64 block_limit;
	struct usbip_tls_usage tx;
	struct usbip_tls_usage rx;
	unsigned long due;
	unsigned long shut;
	int error;
	u32 skip;
	struct delayed_work pace;
	struct sockaddr_storage local;
	struct sockaddr_storage peer;
};

enum usbip_tls_rx_stage {
	USBIP_TLS_RX_HEADER,	/* collecting, then handing out a header */
	USBIP_TLS_RX_DATA,	/* payload passes straight into the caller's buffer */
	USBIP_TLS_RX_ISO,	/* collecting, then handing out packet descriptors */
	USBIP_TLS_RX_IDENTITY,	/* the same with a descriptor of the device */
	USBIP_TLS_RX_DISCARD,	/* swallowing the rest of a late answer */
};

/* Packet descriptors of one PDU, at most. */
#define USBIP_TLS_ISO_SIZE \
	(USBIP_PDU_MAX_ISO_PACKETS * USBIP_ISO_DESC_SIZE)

/* Headers of requests that wait for memory. */
#define USBIP_TLS_WAITING	256

/**
 * struct usbip_tls_waiting - requests that wait for memory, see fetch.c
 * @headers: a ring of USBIP_TLS_WAITING
 * @first: the one whose turn is next
 * @n: how many there are
 * @next: the header being collected, which comes after them
 * @have: bytes of it
 */
struct usbip_tls_waiting {
	u8 (*headers)[USBIP_PDU_HDR_SIZE];
	u32 first;
	u32 n;
	u8 next[USBIP_PDU_HDR_SIZE];
	u32 have;
};

/**
 * struct usbip_tls_budget - memory of a session's requests, see budget.c
 * @peer: whose they are; NULL: it has no budget
 * @reserve: bytes that it may hold whatever the others do
 * @held: bytes that it holds
 * @coming: of those, for a request that the checker has not seen yet
 * @open: for those that it knows to be open
 * @leaving: for the answer that is being sent
 */
struct usbip_tls_budget {
	struct usbip_tls_budget_peer *peer;
	unsigned long reserve;
	unsigned long held;
	unsigned long coming;
	unsigned long open;
	unsigned long leaving;
};

/**
 * struct usbip_tls_rx - receive state; under @mutex
 * @mutex: one reader at a time
 * @stage: what the next byte of the stream belongs to
 * @have: bytes of the header or of the descriptors that are here
 * @given: how many of those the driver has got
 * @left: payload bytes still to pass, or bytes still to swallow
 * @header: the header at hand
 * @waiting: requests before it, and the header being collected
 * @withdrawn: @header is an unlink that has taken its target out of @waiting
 * @iso: the descriptors being collected, or what is thrown away; USBIP_TLS_ISO_SIZE
 *	bytes
 * @control: a control record, USBIP_TLS_RECORD_SIZE bytes
 * @pdu: what the check found of the PDU at hand
 * @payload: where the side's carrier wants the payload at hand
 * @reset: the socket has reported a reset that came after the peer's FIN
 */
struct usbip_tls_rx {
	struct mutex mutex;
	enum usbip_tls_rx_stage stage;
	u32 have;
	u32 given;
	u32 left;
	u8 header[USBIP_PDU_HDR_SIZE];
	struct usbip_tls_waiting waiting;
	bool withdrawn;
	u8 *iso;
	u8 *control;
	struct usbip_check_result pdu;
	struct iov_iter payload;
	bool reset;
};

/**
 * struct usbip_tls_tx - send state
 * @mutex: one sender at a time; held over the kTLS send, so that whoever has frozen
 *	and then takes it knows that no send is under way
 * @gate: senders wait here while @frozen; the reader for a send to return
 * @frozen: no record may be sent; under the session's lock
 * @sends: sends that have returned; written under @mutex
 * @goodbye: ends the connection of a closed session whose sender did not
 */
struct usbip_tls_tx {
	struct mutex mutex;
	wait_queue_head_t gate;
	bool frozen;
	u32 sends;
	struct delayed_work goodbye;
};

/**
 * struct usbip_tls_silent - tablet: how long unlinks have been without an answer
 * @work: looks while there are any; nobody holds it, destroy cancels it
 * @active: @work will look again; this and all below under check_lock
 * @proved: jiffies in which the connection worked, counted while @active
 * @since: jiffies up to which they are counted
 * @heard: jiffies at which the peer's TCP was last heard of, at the last look
 * @troubled: there was a retransmission since then
 */
struct usbip_tls_silent {
	struct delayed_work work;
	bool active;
	u32 proved;
	u32 since;
	u32 heard;
	bool troubled;
};

/**
 * struct usbip_tls_identity - tablet: is the device the one that was announced?
 * @lock: protects @device; a leaf
 * @device: what was announced, and what has come
 * @data: the answer being collected, USBIP_IDENTITY_MAX bytes; under rx.mutex
 */
struct usbip_tls_identity {
	struct mutex lock;
	struct usbip_identity device;
	u8 data[USBIP_IDENTITY_MAX];
};

/**
 * struct usbip_tls_session - one shared USB device
 * @kref: freed with the last reference, after a grace period
 * @rcu: for table lookups without a lock
 * @id: number in the session table
 * @net: network namespace; the session holds it
 * @side: the pair module's part; the session holds its module
 * @side_priv: what @side's bind returned; lives as long as the session, so that
 *	whoever closes it may reach the carrier
 * @desc: who and what; does not change
 * @created: boot time in nanoseconds
 * @lock: protects @state, @reason, @detail, @transport, @tx.frozen
 * @state: enum usbip_tls_state; changed only by usbip_tls_session_move()
 * @reason: why it closed, enum usbip_tls_reason
 * @detail: detail of @reason
 * @transport: present connection; NULL once the session socket is released
 * @rx: receive state
 * @tx: send state
 * @silent: tablet only
 * @identity: tablet only; NULL: what was announced is not known
 * @check_lock: protects @check
 * @check: PDU validation
 * @slots: memory of @check
 * @budget: memory of requests; under budget_lock
 * @tx_bytes: plaintext bytes sent
 * @rx_bytes: plaintext bytes received
 * @tx_pdus: PDUs sent
 * @rx_pdus: PDUs received
 * @dropped: late answers swallowed
 */
struct usbip_tls_session {
	struct kref kref;
	struct rcu_head rcu;
	u32 id;
	struct net *net;
	const struct usbip_tls_side *side;
	void *side_priv;
	struct usbip_tls_desc desc;
	u64 created;

	spinlock_t lock;
	u8 state;
	u8 reason;
	u32 detail;
	struct usbip_tls_transport *transport;

	struct usbip_tls_rx rx;
	struct usbip_tls_tx tx;
	struct usbip_tls_silent silent;
	struct usbip_tls_identity *identity;

	spinlock_t check_lock;
	struct usbip_check check;
	struct usbip_check_slot *slots;
	struct usbip_tls_budget budget;

	atomic64_t tx_bytes;
	atomic64_t rx_bytes;
	atomic64_t tx_pdus;
	atomic64_t rx_pdus;
	atomic64_t dropped;
};

/* state.c */
bool __must_check usbip_tls_session_move(struct usbip_tls_session *s, u8 to,
					 u8 reason, u32 detail);
struct usbip_tls_transport * __must_check
usbip_tls_session_transport(struct usbip_tls_session *s);
u8 usbip_tls_session_reason(struct usbip_tls_session *s);
int usbip_tls_session_error(struct usbip_tls_session *s);

/* session.c */
bool __must_check usbip_tls_session_open(struct usbip_tls_session *s);
void usbip_tls_session_net_error(struct usbip_tls_session *s, int err);
void usbip_tls_session_refuse(struct usbip_tls_session *s, u8 reason,
			      u32 violation);

/* table.c */
struct usbip_tls_session * __must_check
usbip_tls_session_create(struct net *net, const struct usbip_tls_desc *desc,
			 struct usbip_tls_transport *transport,
			 struct netlink_ext_ack *extack);
void usbip_tls_session_destroy(struct usbip_tls_session *s);
struct usbip_tls_session * __must_check usbip_tls_session_get(struct net *net,
							      u32 id);
struct usbip_tls_session * __must_check usbip_tls_session_next(struct net *net,
							       u32 *id);
void usbip_tls_session_put(struct usbip_tls_session *s);
bool usbip_tls_session_table_empty(void);

/* transport.c */
struct usbip_tls_transport * __must_check
usbip_tls_transport_adopt(int fd, bool plain, struct net *net,
			  struct netlink_ext_ack *extack);
void usbip_tls_transport_get(struct usbip_tls_transport *t);
void usbip_tls_transport_put(struct usbip_tls_transport *t);
void usbip_tls_transport_shutdown(struct usbip_tls_transport *t);
bool usbip_tls_transport_is_shut(const struct usbip_tls_transport *t);
void usbip_tls_transport_stop_reading(struct usbip_tls_transport *t);
bool usbip_tls_transport_took(const struct usbip_tls_transport *t);
bool __must_check usbip_tls_transport_room(const struct usbip_tls_transport *t,
					   size_t len);
unsigned int __must_check
usbip_tls_transport_count_tx(struct usbip_tls_transport *t, size_t len);
unsigned int __must_check
usbip_tls_transport_count_rx(struct usbip_tls_transport *t, size_t len);
u64 usbip_tls_usage_blocks(const struct usbip_tls_usage *usage);

/* pace.c */
void usbip_tls_pace_init(struct usbip_tls_transport *t);
void usbip_tls_pace_start(struct usbip_tls_transport *t);
void usbip_tls_pace_stop(struct usbip_tls_transport *t);

/* socket.c */
int __must_check usbip_tls_socket_init(void);
void usbip_tls_socket_exit(void);
struct file * __must_check usbip_tls_socket_make(struct usbip_tls_session *s);

/* rx.c, tx.c */
int __must_check usbip_tls_rx_init(struct usbip_tls_rx *rx);
void usbip_tls_rx_free(struct usbip_tls_rx *rx);
ssize_t __must_check usbip_tls_rx_recv(struct usbip_tls_session *s,
				       struct msghdr *msg, int flags);
void usbip_tls_tx_init(struct usbip_tls_tx *tx);
ssize_t usbip_tls_tx_send(struct usbip_tls_session *s, struct msghdr *msg,
			  size_t len);
void usbip_tls_tx_freeze(struct usbip_tls_session *s);
void usbip_tls_tx_thaw(struct usbip_tls_session *s);

/* read.c */
ssize_t __must_check
usbip_tls_rx_read(struct usbip_tls_session *s, struct usbip_tls_transport *t,
		  struct iov_iter *iter, size_t want, int flags);
ssize_t __must_check
usbip_tls_rx_collect(struct usbip_tls_session *s, struct usbip_tls_transport *t,
		     u8 *buf, u32 *have, u32 want, int flags);

/* fetch.c */
ssize_t __must_check usbip_tls_rx_fetch(struct usbip_tls_session *s,
					struct usbip_tls_transport *t);

/* budget.c */
int __must_check usbip_tls_budget_join(struct usbip_tls_session *s);
void usbip_tls_budget_leave(struct usbip_tls_session *s);
unsigned long usbip_tls_budget_cost(const struct usbip_pdu *pdu);
bool __must_check usbip_tls_budget_take(struct usbip_tls_session *s,
					unsigned long cost);
void usbip_tls_budget_count(struct usbip_tls_session *s, bool received);
void usbip_tls_budget_sent(struct usbip_tls_session *s);
void usbip_tls_budget_wait(struct usbip_tls_session *s, unsigned long timeout);

/* record.c */
int __must_check usbip_tls_record_read(struct usbip_tls_transport *t, u8 *rec,
				       u8 *type);
u8 __must_check usbip_tls_record_take(struct usbip_tls_transport *t, u8 type,
				      const u8 *rec, size_t len, u32 *detail);
int usbip_tls_record_send(struct usbip_tls_transport *t, u8 type, void *buf,
			  size_t len);

/* goodbye.c; usbip_tls_end_wq ends connections, which memory reclaim may wait for */
extern struct workqueue_struct *usbip_tls_end_wq;
void usbip_tls_goodbye_init(struct usbip_tls_session *s);
bool usbip_tls_goodbye(struct usbip_tls_session *s,
		       struct usbip_tls_transport *t);
void usbip_tls_goodbye_begin(struct usbip_tls_session *s,
			     struct usbip_tls_transport *t);
void usbip_tls_goodbye_finish(struct usbip_tls_session *s,
			      struct usbip_tls_transport *t);

/* carry.c */
bool usbip_tls_carry_own(const struct usbip_tls_session *s);
int __must_check usbip_tls_carry_header(struct usbip_tls_session *s);
void usbip_tls_carry_kill(struct usbip_tls_session *s);
void usbip_tls_carry_stop(struct usbip_tls_session *s);

/* silent.c */
void usbip_tls_silent_init(struct usbip_tls_session *s);
u32 usbip_tls_silent_clock(const struct usbip_tls_session *s);
void usbip_tls_silent_watch(struct usbip_tls_session *s,
			    struct usbip_tls_transport *t);
void usbip_tls_silent_stop(struct usbip_tls_session *s);

/* identity.c */
int __must_check usbip_tls_identity_init(struct usbip_tls_session *s);
void usbip_tls_identity_free(struct usbip_tls_session *s);
enum usbip_tls_violation __must_check
usbip_tls_identity_answer(struct usbip_tls_session *s, u32 len);
enum usbip_tls_violation __must_check
usbip_tls_identity_request(struct usbip_tls_session *s,
			   const struct usbip_pdu *pdu);

/* check.c */
int __must_check usbip_tls_check_init(struct usbip_tls_session *s);
void usbip_tls_check_free(struct usbip_tls_session *s);
enum usbip_check_verdict __must_check
usbip_tls_check_header(struct usbip_tls_session *s, enum usbip_check_flow flow,
		       u8 *header, u32 total, struct usbip_check_result *res);
void usbip_tls_check_sent(struct usbip_tls_session *s);
bool __must_check usbip_tls_check_asked(struct usbip_tls_session *s,
					const struct usbip_check_result *res,
					const struct iov_iter *pdu);
enum usbip_tls_violation __must_check
usbip_tls_check_iso(struct usbip_tls_session *s,
		    const struct usbip_check_result *res, const u8 *descs);

/* side.c */
const struct usbip_tls_side * __must_check usbip_tls_side_get(u8 role);
void usbip_tls_side_put(const struct usbip_tls_side *side);

/* message.c */
extern struct genl_family usbip_tls_family;
int __must_check
usbip_tls_message_fill(struct sk_buff *skb, struct usbip_tls_session *s, u8 cmd,
		       u32 portid, u32 seq, int flags);
void usbip_tls_message_event(struct usbip_tls_session *s, u8 cmd);

/* netlink.c */
int __must_check usbip_tls_netlink_init(void);
void usbip_tls_netlink_exit(void);

/* names.c */
const char *usbip_tls_reason_text(u8 reason);
const char *usbip_tls_violation_name(u32 violation);

#endif /* USBIP_TLS_CORE_H */
