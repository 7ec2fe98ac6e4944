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

void ut_priority(char *buf, size_t size, uint16_t min_version, bool aes,
		 bool server)
{
	snprintf(buf, size,
		 "NORMAL:-VERS-ALL:+VERS-TLS1.3%s"
		 ":-CIPHER-ALL:%s:-MAC-ALL:+AEAD"
		 ":-KX-ALL:+ECDHE-ECDSA:+ECDHE-RSA"
		 ":-GROUP-ALL:+GROUP-X25519:+GROUP-SECP256R1:+GROUP-SECP384R1"
		 "%s",
		 min_version == 0x0303 ? ":+VERS-TLS1.2" : "",
		 aes ? "+AES-128-GCM:+AES-256-GCM:+CHACHA20-POLY1305" :
		       "+CHACHA20-POLY1305:+AES-128-GCM:+AES-256-GCM",
		 server && !aes ? ":%SERVER_PRECEDENCE" : "");
}
