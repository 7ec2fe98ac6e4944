// SPDX-License-Identifier: GPL-2.0
/* The order of ciphers, for each kind of CPU, side and minimum version. */
#include <string.h>

#include <gnutls/gnutls.h>

#include "lib/unit.h"
#include "tls/priority.h"

static gnutls_priority_t make_with(uint16_t version,
				   enum usbip_tls_cipher cipher, bool aes,
				   bool server)
{
	char text[512];
	gnutls_priority_t p;

	ut_priority(text, sizeof(text), version, cipher, aes, server);
	if (gnutls_priority_init(&p, text, NULL))
		fail_msg("GnuTLS does not take %s", text);
	return p;
}

static gnutls_priority_t make(uint16_t version, bool aes, bool server)
{
	return make_with(version, USBIP_TLS_CIPHER_UNSPEC, aes, server);
}

static void test_ciphers(void **state)
{
	static const unsigned int with_aes[] = {
		GNUTLS_CIPHER_AES_128_GCM, GNUTLS_CIPHER_AES_256_GCM,
		GNUTLS_CIPHER_CHACHA20_POLY1305,
	};
	static const unsigned int without[] = {
		GNUTLS_CIPHER_CHACHA20_POLY1305, GNUTLS_CIPHER_AES_128_GCM,
		GNUTLS_CIPHER_AES_256_GCM,
	};
	int i;

	for (i = 0; i < 8; i++) {
		bool aes = i & 1;
		gnutls_priority_t p = make(i & 2 ? 0x0303 : 0x0304, aes, i & 4);
		const unsigned int *list;
		int n = gnutls_priority_cipher_list(p, &list);

		assert_int_equal(n, 3);
		assert_memory_equal(list, aes ? with_aes : without,
				    sizeof(with_aes));
		gnutls_priority_deinit(p);
	}
}

/* The cipher that the administrator wants, whatever suits the CPU. */
static void test_one_cipher(void **state)
{
	static const unsigned int wanted[] = {
		[USBIP_TLS_CIPHER_AES_GCM_128] = GNUTLS_CIPHER_AES_128_GCM,
		[USBIP_TLS_CIPHER_AES_GCM_256] = GNUTLS_CIPHER_AES_256_GCM,
		[USBIP_TLS_CIPHER_CHACHA20_POLY1305] =
			GNUTLS_CIPHER_CHACHA20_POLY1305,
	};
	int i;

	for (i = 0; i < 12; i++) {
		enum usbip_tls_cipher cipher = 1 + i / 4;
		gnutls_priority_t p = make_with(i & 1 ? 0x0303 : 0x0304, cipher,
						i & 2, i & 2);
		const unsigned int *list;

		assert_int_equal(gnutls_priority_cipher_list(p, &list), 1);
		assert_int_equal(list[0], wanted[cipher]);
		gnutls_priority_deinit(p);
	}
}

static void test_versions(void **state)
{
	const unsigned int *list;
	gnutls_priority_t p;

	p = make(0x0304, true, true);
	assert_int_equal(gnutls_priority_protocol_list(p, &list), 1);
	assert_int_equal(list[0], GNUTLS_TLS1_3);
	gnutls_priority_deinit(p);
	p = make(0x0303, true, true);
	assert_int_equal(gnutls_priority_protocol_list(p, &list), 2);
	assert_int_equal(list[0], GNUTLS_TLS1_3);
	assert_int_equal(list[1], GNUTLS_TLS1_2);
	gnutls_priority_deinit(p);
}

/* Only a dock without AES instructions overrules its tablets. */
static void test_whose_order(void **state)
{
	char text[512];

	ut_priority(text, sizeof(text), 0x0304,
		    USBIP_TLS_CIPHER_UNSPEC, false, true);
	assert_non_null(strstr(text, "%SERVER_PRECEDENCE"));
	ut_priority(text, sizeof(text), 0x0304,
		    USBIP_TLS_CIPHER_UNSPEC, true, true);
	assert_null(strstr(text, "%SERVER_PRECEDENCE"));
	ut_priority(text, sizeof(text), 0x0304,
		    USBIP_TLS_CIPHER_UNSPEC, false, false);
	assert_null(strstr(text, "%SERVER_PRECEDENCE"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ciphers),
		cmocka_unit_test(test_one_cipher),
		cmocka_unit_test(test_versions),
		cmocka_unit_test(test_whose_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
