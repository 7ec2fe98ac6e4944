// SPDX-License-Identifier: GPL-2.0
/*
 * names.c - words for the kernel log
 */
#include <linux/kernel.h>

#include "core.h"
#include "wire/usbip_names.h"

#define REASON(name, word, text)	[USBIP_TLS_REASON_##name] = text,
#define VIOLATION(name, word)		[USBIP_TLS_VIOLATION_##name] = word,

static const char * const reasons[] = { USBIP_TLS_REASONS(REASON) };
static const char * const violations[] = { USBIP_TLS_VIOLATIONS(VIOLATION) };

const char *usbip_tls_reason_text(u8 reason)
{
	return reason < ARRAY_SIZE(reasons) ? reasons[reason] : "unknown";
}

const char *usbip_tls_violation_name(u32 violation)
{
	return violation < ARRAY_SIZE(violations) ? violations[violation] :
						    "unknown";
}
