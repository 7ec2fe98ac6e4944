// SPDX-License-Identifier: GPL-2.0
/*
 * transport.c - adopting a TCP socket, counting what its keys protect, ending it
 */
#include <linux/file.h>
#include <linux/moduleparam.h>
#include <linux/netlink.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/tls.h>
#include <net/inet_connection_sock.h>
#include <net/tcp.h>
#include <net/tls.h>

#include "../compat/compat.h"
#include "core.h"
#include "trace.h"

/*
 * Only ever lowers the limit: for sites with a stricter rule, and for tests
 * that cannot send 2^38 bytes.
 */
static unsigned long long gcm_block_limit = USBIP_TLS_GCM_BLOCK_LIMIT;
module_param(gcm_block_limit, ullong, 0644);
MODULE_PARM_DESC(gcm_block_limit,
		 "blocks of 16 bytes one AES-GCM key may protect, 65536 to 24296003999 (2^34.5); for sessions made from now on");

/* Has room for what came before the session, and for a large PDU of a disk. */
#define GCM_BLOCK_LIMIT_MIN	65536ULL

/* Kept back for close_notify, which has 2 bytes, and for one record more. */
#define GCM_BLOCKS_KEPT		8

enum { DUE_TX, DUE_RX };
enum { SHUT_DONE };

static const struct cipher {
	u16 tls;
	u8 cipher;
	bool limited;
} ciphers[] = {
	{ TLS_CIPHER_AES_GCM_128, USBIP_TLS_CIPHER_AES_GCM_128, true },
	{ TLS_CIPHER_AES_GCM_256, USBIP_TLS_CIPHER_AES_GCM_256, true },
	{ TLS_CIPHER_CHACHA20_POLY1305, USBIP_TLS_CIPHER_CHACHA20_POLY1305,
	  false },
};

static const struct cipher *cipher_find(u16 tls)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(ciphers); i++) {
		if (ciphers[i].tls == tls)
			return &ciphers[i];
	}
	return NULL;
}

static u64 cipher_limit(const struct cipher *c)
{
	if (!c->limited)
		return 0;
	return clamp(READ_ONCE(gcm_block_limit), GCM_BLOCK_LIMIT_MIN,
		     USBIP_TLS_GCM_BLOCK_LIMIT);
}

/* kTLS keeps the sequence numbers of RFC 8446 section 5.3, which we count by. */
static u64 record_seq(const struct cipher_context *ctx)
{
	return get_unaligned_be64(ctx->rec_seq);
}

/* What the key has protected before it is ours. */
static void usage_init(struct usbip_tls_usage *usage, u64 records)
{
	atomic64_set(&usage->records, records);
	atomic64_set(&usage->bytes, records * USBIP_TLS_RECORD_SIZE);
}

u64 usbip_tls_usage_blocks(const struct usbip_tls_usage *usage)
{
	return usbip_gcm_blocks(atomic64_read(&usage->records),
				atomic64_read(&usage->bytes));
}

static bool conf_has_keys(u8 conf)
{
	return conf == TLS_SW || conf == TLS_HW;
}

/* Takes version, cipher and record numbers over. Caller holds lock_sock. */
static int transport_claim_tls(struct usbip_tls_transport *t, struct sock *sk,
			       struct netlink_ext_ack *extack)
{
	const struct tcp_ulp_ops *ulp = inet_csk(sk)->icsk_ulp_ops;
	const struct cipher *cipher;
	struct tls_context *ctx;

	if (!ulp || strcmp(ulp->name, "tls")) {
		NL_SET_ERR_MSG(extack, "socket has no TLS ULP");
		return -ENOPROTOOPT;
	}

	ctx = tls_get_ctx(sk);
	if (!ctx || !conf_has_keys(ctx->tx_conf) ||
	    !conf_has_keys(ctx->rx_conf)) {
		NL_SET_ERR_MSG(extack,
			       "TLS needs keys for sending and receiving");
		return -ENOKEY;
	}

