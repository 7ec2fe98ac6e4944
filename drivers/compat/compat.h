/* SPDX-License-Identifier: GPL-2.0 */
/*
 * compat.h - the only place that knows kernel versions
 *
 * Supported: 6.1 and newer. Everything else in drivers/ is written for the
 * newest kernel; what an older one lacks is filled in here.
 */
#ifndef USBIP_TLS_COMPAT_H
#define USBIP_TLS_COMPAT_H

#include <linux/version.h>
#include <net/inet_connection_sock.h>
#include <net/sock.h>
#include <net/tcp.h>

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 1, 0)
#error "usbip-tls needs Linux 6.1 or newer"
#endif

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 12, 0)
#include <linux/unaligned.h>
#else
#include <asm/unaligned.h>
#endif

/*
 * Since 6.2 a flag of its own says that a socket's user may be in memory reclaim;
 * before, sk_allocation alone told.
 */
static inline void usbip_tls_compat_no_task_frag(struct sock *sk)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 2, 0)
	sk->sk_use_task_frag = false;
#endif
}

/*
 * Bounds the time between two retransmissions. Returns false on kernels before
 * 6.15, which cannot; there usbip_tls_compat_hurry() has to be called again and
 * again. Both under lock_sock.
 */
static inline bool usbip_tls_compat_rto_max(struct sock *sk, u32 max)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 15, 0)
	WRITE_ONCE(inet_csk(sk)->icsk_rto_max, max);
	return true;
#else
	return false;
#endif
}

/* Brings a retransmission forward that is more than @max jiffies away. */
static inline void usbip_tls_compat_hurry(struct sock *sk, u32 max)
{
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 15, 0)
	struct inet_connection_sock *icsk = inet_csk(sk);

	/* Never below what the round trip itself needs. */
	max = max(max, __tcp_set_rto(tcp_sk(sk)));
	if (sk->sk_state == TCP_CLOSE || !tcp_sk(sk)->packets_out ||
	    icsk->icsk_pending != ICSK_TIME_RETRANS || icsk->icsk_rto <= max)
		return;

	icsk->icsk_rto = max;
	if (time_after(icsk->icsk_timeout, jiffies + max))
		inet_csk_reset_xmit_timer(sk, ICSK_TIME_RETRANS, max,
					  TCP_RTO_MAX);
#endif
}

#endif /* USBIP_TLS_COMPAT_H */
