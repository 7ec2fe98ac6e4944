/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The private CA: makes it, issues and revokes certificates, shows them.
 *
 * All keys are ECDSA P-256, signatures SHA-256. What a certificate may be used
 * for is its extended key usage, exactly one: serverAuth is a dock, clientAuth a
 * tablet. Its name is the CN and, as a dNSName, the first subject alternative
 * name; addresses are iPAddress alternative names.
 *
 * DIR (0700)
 *   ca.pem (0644)  ca.key (0600, PKCS#8, encrypted if a passphrase is given)
 *   crl.pem (0644)
 *   issued/NAME.pem (0644)  the last one of that name
 *   issued/NAME.key (0600)  its key, if that was made here and not handed out
 *   issued/NAME.key.issuing (0600)  such a key, before there is a certificate for it
 *   certs/SERIAL.pem (0644)  each certificate ever issued, for list and revoke
 *
 * Files are written beside their place and renamed; existing ones are kept
 * unless force is set. Keys are wiped from memory. Passphrases come from files.
 */
#ifndef UT_PKI_PKI_H
#define UT_PKI_PKI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "base/err.h"
#include "base/file.h"

struct ut_config;
struct ut_pki_point;
struct ut_pki_proof;

#define UT_PKI_DIR		"/etc/usbip-tls/pki"
#define UT_PKI_NAME_SIZE	64	/* with NUL: CN is at most 63 bytes here */
#define UT_PKI_SERIAL_SIZE	41	/* 20 bytes in hexadecimal, and NUL */
#define UT_PKI_MAX_ADDRESSES	16
#define UT_PKI_CA_DAYS		3650
#define UT_PKI_DAYS		825
#define UT_PKI_MAX_DAYS		36500
#define UT_PKI_MAX_CERTS	65536

/* Largest certificate and CRL that are handed over, bytes of DER. */
#define UT_PKI_CERT_MAX		4096
#define UT_PKI_CRL_MAX		(256 * 1024)

/*
 * How many certificates of one name may be valid at once before a renewal is
 * refused: a tablet must not fill the CA's directory.
 */
#define UT_PKI_MAX_LIVE		8

enum ut_pki_role {
	UT_PKI_CA,
	UT_PKI_DOCK,
	UT_PKI_TABLET,
	UT_PKI_OTHER,		/* neither, or both: of no use here */
};

/**
 * struct ut_pki_store - which CA
 * @dir: its directory; NULL: UT_PKI_DIR
 * @password_file: file with the passphrase of the CA key; NULL: none
 * @crl_state: as in struct ut_config_tls; NULL: none. Without the newest CRL it has
 *	signed a CA signs nothing: the next CRL would lack what that one had
 */
struct ut_pki_store {
	const char *dir;
	const char *password_file;
	const char *crl_state;
};

/**
 * struct ut_pki_issue - a certificate to be issued
 * @role: DOCK or TABLET
 * @name: CN and dNSName: letters, digits, '-', '.', '_'
 * @address: numeric addresses for iPAddress names
 * @n_address: how many, UT_PKI_MAX_ADDRESSES at most
 * @not_before: start of validity; 0: now (less five minutes of clock skew)
 * @days: length of validity; 0: UT_PKI_DAYS
 * @out: directory that gets ca.pem, cert.pem, key.pem and crl.pem; NULL: none
 * @force: replace existing files (the certificate replaced is not revoked)
 */
struct ut_pki_issue {
	enum ut_pki_role role;
	const char *name;
	const char *address[UT_PKI_MAX_ADDRESSES];
	size_t n_address;
	time_t not_before;
	unsigned int days;
	const char *out;
	bool force;
};

/**
 * struct ut_pki_cert - one certificate, for show
 * @name: CN, sanitized
 * @names: all alternative names, separated by blanks
 * @serial: hexadecimal, lower case
 * @fingerprint: SHA-256 of the certificate, hexadecimal, lower case
 * @revoked: time of revocation; 0: not revoked
 */
struct ut_pki_cert {
	enum ut_pki_role role;
	char name[UT_PKI_NAME_SIZE];
	char names[512];
	char serial[UT_PKI_SERIAL_SIZE];
	char fingerprint[65];
	time_t not_before;
	time_t not_after;
	time_t revoked;
};

/**
 * struct ut_pki_issued - a new certificate
 * @cert: what it says
 * @len: bytes of @der
 * @der: the certificate
 */
struct ut_pki_issued {
	struct ut_pki_cert cert;
	size_t len;
	uint8_t der[UT_PKI_CERT_MAX];
};

/**
 * struct ut_pki_bundle - what a machine gets: DER
 */
struct ut_pki_bundle {
	struct ut_buf cert;
	struct ut_buf ca;
	struct ut_buf crl;
};

/**
 * struct ut_pki_holder - who asks for a renewal: facts of the certificate that
 *	was shown and accepted in the handshake
 * @serial: as in struct ut_pki_cert
 * @proof: that he has its key, also to us (pki/csr.h); NULL: it is that of this
 *	machine
 */
struct ut_pki_holder {
	enum ut_pki_role role;
	char name[UT_PKI_NAME_SIZE];
	char serial[UT_PKI_SERIAL_SIZE];
	const struct ut_pki_proof *proof;
};

/* The CA of this machine, as the configuration names it. */
struct ut_pki_store ut_pki_store_of(const struct ut_config *config);

static inline const char *ut_pki_dir(const struct ut_pki_store *store)
{
	return store->dir ? store->dir : UT_PKI_DIR;
}

/* Is there DIR/file? */
bool ut_pki_has(const struct ut_pki_store *store, const char *file);

/*
 * A new CA called @name (NULL: "usbip-tls CA"), valid from now for @days days
 * (0: UT_PKI_CA_DAYS), with an empty revocation list. -EEXIST: there is one.
 */
int ut_pki_init(const struct ut_pki_store *store, const char *name,
		unsigned int days, bool force, struct ut_err *err);

/*
 * Makes a key and a certificate for it. *made (may be NULL) describes that. The key is
 * in @req->out alone, or without that in DIR/issued: it is to be fetched from there.
 * After an error there is no certificate, or the hint says where its key is and how to
 * revoke it.
 */
int ut_pki_issue(const struct ut_pki_store *store,
		 const struct ut_pki_issue *req, struct ut_pki_cert *made,
		 struct ut_err *err);

/*
 * Certifies a key that was made elsewhere, for enrolment; @req without @out. The
 * process with the CA's key reads nothing that a peer has written: a worker reads the
 * peer's request and passes on what has a fixed size and was checked. -EEXIST: there is
 * a certificate of that name, neither revoked nor expired, and no force. -EINVAL: not a
 * point of the curve.
 */
int ut_pki_issue_point(const struct ut_pki_store *store,
		       const struct ut_pki_issue *req,
		       const struct ut_pki_point *point,
		       struct ut_pki_issued *out, struct ut_err *err);

/*
 * The same for the holder of a certificate, with its name, role and addresses.
 * -EACCES: the proof is no good; -ENOENT: this CA has not issued the holder's
 * certificate, or it is not of that name and role; -EKEYREVOKED, -EKEYEXPIRED;
 * -EDQUOT: the name has UT_PKI_MAX_LIVE valid certificates already.
 */
int ut_pki_reissue(const struct ut_pki_store *store,
		   const struct ut_pki_holder *holder,
		   const struct ut_pki_point *point, struct ut_pki_issued *out,
		   struct ut_err *err);

/*
 * What everybody may have of the CA, without its key: *out is the certificate of the
 * CA and the CRL, and no certificate. -EFBIG: longer than what is handed over.
 */
int ut_pki_public(const struct ut_pki_store *store, struct ut_pki_bundle *out,
		  struct ut_err *err);

void ut_pki_bundle_free(struct ut_pki_bundle *b);

/* What a process that issues is called in messages. */
#define UT_CA_PROCESS "the process with the key of the CA"

/*
 * Puts the certificate that such a process has handed over behind what is in *der.
 * -EBADMSG: it has no length that a certificate can have.
 */
int ut_pki_take(struct ut_buf *der, const struct ut_pki_issued *issued,
		struct ut_err *err);

/*
 * Revokes all certificates of a name that are not revoked yet, or one by its
 * serial number, and signs the CRL anew. *n (may be NULL): how many.
 * -ENOENT: none of that name or number; -EALREADY: revoked before.
 */
int ut_pki_revoke(const struct ut_pki_store *store, const char *name_or_serial,
		  size_t *n, struct ut_err *err);

/* The CA first, then each certificate issued, by name. The caller frees. */
int ut_pki_list(const struct ut_pki_store *store, struct ut_pki_cert **certs,
		size_t *n, struct ut_err *err);

/* Fit to be the name of a certificate? See struct ut_pki_issue. */
bool ut_pki_name_ok(const char *name);

/* "ca", "dock", "tablet", "other" */
const char *ut_pki_role_name(enum ut_pki_role role);

#endif /* UT_PKI_PKI_H */
