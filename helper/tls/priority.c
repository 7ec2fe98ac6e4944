// SPDX-License-Identifier: GPL-2.0
/* Cipher order by what the CPU is good at. */
#include <stdio.h>
#if defined(__aarch64__) || defined(__arm__)
#include <asm/hwcap.h>
#include <sys/auxv.h>
#endif

#include "tls/priority.h"

bool ut_cpu_has_aes(void)
{
#if defined(__x86_64__) || defined(__i386__)
	return __builtin_cpu_supports("aes") &&
	       __builtin_cpu_supports("pclmul");
#elif defined(__aarch64__)
	unsigned long caps = getauxval(AT_HWCAP);

	return (caps & HWCAP_AES) && (caps & HWCAP_PMULL);
#elif defined(__arm__)
	unsigned long caps = getauxval(AT_HWCAP2);

	return (caps & HWCAP2_AES) && (caps & HWCAP2_PMULL);
#else
	return false;
#endif
}

static const char *ciphers(enum usbip_tls_cipher cipher, bool aes)
{
	switch (cipher) {
	case USBIP_TLS_CIPHER_AES_GCM_128:
		return "+AES-128-GCM";
	case USBIP_TLS_CIPHER_AES_GCM_256:
		return "+AES-256-GCM";
	case USBIP_TLS_CIPHER_CHACHA20_POLY1305:
		return "+CHACHA20-POLY1305";
	case USBIP_TLS_CIPHER_UNSPEC:
		break;
	}
	return aes ? "+AES-128-GCM:+AES-256-GCM:+CHACHA20-POLY1305" :
		     "+CHACHA20-POLY1305:+AES-128-GCM:+AES-256-GCM";
}

void ut_priority(char *buf, size_t size, uint16_t min_version,
		 enum usbip_tls_cipher cipher, bool aes, bool server)
{
	snprintf(buf, size,
		 "NORMAL:-VERS-ALL:+VERS-TLS1.3%s"
		 ":-CIPHER-ALL:%s:-MAC-ALL:+AEAD"
		 ":-KX-ALL:+ECDHE-ECDSA:+ECDHE-RSA"
		 ":-GROUP-ALL:+GROUP-X25519:+GROUP-SECP256R1:+GROUP-SECP384R1"
		 "%s",
		 min_version == 0x0303 ? ":+VERS-TLS1.2" : "",
		 ciphers(cipher, aes),
		 server && !aes ? ":%SERVER_PRECEDENCE" : "");
}
