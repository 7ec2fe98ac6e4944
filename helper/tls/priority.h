/* SPDX-License-Identifier: GPL-2.0 */
#ifndef UT_TLS_PRIORITY_H
#define UT_TLS_PRIORITY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <linux/usbip_tls.h>

/* Has this CPU instructions for AES and for the multiplication of GCM? */
bool ut_cpu_has_aes(void);

/*
 * The GnuTLS priority string: TLS 1.3, and 1.2 if @min_version is 0x0303, with
 * @cipher alone, or, if it is USBIP_TLS_CIPHER_UNSPEC, with all that kernel TLS
 * takes, the ones this CPU is fast at first. The tablet's order counts, unless
 * the dock is the one without AES instructions.
 */
void ut_priority(char *buf, size_t size, uint16_t min_version,
		 enum usbip_tls_cipher cipher, bool aes, bool server);

#endif /* UT_TLS_PRIORITY_H */
