/* SPDX-License-Identifier: GPL-2.0 */
/* Private keys in files. */
#ifndef UT_TLS_KEY_H
#define UT_TLS_KEY_H

#include <gnutls/abstract.h>
#include <gnutls/x509.h>
#include <stdbool.h>

#include "base/err.h"
#include "base/file.h"
#include "policy/config.h"

/*
 * Reads a key, PEM; @password_file: "" if it is not encrypted. A key file that
 * others may read is refused (UT_EXIT_PERMISSION), and so is a key of a kind that no
 * handshake can use (UT_EXIT_CERTIFICATE).
 */
int ut_key_load(gnutls_privkey_t key, const char *path,
		const char *password_file, struct ut_err *err);

/* The same from memory; @path is for messages. */
int ut_key_import(gnutls_privkey_t key, const struct ut_buf *pem,
		  const char *password_file, const char *path,
		  struct ut_err *err);

/* Does the key belong to the certificate? */
bool ut_key_fits(gnutls_privkey_t key, gnutls_x509_crt_t cert);

/* The same of those of @cfg; UT_EXIT_CERTIFICATE if not. */
int ut_key_pair(gnutls_privkey_t key, gnutls_x509_crt_t cert,
		const struct ut_config_tls *cfg, struct ut_err *err);

#endif /* UT_TLS_KEY_H */
