// SPDX-License-Identifier: GPL-2.0
/* The private CA: init, issue, revoke. */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <gnutls/crypto.h>

#include "common/file.h"
#include "tls/pki_store.h"

/* Clocks of docks and tablets differ; a new certificate works at once anyway. */
#define CLOCK_SKEW	300
#define DAY		86400
#define SERIAL_BYTES	16

static const char *const out_files[] = {
	"ca.pem", "crl.pem", "cert.pem", "key.pem",
};

static int check_name(const char *name, struct ut_err *err)
{
	static const char ok[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._";
	size_t len = strlen(name);

	if (len && len < UT_PKI_NAME_SIZE && strspn(name, ok) == len &&
	    name[0] != '.' && name[0] != '-')
		return 0;
	return ut_err_set(err, UT_EXIT_USAGE, EINVAL,
			  "\"%s\" is not a name: letters, digits, '-', '.' and '_' are allowed, 1 to 63 of them, a letter or digit first",
			  name);
}

/* The part that all certificates share. */
static int fill_common(gnutls_x509_crt_t crt, const char *name,
		       gnutls_x509_privkey_t key, time_t from, time_t to)
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
		ret = gnutls_x509_crt_set_key(crt, key);
	if (!ret)
		ret = gnutls_x509_crt_get_key_id(crt, 0, id, &id_size);
	if (!ret)
		ret = gnutls_x509_crt_set_subject_key_id(crt, id, id_size);
	return ret;
}

