/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What decides about a peer: the certificates of our CAs, and their revocation
 * lists. And how certificates are read and written, wherever that is done.
 */
#ifndef UT_TLS_TRUST_H
#define UT_TLS_TRUST_H

#include <gnutls/x509.h>
#include <stddef.h>

#include "base/err.h"
#include "base/file.h"
#include "tls/reason.h"

#define UT_TLS_MAX_CHAIN	8
#define UT_TLS_MAX_CA		64

/**
 * struct ut_crls - the revocation lists of one file, see tls/crl.h
 * @v: the CRLs
 * @n: how many; 0: none configured
 * @serial: serial numbers that are on one of them, sorted
 * @n_serial: how many
 */
struct ut_crls {
	gnutls_x509_crl_t *v;
	unsigned int n;
	char (*serial)[UT_TLS_SERIAL_SIZE];
	size_t n_serial;
};

/* Harmless if it is zeroed. */
void ut_crls_free(struct ut_crls *crls);

/**
 * struct ut_trust - whom we trust
 * @cas: the certificates of the CAs
 * @crls: what they have revoked
 */
struct ut_trust {
	gnutls_x509_trust_list_t cas;
	struct ut_crls crls;
};

/*
 * The certificates in @d, at most @max; DER: one. Returns how many, or a GnuTLS code;
 * GNUTLS_E_SHORT_MEMORY_BUFFER: there are more. Free them by ut_certs_free().
 */
int ut_certs_import(gnutls_x509_crt_t *v, unsigned int max,
		    const gnutls_datum_t *d, gnutls_x509_crt_fmt_t format);
void ut_certs_free(gnutls_x509_crt_t *v, unsigned int n);

/* Those of a PEM file; @what is for the message. How many, or -errno. */
int ut_certs_load(gnutls_x509_crt_t *v, unsigned int max, const char *what,
		  const char *path, struct ut_err *err);

/*
 * Trust in the CAs in @ca, without CRLs. 0; 1: one of the certificates is not a
 * CA's; or as ut_certs_import(). On success ut_trust_close() frees it.
 */
int ut_trust_open(struct ut_trust *t, const gnutls_datum_t *ca,
		  gnutls_x509_crt_fmt_t format);

/* The same of a PEM file. 0 or -errno. */
int ut_trust_load(struct ut_trust *t, const char *path, struct ut_err *err);

/* Harmless if it is zeroed. */
void ut_trust_close(struct ut_trust *t);

/* Error of a GnuTLS call. Returns -EIO. */
int ut_gnutls_error(struct ut_err *err, int code, const char *what);

static inline gnutls_datum_t ut_datum(const struct ut_buf *buf)
{
	return (gnutls_datum_t){
		(unsigned char *)buf->data, (unsigned int)buf->len
	};
}

/* Wipes and frees what GnuTLS has allocated. */
void ut_datum_free(gnutls_datum_t *d);

/* Puts DER as PEM, one block under @header, behind what is in *pem. */
int ut_pem_encode(struct ut_buf *pem, const char *header, const void *der,
		  size_t len, struct ut_err *err);

#endif /* UT_TLS_TRUST_H */
