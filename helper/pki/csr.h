/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A machine's key, as it is shown to the CA: the request (PKCS#10) that the machine
 * makes and a worker of the other side reads, and the proof of a renewal.
 *
 * Who asks for a new certificate proves that he has the key of the present one to the
 * process with the CA's key, and not only to the worker that shook hands. So a worker
 * that somebody has taken over cannot ask in the name of a tablet. The proof is an
 * ECDSA signature on P-256 with SHA-256, over a text and the two coordinates of the new
 * key: whoever repeats it gets a certificate for a key that he does not have. No
 * handshake signs what begins as the text does, so a signer cannot be made to make a
 * proof (tls/sign_text.h).
 */
#ifndef UT_PKI_CSR_H
#define UT_PKI_CSR_H

#include <gnutls/x509.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/file.h"
#include "pki/pki.h"
#include "policy/config.h"

#define UT_PKI_COORDINATE	32
#define UT_CSR_MAX		2048	/* bytes of DER; ours have about 300 */

/**
 * struct ut_pki_point - a public key, ECDSA P-256
 * @x: affine coordinate, big endian, padded with zeros
 * @y: the other
 */
struct ut_pki_point {
	uint8_t x[UT_PKI_COORDINATE];
	uint8_t y[UT_PKI_COORDINATE];
};

/**
 * struct ut_pki_proof - the signature: two numbers, big endian, padded with zeros
 */
struct ut_pki_proof {
	uint8_t r[UT_PKI_COORDINATE];
	uint8_t s[UT_PKI_COORDINATE];
};

/**
 * struct ut_csr - a request of ours
 * @der: the request
 * @len: its length
 * @point: the key in it
 * @proof: renewal: made by the key that is in use
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
 * Makes a key, encrypted if @password_file is not NULL, which it puts behind what is in
 * *pem, and the request for it.
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

/*
 * A proof by the key that is in use. -EINVAL, UT_EXIT_CERTIFICATE: it is of another
 * kind than those of our own CA.
 */
int ut_proof_make(struct ut_pki_proof *proof, const struct ut_config_tls *tls,
		  const struct ut_pki_point *point, struct ut_err *err);

/* Is it made by the key of @crt? */
bool ut_proof_ok(const struct ut_pki_proof *proof, gnutls_x509_crt_t crt,
		 const struct ut_pki_point *point);

#endif /* UT_PKI_CSR_H */
