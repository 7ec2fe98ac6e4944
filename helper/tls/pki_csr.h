/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Certificate requests (PKCS#10): made by the machine that wants a certificate,
 * read by a worker of the machine that has the CA.
 */
#ifndef UT_TLS_PKI_CSR_H
#define UT_TLS_PKI_CSR_H

#include <gnutls/x509.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "tls/pki.h"
#include "tls/pki_point.h"
#include "tls/proof.h"

#define UT_CSR_MAX	2048	/* bytes of DER; ours have about 300 */

/**
 * struct ut_csr - a request of ours
 * @der: the request
 * @len: its length
 * @point: the key in it
 * @proof: renewal: made by the key that is in use, see tls/proof.h
 */
struct ut_csr {
	uint8_t der[UT_CSR_MAX];
	size_t len;
	struct ut_pki_point point;
	struct ut_pki_proof proof;
};

/*
 * A request for @key, which must be ECDSA P-256. Our own CA looks at nothing else
 * in it; for others it also says what a certificate of @role needs.
 */
int ut_csr_make(struct ut_csr *csr, gnutls_x509_privkey_t key,
		enum ut_pki_role role, const char *name, struct ut_err *err);

/*
 * Makes a key, encrypted if @password_file is not NULL, and the request for it. The
 * caller frees *pem.
 */
int ut_csr_new(const char *password_file, enum ut_pki_role role,
	       const char *name, struct ut_buf *pem, struct ut_csr *csr,
	       struct ut_err *err);

/*
 * Takes the public key, and nothing else, from a request: it must be signed by
 * that key, and be ECDSA P-256. 0 or -EBADMSG. For workers: @der is the peer's.
 */
int ut_csr_point(const void *der, size_t len, struct ut_pki_point *point);

/* A number, big endian, padded with zeros at the front; -EBADMSG: too large. */
int ut_pki_pad(uint8_t dst[UT_PKI_COORDINATE], const gnutls_datum_t *src);

/* The key of a certificate; -EBADMSG: not ECDSA P-256. */
int ut_crt_point(gnutls_x509_crt_t crt, struct ut_pki_point *point);

#endif /* UT_TLS_PKI_CSR_H */