	cipher = cipher_find(ctx->crypto_send.info.cipher_type);
	if (!cipher ||
	    ctx->crypto_send.info.cipher_type !=
	    ctx->crypto_recv.info.cipher_type ||
	    ctx->crypto_send.info.version != ctx->crypto_recv.info.version) {
		NL_SET_ERR_MSG(extack, "TLS cipher is not supported");
		return -EOPNOTSUPP;
	}

	t->version = ctx->crypto_send.info.version;
	t->cipher = cipher->cipher;
	t->block_limit = cipher_limit(cipher);
	usage_init(&t->tx, record_seq(&ctx->tx));
	usage_init(&t->rx, record_seq(&ctx->rx));
	return 0;
}

/* Whatever sits on the connection, it is not the bare TCP that was asked for. */
static int transport_claim_plain(struct sock *sk,
				 struct netlink_ext_ack *extack)
{
	if (!inet_csk(sk)->icsk_ulp_ops)
		return 0;
	NL_SET_ERR_MSG(extack, "socket has an ULP");
	return -EINVAL;
}

/* Checks and prepares the socket. Caller holds lock_sock. */
static int transport_claim(struct usbip_tls_transport *t, struct sock *sk,
			   struct netlink_ext_ack *extack)
{
	int err;

	if (sk->sk_state != TCP_ESTABLISHED) {
		NL_SET_ERR_MSG(extack, "socket is not connected");
		return -ENOTCONN;
	}
	err = t->plain ? transport_claim_plain(sk, extack) :
			 transport_claim_tls(t, sk, extack);
	if (err)
		return err;

	/* USB storage may be what memory reclaim waits for. */
	sk->sk_allocation = GFP_NOIO;
	usbip_tls_compat_no_task_frag(sk);
	/* Its release must not wait for the peer. */
	sock_reset_flag(sk, SOCK_LINGER);
	sk->sk_rcvtimeo = MAX_SCHEDULE_TIMEOUT;
	sk->sk_sndtimeo = MAX_SCHEDULE_TIMEOUT;
	return 0;
}

static int transport_check_family(const struct socket *sock, struct net *net,
				  struct netlink_ext_ack *extack)
{
	const struct sock *sk = sock->sk;

	if ((sk->sk_family != AF_INET && sk->sk_family != AF_INET6) ||
	    sk->sk_type != SOCK_STREAM || sk->sk_protocol != IPPROTO_TCP) {
		NL_SET_ERR_MSG(extack, "not a TCP socket");
		return -EPROTONOSUPPORT;
	}
	if (!net_eq(sock_net(sk), net)) {
		NL_SET_ERR_MSG(extack,
			       "socket is in another network namespace");
		return -EXDEV;
	}
	return 0;
}

static int transport_addresses(struct usbip_tls_transport *t)
{
	int len;

	len = kernel_getsockname(t->sock, (struct sockaddr *)&t->local);
	if (len < 0)
		return len;
	len = kernel_getpeername(t->sock, (struct sockaddr *)&t->peer);
	return len < 0 ? len : 0;
}

/**
 * usbip_tls_transport_adopt() - make a transport of a connected socket
 * @fd: descriptor of the socket, in the table of the calling process
 * @plain: it has no TLS, and need not
 * @net: network namespace it must be in
 * @extack: explains a refusal
 *
 * Return: a transport with one reference, which holds the socket by itself, or
 * an ERR_PTR as listed in the uapi header
 */
struct usbip_tls_transport *
usbip_tls_transport_adopt(int fd, bool plain, struct net *net,
			  struct netlink_ext_ack *extack)
{
	struct usbip_tls_transport *t;
	struct socket *sock;
	int err;

	sock = sockfd_lookup(fd, &err);
	if (!sock) {
		NL_SET_ERR_MSG(extack, "descriptor is not an open socket");
		goto err_trace;
	}

	err = transport_check_family(sock, net, extack);
	if (err)
		goto err_sock;

	err = -ENOMEM;
	t = kzalloc(sizeof(*t), GFP_KERNEL);
	if (!t)
		goto err_sock;
	kref_init(&t->kref);
	t->sock = sock;
	t->plain = plain;
	usbip_tls_pace_init(t);

