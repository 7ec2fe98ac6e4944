/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Certificates for keys that were made elsewhere: enrolment and renewal.
 *
 * The process with the CA's key reads nothing that a peer has written. A worker
 * reads the peer's request (tls/pki_csr.h) and passes on what has a fixed size
 * and was checked: the two coordinates of the key, a name, a role.
 */
#ifndef UT_TLS_PKI_POINT_H
#define UT_TLS_PKI_POINT_H

#include <stdint.h>

#include "base/file.h"
#include "tls/pki.h"

#define UT_PKI_COORDINATE	32

/* Largest certificate and list that are handed over, bytes of DER. */
#define UT_PKI_CERT_MAX		4096
#define UT_PKI_CRL_MAX		(256 * 1024)

/*
 * How many certificates of one name may be valid at once before a renewal is
 * refused: a tablet must not fill the CA's directory.
 */
#define UT_PKI_MAX_LIVE		8

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
 * struct ut_pki_bundle - what a machine gets: DER
 */
struct ut_pki_bundle {
	struct ut_buf cert;
	struct ut_buf ca;
	struct ut_buf crl;
};

struct ut_pki_proof;

/**
 * struct ut_pki_holder - who asks for a renewal: facts of the certificate that
 *	was shown and accepted in the handshake
 * @serial: as in struct ut_pki_cert
 * @proof: that he has its key, also to us (tls/proof.h); NULL: it is that of this
 *	machine
 */
struct ut_pki_holder {
	enum ut_pki_role role;
	char name[UT_PKI_NAME_SIZE];
	char serial[UT_PKI_SERIAL_SIZE];
	const struct ut_pki_proof *proof;
};

/*
 * Certifies @point; @req as for ut_pki_issue(), without @out. *made and *out may
 * be NULL; the caller frees *out. -EEXIST: there is a certificate of that name,
 * neither revoked nor expired, and no force. -EINVAL: not a point of the curve.
 */
int ut_pki_issue_point(const struct ut_pki_store *store,
		       const struct ut_pki_issue *req,
		       const struct ut_pki_point *point,
		       struct ut_pki_cert *made, struct ut_pki_bundle *out,
		       struct ut_err *err);

/*
 * Certifies @point for the holder of a certificate, with its name, role and
 * addresses. -EACCES: the proof is no good; -ENOENT: this CA has not issued the
 * holder's certificate, or it is not of that name and role; -EKEYREVOKED,
 * -EKEYEXPIRED; -EDQUOT: the name has UT_PKI_MAX_LIVE valid certificates already.
 */
int ut_pki_reissue(const struct ut_pki_store *store,
		   const struct ut_pki_holder *holder,
		   const struct ut_pki_point *point, struct ut_pki_cert *made,
		   struct ut_pki_bundle *out, struct ut_err *err);

/*
 * What everybody may have of the CA, without its key: *out is the certificate of the
 * CA and the list, and no certificate. -EFBIG: longer than what is handed over.
 */
int ut_pki_public(const struct ut_pki_store *store, struct ut_pki_bundle *out,
		  struct ut_err *err);

void ut_pki_bundle_free(struct ut_pki_bundle *b);

#endif /* UT_TLS_PKI_POINT_H */
