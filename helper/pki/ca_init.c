// SPDX-License-Identifier: GPL-2.0
/* The private CA: making it, and what certificates have in common. */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <gnutls/crypto.h>

#include "base/file.h"
#include "pki/ca.h"
#include "tls/crl_floor.h"

#define SERIAL_BYTES	16

int ut_pki_fill(gnutls_x509_crt_t crt, const char *name, time_t from,
		time_t to)
{
	unsigned char serial[SERIAL_BYTES], id[64];
	size_t id_size = sizeof(id);
	int ret;

	ret = gnutls_rnd(GNUTLS_RND_NONCE, serial, sizeof(serial));
	if (ret)
		return ret;
	/* Positive, and no leading zero byte that encoders would drop. */
	serial[0] = (serial[0] & 0x7f) | 0x40;
	ret = gnutls_x509_crt_set_version(crt, 3);
	if (!ret)
		ret = gnutls_x509_crt_set_serial(crt, serial, sizeof(serial));
	if (!ret)
		ret = gnutls_x509_crt_set_dn_by_oid(crt,
						    GNUTLS_OID_X520_COMMON_NAME,
						    0, name,
						    (unsigned int)strlen(name));
	if (!ret)
		ret = gnutls_x509_crt_set_activation_time(crt, from);
	if (!ret)
		ret = gnutls_x509_crt_set_expiration_time(crt, to);
	if (!ret)
		ret = gnutls_x509_crt_get_key_id(crt, 0, id, &id_size);
	if (!ret)
		ret = gnutls_x509_crt_set_subject_key_id(crt, id, id_size);
	return ret;
}

static int make_ca_crt(struct ut_ca *ca, const char *name, unsigned int days,
		       gnutls_datum_t *pem)
{
	time_t from = time(NULL) - UT_PKI_CLOCK_SKEW;
	int ret;

	ret = gnutls_x509_crt_init(&ca->crt);
	if (!ret)
		ret = gnutls_x509_crt_set_key(ca->crt, ca->key);
	if (!ret)
		ret = ut_pki_fill(ca->crt, name, from,
				  from + (time_t)days * UT_PKI_DAY);
	if (!ret)
		ret = gnutls_x509_crt_set_basic_constraints(ca->crt, 1, 0);
	if (!ret)
		ret = gnutls_x509_crt_set_key_usage(ca->crt,
						    GNUTLS_KEY_KEY_CERT_SIGN |
						    GNUTLS_KEY_CRL_SIGN);
	if (!ret)
		ret = gnutls_x509_crt_sign2(ca->crt, ca->crt, ca->key,
					    GNUTLS_DIG_SHA256, 0);
	if (!ret)
		ret = gnutls_x509_crt_export2(ca->crt, GNUTLS_X509_FMT_PEM,
					      pem);
	return ret;
}

/* The time, so that a CA that is made anew goes on; but it always grows. */
static void next_number(gnutls_x509_crl_t crl, unsigned char number[8])
{
	uint64_t next = (uint64_t)time(NULL), last = 0;
	unsigned char old[8];
	size_t size = sizeof(old), i;

	if (gnutls_x509_crl_get_number(crl, old, &size, NULL) >= 0)
		for (i = 0; i < size; i++)
			last = last << 8 | old[i];
	if (next <= last)
		next = last + 1;
	for (i = 0; i < 8; i++)
		number[i] = (unsigned char)(next >> (56 - 8 * i));
}

/* From its PEM, because GnuTLS does not verify what it has just signed. */
static int remember(const struct ut_ca *ca, const gnutls_datum_t *pem,
		    struct ut_err *err)
{
	gnutls_x509_crl_t crl;
	char dir[PATH_MAX];
	int ret = ut_ca_signed_dir(ca, dir, err);

	if (ret)
		return ret;
	if (gnutls_x509_crl_init(&crl))
		return ut_err_errno(err, UT_EXIT_FAILURE, ENOMEM,
				    "cannot read the revocation list back");
	ret = gnutls_x509_crl_import(crl, pem, GNUTLS_X509_FMT_PEM);
	if (ret)
		ret = ut_gnutls_error(err, ret,
				      "cannot read the revocation list back");
	else
		ret = ut_crl_floor_check(dir, ca->crt, &crl, 1, true, err);
	gnutls_x509_crl_deinit(crl);
	return ret;
}

