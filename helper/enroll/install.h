/* SPDX-License-Identifier: GPL-2.0 */
/* The files of a machine: where they are put, and from where they may come. */
#ifndef UT_ENROLL_INSTALL_H
#define UT_ENROLL_INSTALL_H

#include <stdbool.h>

#include "base/file.h"
#include "pki/cert_check.h"
#include "policy/config.h"

/* The files of a machine in @dir, as ut_config_default() has them in its own. */
int ut_install_files(struct ut_config_tls *tls, const char *dir,
		     struct ut_err *err);

/* -EEXIST: there is a certificate or a key already. */
int ut_install_refuse(const struct ut_config_tls *tls, struct ut_err *err);

/*
 * Puts what was checked into its place. @b is PEM; an empty ca or crl is left out,
 * but a new CA without a list takes the old list away. The key must have been
 * staged before (tls/pair.h), or be there already. Without @force no certificate
 * and no key is replaced.
 */
int ut_install(const struct ut_config_tls *tls, const struct ut_pki_bundle *b,
	       bool force, struct ut_err *err);

/* DER as PEM, one block each. The caller frees *pem. */
int ut_install_pem(struct ut_pki_bundle *pem, const struct ut_pki_bundle *der,
		   struct ut_err *err);

/*
 * Writes DIR/conf.d/50-dock-NAME.conf: this tablet uses the dock @name at @host,
 * @port (0: the default), and attaches what it shares. -EINVAL: the host cannot
 * stand in a configuration file. *path: what was written.
 */
int ut_install_dock(const char *dir, const char *host, uint16_t port,
		    const char *name, bool force,
		    char path[UT_CONFIG_PATH_SIZE], struct ut_err *err);

/**
 * struct ut_install_from - files that came by hand
 * @from: directory with ca.pem, cert.pem and, if they are there, key.pem and
 *	crl.pem; or one file with all of them, or some of them, in any order
 * @role: what the certificate must be for
 * @force: replace files that are there
 */
struct ut_install_from {
	const char *from;
	enum ut_pki_role role;
	bool force;
};

/*
 * Checks and installs them. Without a key the certificate must belong to the one
 * of ut_install_request(), or to the one in use; without a CA's certificate, to
 * the CA that is there. A key with a passphrase needs key_password_file in @tls.
 * *name: the name in the certificate.
 */
int ut_install_from(const struct ut_config_tls *tls,
		    const struct ut_install_from *req,
		    char name[UT_TLS_NAME_SIZE], struct ut_err *err);

/*
 * Makes a key, which waits for its certificate, and writes its request (PEM) to
 * @path. -EEXIST: there is that file, or a key that waits.
 */
int ut_install_request(const struct ut_config_tls *tls, enum ut_pki_role role,
		       const char *name, const char *path, bool force,
		       struct ut_err *err);

#endif /* UT_ENROLL_INSTALL_H */
