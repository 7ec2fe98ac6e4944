// SPDX-License-Identifier: GPL-2.0
/*
 * The table of kernel TLS ciphers against GnuTLS, without a kernel that has it: a
 * record that GnuTLS wrote must open with what the kernel would be given, by the rules
 * that the kernel uses (RFC 5288, 7905, 8446).
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>

#include "lib/unit.h"
#include "tls/ktls.h"

#define HEADER	5
#define TAG	16
#define NONCE	12
#define TEXT	"attention please"

static const struct row {
	const char *priority;
	uint16_t version;
	gnutls_cipher_algorithm_t cipher;
	uint16_t kernel;
} rows[] = {
	{ "TLS1.3:-CIPHER-ALL:+AES-128-GCM", TLS_1_3_VERSION,
	  GNUTLS_CIPHER_AES_128_GCM, TLS_CIPHER_AES_GCM_128 },
	{ "TLS1.3:-CIPHER-ALL:+AES-256-GCM", TLS_1_3_VERSION,
	  GNUTLS_CIPHER_AES_256_GCM, TLS_CIPHER_AES_GCM_256 },
	{ "TLS1.3:-CIPHER-ALL:+CHACHA20-POLY1305", TLS_1_3_VERSION,
	  GNUTLS_CIPHER_CHACHA20_POLY1305, TLS_CIPHER_CHACHA20_POLY1305 },
	{ "TLS1.2:-CIPHER-ALL:+AES-128-GCM", TLS_1_2_VERSION,
	  GNUTLS_CIPHER_AES_128_GCM, TLS_CIPHER_AES_GCM_128 },
	{ "TLS1.2:-CIPHER-ALL:+AES-256-GCM", TLS_1_2_VERSION,
	  GNUTLS_CIPHER_AES_256_GCM, TLS_CIPHER_AES_GCM_256 },
	{ "TLS1.2:-CIPHER-ALL:+CHACHA20-POLY1305", TLS_1_2_VERSION,
	  GNUTLS_CIPHER_CHACHA20_POLY1305, TLS_CIPHER_CHACHA20_POLY1305 },
};

static struct pair {
	int fd[2];
	gnutls_session_t s[2];		/* client, server */
	gnutls_certificate_credentials_t cred[2];
} pair;

/* Nobody checks it: only the records matter here. */
static void self_signed(gnutls_certificate_credentials_t cred)
{
	gnutls_x509_privkey_t key;
	gnutls_x509_crt_t crt;

	gnutls_x509_privkey_init(&key);
	gnutls_x509_crt_init(&crt);
	assert_int_equal(gnutls_x509_privkey_generate(key, GNUTLS_PK_ECDSA,
			GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), 0),
			0);
	gnutls_x509_crt_set_version(crt, 3);
	gnutls_x509_crt_set_serial(crt, "1", 1);
	gnutls_x509_crt_set_activation_time(crt, time(NULL) - 60);
	gnutls_x509_crt_set_expiration_time(crt, time(NULL) + 600);
	gnutls_x509_crt_set_key(crt, key);
	assert_int_equal(gnutls_x509_crt_sign2(crt, crt, key, GNUTLS_DIG_SHA256,
					       0), 0);
	assert_int_equal(gnutls_certificate_set_x509_key(cred, &crt, 1, key),
			 0);
	gnutls_x509_crt_deinit(crt);
	gnutls_x509_privkey_deinit(key);
}

static void open_pair(const struct row *r)
{
	char priority[160];
	int i, ret[2] = { -1, -1 };

	snprintf(priority, sizeof(priority), "NORMAL:-VERS-ALL:+VERS-%s",
		 r->priority);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair.fd), 0);
	for (i = 0; i < 2; i++) {
		gnutls_certificate_allocate_credentials(&pair.cred[i]);
		fcntl(pair.fd[i], F_SETFL, O_NONBLOCK);
		gnutls_init(&pair.s[i], GNUTLS_NONBLOCK | GNUTLS_NO_TICKETS |
			    (i ? GNUTLS_SERVER : GNUTLS_CLIENT));
		assert_int_equal(gnutls_priority_set_direct(pair.s[i], priority,
							    NULL), 0);
		gnutls_transport_set_int(pair.s[i], pair.fd[i]);
		gnutls_credentials_set(pair.s[i], GNUTLS_CRD_CERTIFICATE,
				       pair.cred[i]);
	}
	self_signed(pair.cred[1]);
	while (ret[0] || ret[1]) {
		for (i = 0; i < 2; i++) {
			if (ret[i])
				ret[i] = gnutls_handshake(pair.s[i]);
			if (ret[i] && gnutls_error_is_fatal(ret[i]))
				fail_msg("%s: %s", priority,
					 gnutls_strerror(ret[i]));
		}
	}
}

static void close_pair(void)
{
	int i;

	for (i = 0; i < 2; i++) {
		gnutls_deinit(pair.s[i]);
		gnutls_certificate_free_credentials(pair.cred[i]);
		close(pair.fd[i]);
	}
}

static void get_info(gnutls_session_t s, int read, const struct row *r,
		     union ut_ktls_info *info, const struct ut_ktls_cipher **c)
{
	struct ut_ktls_keys keys;

	*c = ut_ktls_find(gnutls_cipher_get(s));
	assert_non_null(*c);
	assert_int_equal((*c)->gnutls, r->cipher);
	assert_int_equal(gnutls_record_get_state(s, (unsigned int)read, NULL,
						 &keys.iv, &keys.key,
						 keys.seq), 0);
	assert_int_equal(ut_ktls_fill(info, *c, r->version, &keys), 0);
	assert_int_equal(info->head.version, r->version);
	assert_int_equal(info->head.cipher_type, r->kernel);
}