	lock_sock(sock->sk);
	err = transport_claim(t, sock->sk, extack);
	release_sock(sock->sk);
	if (!err)
		err = transport_addresses(t);
	if (err)
		goto err_free;

	return t;

err_free:
	kfree(t);
err_sock:
	sockfd_put(sock);
err_trace:
	trace_usbip_tls_refuse(fd, err);
	return ERR_PTR(err);
}

void usbip_tls_transport_get(struct usbip_tls_transport *t)
{
	kref_get(&t->kref);
}

static void transport_free(struct kref *kref)
{
	struct usbip_tls_transport *t =
		container_of(kref, struct usbip_tls_transport, kref);

	sockfd_put(t->sock);
	kfree(t);
}

/*
 * The last reference gives the socket back as it is: one that never got a
 * session stays usable to the helper. Process context.
 */
void usbip_tls_transport_put(struct usbip_tls_transport *t)
{
	kref_put(&t->kref, transport_free);
}

/* Ends the connection and wakes all who sleep in it. Does not wait for the peer. */
void usbip_tls_transport_shutdown(struct usbip_tls_transport *t)
{
	if (!test_and_set_bit(SHUT_DONE, &t->shut))
		kernel_sock_shutdown(t->sock, SHUT_RDWR);
}

bool usbip_tls_transport_is_shut(const struct usbip_tls_transport *t)
{
	return test_bit(SHUT_DONE, &t->shut);
}

/* Wakes the reader; a sender may finish what it sends. */
void usbip_tls_transport_stop_reading(struct usbip_tls_transport *t)
{
	kernel_sock_shutdown(t->sock, SHUT_RD);
}

/* Takes over the number of records used and adds their text. */
static unsigned int transport_count(struct usbip_tls_transport *t,
				    struct usbip_tls_usage *usage, u64 seq,
				    size_t len, int due)
{
	u64 limit = t->block_limit, blocks;
	unsigned int key = 0;

	atomic64_set(&usage->records, seq);
	atomic64_add(len, &usage->bytes);
	blocks = usbip_tls_usage_blocks(usage);
	if (!limit || likely(blocks < usbip_gcm_due(limit)))
		return 0;
	if (!test_and_set_bit(due, &t->due))
		key |= USBIP_TLS_KEY_DUE;
	if (blocks >= limit - GCM_BLOCKS_KEPT)
		key |= USBIP_TLS_KEY_USED_UP;
	return key;
}

/*
 * Called by the one sender after a send of @len bytes: nobody else moves the
 * sequence number, and tls_get_ctx() is constant once the ULP is set. Without TLS
 * there is no key to use up. Returns bits of enum usbip_tls_key.
 */
unsigned int usbip_tls_transport_count_tx(struct usbip_tls_transport *t,
					  size_t len)
{
	if (t->plain)
		return 0;
	return transport_count(t, &t->tx,
			       record_seq(&tls_get_ctx(t->sock->sk)->tx), len,
			       DUE_TX);
}

/* Called by the one reader after a receive of @len bytes; likewise. */
unsigned int usbip_tls_transport_count_rx(struct usbip_tls_transport *t,
					  size_t len)
{
	if (t->plain)
		return 0;
	return transport_count(t, &t->rx,
			       record_seq(&tls_get_ctx(t->sock->sk)->rx), len,
			       DUE_RX);
}

/*
 * Has the receive that said nothing taken records? Called by the one reader,
 * before it counts them. Without TLS there are none.
 */
bool usbip_tls_transport_took(const struct usbip_tls_transport *t)
{
	return !t->plain && record_seq(&tls_get_ctx(t->sock->sk)->rx) !=
			    atomic64_read(&t->rx.records);
}

/*
 * May @len bytes more be sent under the present key? A record is kept back for
 * close_notify. Called by the one sender.
 */
bool usbip_tls_transport_room(const struct usbip_tls_transport *t, size_t len)
{
	u64 limit = t->block_limit;

	return !limit || usbip_tls_usage_blocks(&t->tx) +
			 usbip_gcm_blocks_of(len) <= limit - GCM_BLOCKS_KEPT;
}
