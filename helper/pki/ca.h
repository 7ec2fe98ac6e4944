/* SPDX-License-Identifier: GPL-2.0 */
/* Inside of the PKI: its directory, keys and certificates as GnuTLS objects. */
#ifndef UT_PKI_CA_H
#define UT_PKI_CA_H

#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <limits.h>

#include "base/err.h"
#include "base/file.h"
#include "pki/pki.h"
#include "tls/trust.h"

/* Clocks of docks and tablets differ; a new certificate works at once anyway. */
#define UT_PKI_CLOCK_SKEW	300
#define UT_PKI_DAY		86400

/**
 * struct ut_ca - an open CA: its directory locked, its certificate loaded
 * @dir: the directory
 * @crl_state: of its store
 * @lock: descriptor that holds the lock
 * @crt: the CA's certificate
 * @key: its key; NULL if opened without
 * @crl: its CRL
 */
struct ut_ca {
	const char *dir;
	const char *crl_state;
	int lock;
	gnutls_x509_crt_t crt;
	gnutls_x509_privkey_t key;
	gnutls_x509_crl_t crl;
};

/*
 * Opens and locks a CA that exists; with its key or without. -ESTALE, with its key:
 * it has signed a newer CRL than the one that is there.
 */
int ut_ca_open(struct ut_ca *ca, const struct ut_pki_store *store, bool key,
	       struct ut_err *err);

/*
 * Where it is remembered which CRL was signed last; "": nowhere. Not beside those
 * in use: between signing and use there is the way to [tls] crl.
 */
int ut_ca_signed_dir(const struct ut_ca *ca, char dir[PATH_MAX],
		     struct ut_err *err);

/* Locks the directory only, for a CA that is to be made. */
int ut_ca_lock(struct ut_ca *ca, const struct ut_pki_store *store,
	       struct ut_err *err);

/* Also for one that was not opened in full, if it was zeroed before. */
void ut_ca_close(struct ut_ca *ca);

/* Writes DIR/name; see ut_file_write(). */
int ut_ca_write(const char *dir, const char *name, const gnutls_datum_t *data,
		bool secret, bool replace, struct ut_err *err);

/* A new key, and its PEM, encrypted if @password_file is not NULL. */
int ut_pki_new_key(gnutls_x509_privkey_t *key, gnutls_datum_t *pem,
		   const char *password_file, struct ut_err *err);

/* Loads a certificate. -EINVAL with UT_EXIT_CERTIFICATE: it is not one. */
int ut_pki_load_crt(gnutls_x509_crt_t *crt, const char *path,
		    struct ut_err *err);

/* Fills *out, without the time of revocation. 0 or -EINVAL. */
int ut_pki_describe(gnutls_x509_crt_t crt, struct ut_pki_cert *out);

/*
 * What every certificate has: version, a random serial number, CN, validity and
 * key id. Its key is set already. Returns a GnuTLS error.
 */
int ut_pki_fill(gnutls_x509_crt_t crt, const char *name, time_t from,
		time_t to);

/* Role, name, address and days within their limits? */
int ut_pki_check_request(const struct ut_pki_issue *req, struct ut_err *err);

/* -EKEYEXPIRED: the CA's own validity is over. */
int ut_ca_check_dates(const struct ut_ca *ca, struct ut_err *err);

/*
 * The only place that certifies: @point, as @req says, with the alternative names of
 * @req, or with those of @old if that is not NULL; and records it. -EINVAL: not a
 * point of the curve; -EFBIG: longer than what can be handed over. After an error there
 * is no new certificate.
 */
int ut_ca_issue(struct ut_ca *ca, const struct ut_pki_issue *req,
		const struct ut_pki_point *point, gnutls_x509_crt_t old,
		struct ut_pki_issued *out, struct ut_err *err);

/* Ends the name of a key that waits for its certificate. */
#define UT_CA_SIDE	".issuing"

/*
 * Removes the keys of @name that wait in DIR/issued: they would be taken for those of
 * the certificate that has just been issued.
 */
int ut_ca_forget_keys(const struct ut_ca *ca, const char *name,
		      struct ut_err *err);

/* As ut_pki_list(), of a CA that is open. */
int ut_ca_list(struct ut_ca *ca, struct ut_pki_cert **certs, size_t *n,
	       struct ut_err *err);

/* -EEXIST if one of the files is there. */
int ut_pki_refuse_existing(const char *dir, const char *const *names, size_t n,
			   struct ut_err *err);

/* Signs an empty or changed CRL and writes DIR/crl.pem. */
int ut_ca_sign_crl(struct ut_ca *ca, struct ut_err *err);

#endif /* UT_PKI_CA_H */