/* The nonce, computed as in net/tls. */
static size_t make_nonce(const struct row *r, const struct ut_ktls_cipher *c,
			 const uint8_t *info, const uint8_t *record,
			 uint8_t nonce[NONCE])
{
	bool explicit = r->version == TLS_1_2_VERSION && c->salt_size;
	size_t i;

	memcpy(nonce, info + c->salt, c->salt_size);
	memcpy(nonce + c->salt_size, info + c->iv, c->iv_size);
	if (explicit) {
		/* The kernel would send exactly what GnuTLS sends. */
		assert_memory_equal(record + HEADER, info + c->iv, c->iv_size);
		return c->iv_size;
	}
	for (i = 0; i < 8; i++)
		nonce[4 + i] ^= info[c->seq + i];
	return 0;
}

static size_t make_aad(const struct row *r, const struct ut_ktls_cipher *c,
		       const uint8_t *info, const uint8_t *record, size_t plain,
		       uint8_t aad[13])
{
	if (r->version == TLS_1_3_VERSION) {
		memcpy(aad, record, HEADER);
		return HEADER;
	}
	memcpy(aad, info + c->seq, 8);
	memcpy(aad + 8, record, 3);
	aad[11] = (uint8_t)(plain >> 8);
	aad[12] = (uint8_t)plain;
	return 13;
}

static void open_record(const struct row *r, const struct ut_ktls_cipher *c,
			const union ut_ktls_info *info, const uint8_t *record,
			size_t len)
{
	const uint8_t *raw = (const uint8_t *)info;
	uint8_t nonce[NONCE], aad[13], text[256];
	gnutls_aead_cipher_hd_t aead;
	const gnutls_datum_t key = {
		(unsigned char *)raw + c->key, c->key_size
	};
	size_t skip = make_nonce(r, c, raw, record, nonce);
	size_t plain = len - HEADER - skip - TAG, n = sizeof(text);
	size_t n_aad = make_aad(r, c, raw, record, plain, aad);
	int ret;

	assert_int_equal(gnutls_aead_cipher_init(&aead, r->cipher, &key), 0);
	ret = gnutls_aead_cipher_decrypt(aead, nonce, NONCE, aad, n_aad, TAG,
					 record + HEADER + skip,
					 len - HEADER - skip, text, &n);
	gnutls_aead_cipher_deinit(aead);
	if (ret)
		fail_msg("%s: %s", r->priority, gnutls_strerror(ret));
	assert_int_equal(n, sizeof(TEXT) + (r->version == TLS_1_3_VERSION));
	assert_memory_equal(text, TEXT, sizeof(TEXT));
}

/* From session @from to the other, one record at the current sequence number. */
static void check_direction(const struct row *r, int from)
{
	union ut_ktls_info tx, rx;
	const struct ut_ktls_cipher *c;
	uint8_t record[512];
	ssize_t n;

	get_info(pair.s[from], 0, r, &tx, &c);
	get_info(pair.s[!from], 1, r, &rx, &c);
	assert_memory_equal(&tx, &rx, sizeof(tx));
	assert_int_equal(gnutls_record_send(pair.s[from], TEXT, sizeof(TEXT)),
			 sizeof(TEXT));
	n = recv(pair.fd[!from], record, sizeof(record), 0);
	assert_true(n > HEADER + TAG);
	open_record(r, c, &tx, record, (size_t)n);
}

/* Both sides use GnuTLS first, so that the sequence numbers are not 0. */
static void speak(int from)
{
	char buf[64];

	assert_int_equal(gnutls_record_send(pair.s[from], "x", 1), 1);
	assert_int_equal(gnutls_record_recv(pair.s[!from], buf, sizeof(buf)),
			 1);
}

static void test_records(void **state)
{
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		open_pair(&rows[i]);
		speak(0);
		speak(1);
		speak(1);
		check_direction(&rows[i], 0);
		check_direction(&rows[i], 1);
		close_pair();
	}
}

static void test_unknown_cipher(void **state)
{
	assert_null(ut_ktls_find(GNUTLS_CIPHER_AES_128_CCM));
	assert_null(ut_ktls_find(GNUTLS_CIPHER_NULL));
}

/* If a size does not fit, no half of a key may be left behind. */
static void test_wrong_sizes(void **state)
{
	static unsigned char key[64], iv[64];
	static const union ut_ktls_info none;
	size_t i;

	memset(key, 0x55, sizeof(key));
	for (i = 0; i < ut_ktls_n_ciphers; i++) {
		const struct ut_ktls_cipher *c = &ut_ktls_ciphers[i];
		struct ut_ktls_keys keys = {
			.key = { key, c->key_size + 1u }, .iv = { iv, 12 },
		};
		union ut_ktls_info info;

		assert_int_equal(ut_ktls_fill(&info, c, TLS_1_3_VERSION, &keys),
				 -EINVAL);
		assert_memory_equal(&info, &none, sizeof(info));
		keys.key.size = c->key_size;
		keys.iv.size = 11;
		assert_int_equal(ut_ktls_fill(&info, c, TLS_1_3_VERSION, &keys),
				 -EINVAL);
		keys.iv.size = 0;
		assert_int_equal(ut_ktls_fill(&info, c, TLS_1_2_VERSION, &keys),
				 -EINVAL);
		assert_memory_equal(&info, &none, sizeof(info));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_records),
		cmocka_unit_test(test_unknown_cipher),
		cmocka_unit_test(test_wrong_sizes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
