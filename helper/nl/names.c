// SPDX-License-Identifier: GPL-2.0
/* Names and sentences for the numbers in <linux/usbip_tls.h>. */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "nl/nl.h"
#include "wire/usbip_names.h"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

static const char *const roles[] = {
	[USBIP_TLS_ROLE_DOCK] = "dock",
	[USBIP_TLS_ROLE_DOCK_VUDC] = "dock-vudc",
	[USBIP_TLS_ROLE_TABLET] = "tablet",
};

static const char *const states[] = {
	[USBIP_TLS_STATE_NEW] = "new",
	[USBIP_TLS_STATE_OPEN] = "open",
	[USBIP_TLS_STATE_CLOSED] = "closed",
};

#define CIPHER(name, word)	[USBIP_TLS_CIPHER_##name] = word,
#define VIOLATION(name, word)	[USBIP_TLS_VIOLATION_##name] = word,
#define REASON(name, word, text) [USBIP_TLS_REASON_##name] = { word, text },

static const char *const ciphers[] = { USBIP_TLS_CIPHERS(CIPHER) };
static const char *const violations[] = { USBIP_TLS_VIOLATIONS(VIOLATION) };

static const struct {
	const char *name;
	const char *text;
} reasons[] = { USBIP_TLS_REASONS(REASON) };

static const char *name_of(const char *const *table, size_t n, unsigned int v)
{
	return v < n && table[v] ? table[v] : "unknown";
}

#define UT_NAMES(what, table)						\
const char *ut_##what##_name(enum usbip_tls_##what v)			\
{									\
	return name_of(table, ARRAY_SIZE(table), v);			\
}

UT_NAMES(role, roles)
UT_NAMES(state, states)
UT_NAMES(violation, violations)
UT_NAMES(cipher, ciphers)

const char *ut_session_version(const struct ut_session *s)
{
	if (s->plain)
		return "none";
	switch (s->tls_version) {
	case 0x0303:
		return "1.2";
	case 0x0304:
		return "1.3";
	default:
		return "?";
	}
}

const char *ut_session_cipher(const struct ut_session *s)
{
	return s->plain ? "none" : ut_cipher_name(s->cipher);
}

const char *ut_reason_name(enum usbip_tls_reason v)
{
	return v < ARRAY_SIZE(reasons) ? reasons[v].name : "unknown";
}

const char *ut_reason_text(enum usbip_tls_reason reason, uint32_t detail,
			   char *buf, size_t size)
{
	const char *text;

	if (reason >= ARRAY_SIZE(reasons)) {
		snprintf(buf, size, "unknown reason %u", (unsigned int)reason);
		return buf;
	}
	text = reasons[reason].text;
	switch (reason) {
	case USBIP_TLS_REASON_NETWORK:
		snprintf(buf, size, "%s: %s", text, strerror((int)detail));
		break;
	case USBIP_TLS_REASON_ALERT:
		snprintf(buf, size, "%s (%u)", text, detail);
		break;
	case USBIP_TLS_REASON_SILENT:
		snprintf(buf, size, "%s, for %u s", text, detail);
		break;
	case USBIP_TLS_REASON_BAD_RECORD:
		snprintf(buf, size, "%s (type %u)", text, detail);
		break;
	case USBIP_TLS_REASON_BAD_PDU:
	case USBIP_TLS_REASON_LOCAL_PDU:
	case USBIP_TLS_REASON_OTHER_DEVICE:
		snprintf(buf, size, "%s (%s)", text, ut_violation_name(detail));
		break;
	default:
		snprintf(buf, size, "%s", text);
	}
	return buf;
}

const char *ut_addr_text(const struct sockaddr_storage *ss, char *buf,
			 size_t size)
{
	const struct sockaddr_in6 *in6 = (const void *)ss;
	const struct sockaddr_in *in = (const void *)ss;
	char host[INET6_ADDRSTRLEN] = "";

	if (size)
		buf[0] = '\0';
	if (ss->ss_family == AF_INET &&
	    inet_ntop(AF_INET, &in->sin_addr, host, sizeof(host)))
		snprintf(buf, size, "%s:%u", host, ntohs(in->sin_port));
	else if (ss->ss_family == AF_INET6 &&
		 IN6_IS_ADDR_V4MAPPED(&in6->sin6_addr) &&
		 inet_ntop(AF_INET, &in6->sin6_addr.s6_addr[12], host,
			   sizeof(host)))
		snprintf(buf, size, "%s:%u", host, ntohs(in6->sin6_port));
	else if (ss->ss_family == AF_INET6 &&
		 inet_ntop(AF_INET6, &in6->sin6_addr, host, sizeof(host)))
		snprintf(buf, size, "[%s]:%u", host, ntohs(in6->sin6_port));
	return buf;
}
