// SPDX-License-Identifier: GPL-2.0
/* Private keys in files. */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "tls/key.h"
#include "tls/sign_text.h"
#include "tls/trust.h"

#define KEY_ID_SIZE 64

static int check_mode(const char *path, struct ut_err *err)
{
	struct stat st;
	int ret;

	if (stat(path, &st)) {
		ret = ut_err_errno(err, ut_exit_of_errno(errno), errno,
				   "cannot open the key %s", path);
		if (ret == -ENOENT)
			ut_err_hint(err, "usbip-tls enroll makes the key and its certificate");
		return ret;
	}
	if (!S_ISREG(st.st_mode))
		return ut_err_set(err, UT_EXIT_PERMISSION, EINVAL,
				  "the key %s is not a regular file", path);
	if (st.st_mode & 077) {
		ret = ut_err_set(err, UT_EXIT_PERMISSION, EPERM,
				 "the key %s can be read by others than its owner (mode %03o)",
				 path, (unsigned int)st.st_mode & 0777);
		ut_err_hint(err, "chmod 600 %s", path);
		return ret;
	}
	return 0;
}

static int bad_key(struct ut_err *err, const char *path, int code)
{
	int ret = ut_err_set(err, UT_EXIT_CERTIFICATE, EINVAL,
			     "cannot read the key %s: %s", path,
			     gnutls_strerror(code));

	if (code == GNUTLS_E_DECRYPTION_FAILED)
		ut_err_hint(err, "set key_password_file in [tls] to a file with the right passphrase");
	return ret;
}

/*
 * What a handshake can use: TLS 1.3 has no shorter curves, every peer refuses shorter
 * RSA keys, and a longer one's signature does not fit into a message of the signer.
 */
static bool kind_ok(int pk, unsigned int bits)
{
	switch (pk) {
	case GNUTLS_PK_ECDSA:
		return bits >= 256;
	case GNUTLS_PK_RSA:
	case GNUTLS_PK_RSA_PSS:
		return bits >= 2048 && bits <= 8 * UT_SIGNATURE_MAX;
	case GNUTLS_PK_EDDSA_ED25519:
		return true;
	default:
		return false;
	}
}

static int check_kind(gnutls_privkey_t key, const char *path,
		      struct ut_err *err)
{
	unsigned int bits = 0;
	int pk = gnutls_privkey_get_pk_algorithm(key, &bits);
	int ret;

	if (kind_ok(pk, bits))
		return 0;
	ret = ut_err_set(err, UT_EXIT_CERTIFICATE, EINVAL,
			 "the key %s (%s, %u bits) cannot be used: it must be ECDSA (P-256, P-384, P-521), RSA (2048 to %u bits) or Ed25519",
			 path, pk < 0 ? "unknown" : gnutls_pk_get_name(pk),
			 bits, 8 * UT_SIGNATURE_MAX);
	ut_err_hint(err, "make another key and get a certificate for it; usbip-tls enroll does both");
	return ret;
}

int ut_key_import(gnutls_privkey_t key, const struct ut_buf *pem,
		  const char *password_file, const char *path,
		  struct ut_err *err)
{
	const gnutls_datum_t d = ut_datum(pem);
	char password[UT_PASSWORD_SIZE] = "";
	int ret;

	if (password_file[0]) {
		ret = ut_password_read(password_file, password, err);
		if (ret)
			return ret;
	}
	ret = gnutls_privkey_import_x509_raw(key, &d, GNUTLS_X509_FMT_PEM,
					     password[0] ? password : NULL, 0);
	explicit_bzero(password, sizeof(password));
	return ret ? bad_key(err, path, ret) : check_kind(key, path, err);
}

int ut_key_load(gnutls_privkey_t key, const char *path,
		const char *password_file, struct ut_err *err)
{
	struct ut_buf file;
	int ret;

	ret = check_mode(path, err);
	if (!ret)
		ret = ut_file_read(path, &file, err);
	if (ret)
		return ret;
	ret = ut_key_import(key, &file, password_file, path, err);
	ut_buf_free(&file);
	return ret;
}

static int public_id(gnutls_privkey_t key, unsigned char *id, size_t *size)
{
	gnutls_pubkey_t pub;
	int ret = gnutls_pubkey_init(&pub);

	if (ret)
		return ret;
	ret = gnutls_pubkey_import_privkey(pub, key, 0, 0);
	if (!ret)
		ret = gnutls_pubkey_get_key_id(pub, GNUTLS_KEYID_USE_SHA256, id,
					       size);
	gnutls_pubkey_deinit(pub);
	return ret;
}

bool ut_key_fits(gnutls_privkey_t key, gnutls_x509_crt_t cert)
{
	unsigned char a[KEY_ID_SIZE], b[KEY_ID_SIZE];
	size_t a_size = sizeof(a), b_size = sizeof(b);

	return !public_id(key, a, &a_size) &&
	       !gnutls_x509_crt_get_key_id(cert, GNUTLS_KEYID_USE_SHA256, b,
					   &b_size) &&
	       a_size == b_size && !memcmp(a, b, a_size);
}

int ut_key_pair(gnutls_privkey_t key, gnutls_x509_crt_t cert,
		const struct ut_config_tls *cfg, struct ut_err *err)
{
	int ret;

	if (ut_key_fits(key, cert))
		return 0;
	ret = ut_err_set(err, UT_EXIT_CERTIFICATE, EINVAL,
			 "the key %s does not belong to the certificate %s",
			 cfg->key, cfg->cert);
	ut_err_hint(err, "both files must come from one \"usbip-tls pki issue\"");
	return ret;
}