static int make_ca_crt(struct ut_ca *ca, const char *name, unsigned int days,
		       gnutls_datum_t *pem)
{
	time_t from = time(NULL) - CLOCK_SKEW;
	int ret;

	ret = gnutls_x509_crt_init(&ca->crt);
	if (!ret)
		ret = fill_common(ca->crt, name, ca->key, from,
				  from + (time_t)days * DAY);
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

int ut_ca_sign_crl(struct ut_ca *ca, struct ut_err *err)
{
	unsigned char id[64], number[8];
	uint64_t now = (uint64_t)time(NULL);
	size_t id_size = sizeof(id);
	gnutls_datum_t pem = { 0 };
	int ret, i;

	/* The time is a number that only grows, and needs no file of its own. */
	for (i = 0; i < 8; i++)
		number[i] = (unsigned char)(now >> (56 - 8 * i));
	ret = gnutls_x509_crl_set_version(ca->crl, 2);
	if (!ret)
		ret = gnutls_x509_crl_set_this_update(ca->crl,
						      (time_t)now - CLOCK_SKEW);
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
	gnutls_free(pem.data);
	return ret;
}

static int make_dir(const char *path, mode_t mode, struct ut_err *err)
{
	int ret;

	if (!mkdir(path, mode) || errno == EEXIST)
		return 0;
	ret = errno;
	ut_err_errno(err, ut_exit_of_errno(ret), ret,
		     "cannot make the directory %s", path);
	if (ret == EACCES)
		ut_err_hint(err, "run it as root, or name another directory");
	return -ret;
}

static int make_dirs(const char *dir, struct ut_err *err)
{
	char path[PATH_MAX];
	int ret = 0;

	if (!strcmp(dir, UT_PKI_DIR))
		ret = make_dir("/etc/usbip-tls", 0755, err);
	if (!ret)
		ret = make_dir(dir, 0700, err);
	if (!ret)
		ret = ut_path_join(path, sizeof(path), dir, "certs", err);
	if (!ret)
		ret = make_dir(path, 0700, err);
	if (!ret)
		ret = ut_path_join(path, sizeof(path), dir, "issued", err);
	if (!ret)
		ret = make_dir(path, 0700, err);
	return ret;
}

static int refuse_existing(const char *dir, const char *const *names, size_t n,
			   struct ut_err *err)
{
	char path[PATH_MAX];
	size_t i;
	int ret;

	for (i = 0; i < n; i++) {
		ret = ut_path_join(path, sizeof(path), dir, names[i], err);
		if (ret)
			return ret;
		if (access(path, F_OK))
			continue;
		ret = ut_err_set(err, UT_EXIT_FAILURE, EEXIST,
				 "%s exists already", path);
		ut_err_hint(err, "choose another place, or replace it with --force");
		return ret;
	}
	return 0;
}

static int init_locked(struct ut_ca *ca, const struct ut_pki_store *store,
		       const char *name, unsigned int days, bool force,
		       struct ut_err *err)
{
	static const char *const files[] = { "ca.key", "ca.pem", "crl.pem" };
	gnutls_datum_t key = { 0 }, crt = { 0 };
	int ret;

	ret = force ? 0 : refuse_existing(ca->dir, files, 3, err);
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
	ret = make_dirs(store->dir ? store->dir : UT_PKI_DIR, err);
	if (ret)
		return ret;
	ret = ut_ca_lock(&ca, store, err);
	if (!ret)
		ret = init_locked(&ca, store, name,
				  days ? days : UT_PKI_CA_DAYS, force, err);
	ut_ca_close(&ca);
	return ret;
}

static int add_addresses(gnutls_x509_crt_t crt, const struct ut_pki_issue *req)
{
	unsigned char addr[16];
	unsigned int len;
	size_t i;
	int ret;

	for (i = 0; i < req->n_address; i++) {
		if (inet_pton(AF_INET, req->address[i], addr) == 1)
			len = 4;
		else if (inet_pton(AF_INET6, req->address[i], addr) == 1)
			len = 16;
		else
			return GNUTLS_E_INVALID_REQUEST;
		ret = gnutls_x509_crt_set_subject_alt_name(crt,
			GNUTLS_SAN_IPADDRESS, addr, len, GNUTLS_FSAN_APPEND);
		if (ret)
			return ret;
	}
	return 0;
}

static int make_crt(struct ut_ca *ca, const struct ut_pki_issue *req,
		    gnutls_x509_privkey_t key, gnutls_x509_crt_t crt)
{
	time_t from = req->not_before ? req->not_before :
		      time(NULL) - CLOCK_SKEW;
	time_t to = from + (time_t)(req->days ? req->days : UT_PKI_DAYS) * DAY;
	time_t ca_to = gnutls_x509_crt_get_expiration_time(ca->crt);
	unsigned char id[64];
	size_t id_size = sizeof(id);
	int ret;

	/* It is of no use after its CA, so it does not claim to be. */
	if (to > ca_to && from < ca_to)
		to = ca_to;
	ret = fill_common(crt, req->name, key, from, to);
	if (!ret)
		ret = gnutls_x509_crt_set_basic_constraints(crt, 0, -1);
	if (!ret)
		ret = gnutls_x509_crt_set_key_usage(crt,
					GNUTLS_KEY_DIGITAL_SIGNATURE);
	if (!ret)
		ret = gnutls_x509_crt_set_key_purpose_oid(crt,
			req->role == UT_PKI_DOCK ? GNUTLS_KP_TLS_WWW_SERVER :
			GNUTLS_KP_TLS_WWW_CLIENT, 0);
	if (!ret)
		ret = gnutls_x509_crt_set_subject_alt_name(crt,
			GNUTLS_SAN_DNSNAME, req->name,
			(unsigned int)strlen(req->name), GNUTLS_FSAN_SET);
	if (!ret)
		ret = add_addresses(crt, req);
	if (!ret)
		ret = gnutls_x509_crt_get_subject_key_id(ca->crt, id, &id_size,
							 NULL);
	if (!ret)
		ret = gnutls_x509_crt_set_authority_key_id(crt, id, id_size);
	if (!ret)
		ret = gnutls_x509_crt_sign2(crt, ca->crt, ca->key,
					    GNUTLS_DIG_SHA256, 0);
	return ret;
}

static int write_out(struct ut_ca *ca, const struct ut_pki_issue *req,
		     const gnutls_datum_t *crt, const gnutls_datum_t *key,
		     struct ut_err *err)
{
	gnutls_datum_t ca_pem = { 0 }, crl = { 0 };
	int ret;

	ret = make_dir(req->out, 0700, err);
	if (ret)
		return ret;
	ret = gnutls_x509_crt_export2(ca->crt, GNUTLS_X509_FMT_PEM, &ca_pem);
	if (!ret)
		ret = gnutls_x509_crl_export2(ca->crl, GNUTLS_X509_FMT_PEM,
					      &crl);
	if (ret)
		ret = ut_gnutls_error(err, ret, "cannot copy the CA");
	if (!ret)
		ret = ut_ca_write(req->out, "ca.pem", &ca_pem, false,
				  req->force, err);
	if (!ret)
		ret = ut_ca_write(req->out, "crl.pem", &crl, false, req->force,
				  err);
	if (!ret)
		ret = ut_ca_write(req->out, "key.pem", key, true, req->force,
				  err);
	if (!ret)
		ret = ut_ca_write(req->out, "cert.pem", crt, false, req->force,
				  err);
	gnutls_free(ca_pem.data);
	gnutls_free(crl.data);
	return ret;
}

/* First the record in certs/: what is not there could not be revoked. */
static int write_issued(struct ut_ca *ca, const struct ut_pki_issue *req,
			const struct ut_pki_cert *made,
			const gnutls_datum_t *crt, const gnutls_datum_t *key,
			struct ut_err *err)
{
	char name[128];
	int ret;

	snprintf(name, sizeof(name), "certs/%s.pem", made->serial);
	ret = ut_ca_write(ca->dir, name, crt, false, false, err);
	if (ret)
		return ret;
	snprintf(name, sizeof(name), "issued/%s.key", req->name);
	ret = ut_ca_write(ca->dir, name, key, true, req->force, err);
	if (ret)
		return ret;
	snprintf(name, sizeof(name), "issued/%s.pem", req->name);
	ret = ut_ca_write(ca->dir, name, crt, false, req->force, err);
	if (!ret && req->out)
		ret = write_out(ca, req, crt, key, err);
	return ret;
}

static int issue_locked(struct ut_ca *ca, const struct ut_pki_issue *req,
			struct ut_pki_cert *made, struct ut_err *err)
{
	gnutls_datum_t key_pem = { 0 }, crt_pem = { 0 };
	gnutls_x509_privkey_t key = NULL;
	gnutls_x509_crt_t crt = NULL;
	int ret;

	ret = ut_pki_new_key(&key, &key_pem, NULL, err);
	if (ret)
		goto out;
	ret = gnutls_x509_crt_init(&crt);
	if (!ret)
		ret = make_crt(ca, req, key, crt);
	if (!ret)
		ret = gnutls_x509_crt_export2(crt, GNUTLS_X509_FMT_PEM,
					      &crt_pem);
	if (ret)
		ret = ut_gnutls_error(err, ret,
				      "cannot make the certificate");
	if (!ret && ut_pki_describe(crt, made))
		ret = ut_err_set(err, UT_EXIT_FAILURE, EINVAL,
				 "cannot read the new certificate back");
	if (!ret)
		ret = write_issued(ca, req, made, &crt_pem, &key_pem, err);
out:
	if (crt)
		gnutls_x509_crt_deinit(crt);
	if (key)
		gnutls_x509_privkey_deinit(key);
	ut_datum_free(&key_pem);
	gnutls_free(crt_pem.data);
	return ret;
}

static int check_issue(struct ut_ca *ca, const struct ut_pki_issue *req,
		       struct ut_err *err)
{
	char pem[128], key[128];
	const char *const files[] = { pem, key };
	int ret;

	if (gnutls_x509_crt_get_expiration_time(ca->crt) < time(NULL)) {
		ret = ut_err_set(err, UT_EXIT_CERTIFICATE, EKEYEXPIRED,
				 "the CA in %s has expired", ca->dir);
		ut_err_hint(err, "make a new one: usbip-tls pki init --force");
		return ret;
	}
	if (req->force)
		return 0;
	snprintf(pem, sizeof(pem), "issued/%s.pem", req->name);
	snprintf(key, sizeof(key), "issued/%s.key", req->name);
	ret = refuse_existing(ca->dir, files, 2, err);
	if (!ret && req->out)
		ret = refuse_existing(req->out, out_files, 4, err);
	return ret;
}

int ut_pki_issue(const struct ut_pki_store *store,
		 const struct ut_pki_issue *req, struct ut_pki_cert *made,
		 struct ut_err *err)
{
	struct ut_pki_cert local;
	unsigned char addr[16];
	struct ut_ca ca;
	size_t i;
	int ret;

	ret = check_name(req->name, err);
	if (ret)
		return ret;
	if ((req->role != UT_PKI_DOCK && req->role != UT_PKI_TABLET) ||
	    req->n_address > UT_PKI_MAX_ADDRESSES ||
	    req->days > UT_PKI_MAX_DAYS)
		return ut_err_set(err, UT_EXIT_USAGE, EINVAL,
				  "role, number of addresses or days out of range");
	for (i = 0; i < req->n_address; i++)
		if (inet_pton(AF_INET, req->address[i], addr) != 1 &&
		    inet_pton(AF_INET6, req->address[i], addr) != 1)
			return ut_err_set(err, UT_EXIT_USAGE, EINVAL,
					  "\"%s\" is not a numeric address",
					  req->address[i]);
	ret = ut_ca_open(&ca, store, true, err);
	if (!ret)
		ret = check_issue(&ca, req, err);
	if (!ret)
		ret = issue_locked(&ca, req, made ? made : &local, err);
	ut_ca_close(&ca);
	return ret;
}