int ut_ca_sign_crl(struct ut_ca *ca, struct ut_err *err)
{
	unsigned char id[64], number[8];
	time_t now = time(NULL);
	size_t id_size = sizeof(id);
	gnutls_datum_t pem = { 0 };
	int ret;

	next_number(ca->crl, number);
	ret = gnutls_x509_crl_set_version(ca->crl, 2);
	if (!ret)
		ret = gnutls_x509_crl_set_this_update(ca->crl,
						      now - UT_PKI_CLOCK_SKEW);
	/* Nobody fetches it on a schedule: it holds as long as the CA. */
	if (!ret)
		ret = gnutls_x509_crl_set_next_update(ca->crl,
			gnutls_x509_crt_get_expiration_time(ca->crt));
	if (!ret)
		ret = gnutls_x509_crl_set_number(ca->crl, number,
						 sizeof(number));
	if (!ret)
		ret = gnutls_x509_crt_get_subject_key_id(ca->crt, id, &id_size,
							 NULL);
	if (!ret)
		ret = gnutls_x509_crl_set_authority_key_id(ca->crl, id,
							   id_size);
	if (!ret)
		ret = gnutls_x509_crl_sign2(ca->crl, ca->crt, ca->key,
					    GNUTLS_DIG_SHA256, 0);
	if (!ret)
		ret = gnutls_x509_crl_export2(ca->crl, GNUTLS_X509_FMT_PEM,
					      &pem);
	if (ret)
		return ut_gnutls_error(err, ret,
				       "cannot sign the revocation list");
	ret = ut_ca_write(ca->dir, "crl.pem", &pem, false, true, err);
	if (!ret)
		ret = remember(ca, &pem, err);
	gnutls_free(pem.data);
	return ret;
}

static int make_in(const char *dir, const char *name, struct ut_err *err)
{
	char path[PATH_MAX];
	int ret = ut_path_join(path, sizeof(path), dir, name, err);

	return ret ? ret : ut_dir_make(path, 0700, false, err);
}

static int make_dirs(const char *dir, struct ut_err *err)
{
	int ret = 0;

	if (!strcmp(dir, UT_PKI_DIR))
		ret = ut_dir_make("/etc/usbip-tls", 0755, false, err);
	if (!ret)
		ret = ut_dir_make(dir, 0700, false, err);
	if (!ret)
		ret = make_in(dir, "certs", err);
	return ret ? ret : make_in(dir, "issued", err);
}

int ut_pki_refuse_existing(const char *dir, const char *const *names, size_t n,
			   struct ut_err *err)
{
	char path[PATH_MAX];
	size_t i;
	int ret = 0;

	for (i = 0; !ret && i < n; i++) {
		ret = ut_path_join(path, sizeof(path), dir, names[i], err);
		if (!ret)
			ret = ut_file_absent(path, "choose another place, or replace it with --force",
					     err);
	}
	return ret;
}

static int init_locked(struct ut_ca *ca, const struct ut_pki_store *store,
		       const char *name, unsigned int days, bool force,
		       struct ut_err *err)
{
	static const char *const files[] = { "ca.key", "ca.pem", "crl.pem" };
	gnutls_datum_t key = { 0 }, crt = { 0 };
	int ret;

	ret = force ? 0 : ut_pki_refuse_existing(ca->dir, files, 3, err);
	if (!ret)
		ret = ut_pki_new_key(&ca->key, &key, store->password_file, err);
	if (ret)
		return ret;
	ret = make_ca_crt(ca, name, days, &crt);
	if (!ret)
		ret = gnutls_x509_crl_init(&ca->crl);
	if (ret)
		ret = ut_gnutls_error(err, ret, "cannot make the CA");
	if (!ret)
		ret = ut_ca_write(ca->dir, "ca.key", &key, true, force, err);
	if (!ret)
		ret = ut_ca_write(ca->dir, "ca.pem", &crt, false, force, err);
	if (!ret)
		ret = ut_ca_sign_crl(ca, err);
	ut_datum_free(&key);
	gnutls_free(crt.data);
	return ret;
}

int ut_pki_init(const struct ut_pki_store *store, const char *name,
		unsigned int days, bool force, struct ut_err *err)
{
	struct ut_ca ca;
	int ret;

	if (!name)
		name = "usbip-tls CA";
	if (!name[0] || strlen(name) >= UT_PKI_NAME_SIZE)
		return ut_err_set(err, UT_EXIT_USAGE, EINVAL,
				  "the name of a CA has 1 to 63 characters");
	if (days > UT_PKI_MAX_DAYS)
		return ut_err_set(err, UT_EXIT_USAGE, EINVAL,
				  "a CA is valid for %d days at most",
				  UT_PKI_MAX_DAYS);
	ret = make_dirs(ut_pki_dir(store), err);
	if (ret)
		return ret;
	ret = ut_ca_lock(&ca, store, err);
	if (!ret)
		ret = init_locked(&ca, store, name,
				  days ? days : UT_PKI_CA_DAYS, force, err);
	ut_ca_close(&ca);
	return ret;
}
