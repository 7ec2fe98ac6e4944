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
#include <net/sock.h>

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 1, 0)
#error "usbip-tls needs Linux 6.1 or newer"
#endif

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 12, 0)
#include <linux/unaligned.h>
#else
#include <asm/unaligned.h>
#endif

/*
 * Since 6.2 a socket says by a flag of its own that its user may be in memory
 * reclaim; before, sk_allocation alone told.
 */
static inline void usbip_tls_compat_no_task_frag(struct sock *sk)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 2, 0)
	sk->sk_use_task_frag = false;
#endif
}

#endif /* USBIP_TLS_COMPAT_H */
