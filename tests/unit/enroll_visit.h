/* SPDX-License-Identifier: GPL-2.0 */
/*
 * For tests that come to an enrolment by hand: a TLS connection by the code, on
 * either side, on which they say what they like.
 */
#ifndef UT_TEST_ENROLL_VISIT_H
#define UT_TEST_ENROLL_VISIT_H

#include <gnutls/abstract.h>

#include "enroll_fixture.h"
#include "tls/pki_csr.h"

static struct ut_tls ev_tls;

static inline int ev_key(uint8_t key[UT_TLS_PSK_SIZE], void *arg)
{
	return ut_code_key(arg, key);
}

/* Shakes hands on @fd by @code. 0 or -1. */
static inline int ev_open(int fd, enum ut_tls_side side,
			  const struct ut_code *code)
{
	static struct ut_tls_psk psk;
	struct ut_tls_params p = {
		.fd = fd, .psk = &psk,
		.deadline = ut_clock_ms() + EF_DEADLINE_MS,
	};

	psk = (struct ut_tls_psk){
		.side = side, .identity = UT_ENROLL_IDENTITY,
		.alpn = UT_ENROLL_ALPN, .key = ev_key, .arg = (void *)code,
	};
	fcntl(fd, F_SETFL, O_NONBLOCK);
	return ut_tls_psk_open(&ev_tls, &p) ? -1 :
	       ut_tls_psk_handshake(&ev_tls);
}

/* A visitor who knows the code. */
static inline int ev_visit(void)
{
	int fd = ef_dial(ef.offer.port);

	if (ev_open(fd, UT_TLS_TABLET, &ef.code))
		fail_msg("handshake: %s (%d)",
			 ut_tls_reason_name(ev_tls.outcome.reason),
			 ev_tls.outcome.detail);
	return fd;
}

static inline void ev_close(int fd)
{
	ut_tls_close(&ev_tls);
	close(fd);
}

/* A frame with a head of its own choice. */
static inline void ev_frame(int type, size_t claimed, const void *data,
			    size_t len)
{
	const uint8_t head[4] = {
		(uint8_t)type, (uint8_t)(claimed >> 16),
		(uint8_t)(claimed >> 8), (uint8_t)claimed,
	};

	assert_int_equal(ut_tls_send(&ev_tls, head, sizeof(head)), 0);
	if (len)
		assert_int_equal(ut_tls_send(&ev_tls, data, len), 0);
}

/* The refusal that comes, or -1: the connection is ended without one. */
static inline int ev_refusal(void)
{
	struct ut_buf buf;
	int why = -1;

	if (ut_frame_recv(&ev_tls, UT_FRAME_REFUSED, UT_FRAME_REFUSED, 1,
			  &buf) < 0)
		return -1;
	if (buf.len == 1)
		why = (uint8_t)buf.data[0];
	ut_buf_free(&buf);
	return why;
}

static inline gnutls_x509_privkey_t ev_new_key(gnutls_ecc_curve_t curve)
{
	gnutls_x509_privkey_t key;

	assert_int_equal(gnutls_x509_privkey_init(&key), 0);
	assert_int_equal(gnutls_x509_privkey_generate(key, GNUTLS_PK_ECDSA,
				GNUTLS_CURVE_TO_BITS(curve), 0), 0);
	return key;
}

static inline struct ut_csr ev_csr(void)
{
	gnutls_x509_privkey_t key = ev_new_key(GNUTLS_ECC_CURVE_SECP256R1);
	struct ut_csr csr;
	struct ut_err err;

	if (ut_csr_make(&csr, key, UT_PKI_TABLET, "x", &err))
		fail_msg("%s", err.msg);
	gnutls_x509_privkey_deinit(key);
	return csr;
}

/* The content of a REQUEST with any bytes for a name. */
static inline size_t ev_request(uint8_t *buf, int role, const char *name,
				size_t name_len, const void *csr,
				size_t csr_len)
{
	buf[0] = (uint8_t)role;
	buf[1] = (uint8_t)name_len;
	memcpy(buf + 2, name, name_len);
	memcpy(buf + 2 + name_len, csr, csr_len);
	return 2 + name_len + csr_len;
}

#endif /* UT_TEST_ENROLL_VISIT_H */
