// SPDX-License-Identifier: GPL-2.0
/* The CA's directory: lock, load, write. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "pki/ca.h"
#include "policy/config.h"
#include "tls/crl_floor.h"

struct ut_pki_store ut_pki_store_of(const struct ut_config *config)
{
	const struct ut_config_enroll *e = &config->enroll;

	return (struct ut_pki_store){
		.dir = e->pki, .password_file = e->pki_password_file[0] ?
						e->pki_password_file : NULL,
		.crl_state = config->tls.crl_state,
	};
}

bool ut_pki_has(const struct ut_pki_store *store, const char *file)
{
	char path[PATH_MAX];

	return !ut_path_join(path, sizeof(path), ut_pki_dir(store), file,
			     NULL) && !access(path, F_OK);
}

int ut_ca_write(const char *dir, const char *name, const gnutls_datum_t *data,
		bool secret, bool replace, struct ut_err *err)
{
	char path[PATH_MAX];
	int ret;

	ret = ut_path_join(path, sizeof(path), dir, name, err);
	if (ret)
		return ret;
	return ut_file_write(path, data->data, data->size,
			     secret ? 0600 : 0644, replace, err);
}

int ut_ca_lock(struct ut_ca *ca, const struct ut_pki_store *store,
	       struct ut_err *err)
{
	struct stat st;
	int ret;

	memset(ca, 0, sizeof(*ca));
	ca->dir = ut_pki_dir(store);
	ca->crl_state = store->crl_state;
	ca->lock = open(ca->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (ca->lock < 0) {
		ret = errno;
		ut_err_errno(err, ut_exit_of_errno(ret), ret,
			     "cannot open the CA directory %s", ca->dir);
		ut_err_hint(err, "%s", ret == ENOENT ?
			    "make a CA: usbip-tls pki init, or name its directory with --dir" :
			    "run it as root, or as the owner of the CA");
		return -ret;
	}
	if (!fstat(ca->lock, &st) && (st.st_mode & 077)) {
		ret = ut_err_set(err, UT_EXIT_PERMISSION, EPERM,
				 "the CA directory %s is open to others",
				 ca->dir);
		ut_err_hint(err, "chmod 700 %s", ca->dir);
		return ret;
	}
	/* Two commands must not sign two different CRLs. */
	if (flock(ca->lock, LOCK_EX))
		return ut_err_errno(err, UT_EXIT_FAILURE, errno,
				    "cannot lock %s", ca->dir);
	return 0;
}

static int read_in(const char *dir, const char *name, struct ut_buf *buf,
		   struct ut_err *err)
{
	char path[PATH_MAX];
	int ret;

	ret = ut_path_join(path, sizeof(path), dir, name, err);
	if (ret)
		return ret;
	return ut_file_read(path, buf, err);
}

int ut_pki_load_crt(gnutls_x509_crt_t *crt, const char *path,
		    struct ut_err *err)
{
	gnutls_datum_t d;
	struct ut_buf buf;
	int ret;

	ret = ut_file_read(path, &buf, err);
	if (ret)
		return ret;
	d = ut_datum(&buf);
	ret = gnutls_x509_crt_init(crt);
	if (!ret) {
		ret = gnutls_x509_crt_import(*crt, &d, GNUTLS_X509_FMT_PEM);
		if (ret) {
			gnutls_x509_crt_deinit(*crt);
			*crt = NULL;
		}
	}
	ut_buf_free(&buf);
	return ret ? ut_err_set(err, UT_EXIT_CERTIFICATE, EINVAL,
				"%s is not a certificate: %s", path,
				gnutls_strerror(ret)) : 0;
}

static int load_crl(struct ut_ca *ca, struct ut_err *err)
{
	struct ut_buf buf;
	gnutls_datum_t d;
	int ret;

	ret = read_in(ca->dir, "crl.pem", &buf, err);
	if (ret)
		return ret;
	d = ut_datum(&buf);
	ret = gnutls_x509_crl_init(&ca->crl);
	if (!ret)
		ret = gnutls_x509_crl_import(ca->crl, &d, GNUTLS_X509_FMT_PEM);
	ut_buf_free(&buf);
	return ret ? ut_gnutls_error(err, ret, "cannot read crl.pem") : 0;
}

static int import_key(struct ut_ca *ca, const struct ut_buf *buf,
		      const char *password, struct ut_err *err)
{
	const gnutls_datum_t d = ut_datum(buf);
	int ret;

	ret = gnutls_x509_privkey_init(&ca->key);
	if (!ret)
		ret = gnutls_x509_privkey_import2(ca->key, &d,
						  GNUTLS_X509_FMT_PEM, password,
						  password ? 0 :
						  GNUTLS_PKCS_PLAIN);
	if (ret == GNUTLS_E_DECRYPTION_FAILED) {
		ut_err_set(err, UT_EXIT_CERTIFICATE, EKEYREJECTED, "%s",
			   password ? "the passphrase of the CA key is wrong" :
			   "the CA key needs a passphrase");
		ut_err_hint(err, "give the file that holds it with --password-file");
		return -EKEYREJECTED;
	}
	return ret ? ut_gnutls_error(err, ret, "cannot read ca.key") : 0;
}

static int load_key(struct ut_ca *ca, const char *password_file,
		    struct ut_err *err)
{
	char password[UT_PASSWORD_SIZE];
	struct ut_buf buf;
	int ret;

	ret = read_in(ca->dir, "ca.key", &buf, err);
	if (ret)
		return ret;
	if (password_file)
		ret = ut_password_read(password_file, password, err);
	if (!ret)
		ret = import_key(ca, &buf, password_file ? password : NULL,
				 err);
	explicit_bzero(password, sizeof(password));
	ut_buf_free(&buf);
	return ret;
}

int ut_ca_signed_dir(const struct ut_ca *ca, char dir[PATH_MAX],
		     struct ut_err *err)
{
	dir[0] = '\0';
	return ca->crl_state && ca->crl_state[0] ?
	       ut_path_join(dir, PATH_MAX, ca->crl_state, "signed", err) : 0;
}

/* As after a restore from a backup. */
static int check_crl(const struct ut_ca *ca, struct ut_err *err)
{
	char dir[PATH_MAX];
	int ret = ut_ca_signed_dir(ca, dir, err);

	if (!ret)
		ret = ut_crl_floor_check(dir, ca->crt, &ca->crl, 1, false, err);
	if (!ret)
		ret = ut_crl_floor_check(ca->crl_state, ca->crt, &ca->crl, 1,
					 false, err);
	if (ret != -ESTALE)
		return ret;
	ut_err_prefix(err, "the CA in %s signs nothing", ca->dir);
	ut_err_hint(err, "put its newest list there: any dock or tablet has it as "
		    UT_CONFIG_DIR "/crl.pem");
	return ret;
}

int ut_ca_open(struct ut_ca *ca, const struct ut_pki_store *store, bool key,
	       struct ut_err *err)
{
	char path[PATH_MAX];
	int ret;

	ret = ut_ca_lock(ca, store, err);
	if (!ret)
		ret = ut_path_join(path, sizeof(path), ca->dir, "ca.pem", err);
	if (!ret)
		ret = ut_pki_load_crt(&ca->crt, path, err);
	if (!ret)
		ret = load_crl(ca, err);
	if (!ret && key)
		ret = check_crl(ca, err);
	if (!ret && key)
		ret = load_key(ca, store->password_file, err);
	if (ret == -ENOENT && err)
		ut_err_hint(err, "make a CA: usbip-tls pki init, or name its directory with --dir");
	return ret;
}

void ut_ca_close(struct ut_ca *ca)
{
	if (ca->crt)
		gnutls_x509_crt_deinit(ca->crt);
	if (ca->key)
		gnutls_x509_privkey_deinit(ca->key);
	if (ca->crl)
		gnutls_x509_crl_deinit(ca->crl);
	if (ca->lock >= 0)
		close(ca->lock);
	memset(ca, 0, sizeof(*ca));
	ca->lock = -1;
}

/* @error: of the call that has made @d. */
static int take(struct ut_buf *buf, int error, gnutls_datum_t *d, size_t max,
		const char *what, struct ut_err *err)
{
	int ret;

	if (error)
		return ut_gnutls_error(err, error, what);
	if (d->size > max)
		ret = ut_err_set(err, UT_EXIT_FAILURE, EFBIG,
				 "the %s has %u bytes, %zu at most can be handed over",
				 what, d->size, max);
	else
		ret = ut_buf_append(buf, d->data, d->size, err);
	gnutls_free(d->data);
	return ret;
}

static int fill_public(struct ut_ca *ca, struct ut_pki_bundle *out,
		       struct ut_err *err)
{
	gnutls_datum_t d;
	int ret;

	ret = gnutls_x509_crt_export2(ca->crt, GNUTLS_X509_FMT_DER, &d);
	ret = take(&out->ca, ret, &d, UT_PKI_CERT_MAX, "certificate of the CA",
		   err);
	if (ret)
		return ret;
	ret = gnutls_x509_crl_export2(ca->crl, GNUTLS_X509_FMT_DER, &d);
	return take(&out->crl, ret, &d, UT_PKI_CRL_MAX, "revocation list", err);
}

int ut_pki_public(const struct ut_pki_store *store, struct ut_pki_bundle *out,
		  struct ut_err *err)
{
	struct ut_ca ca;
	int ret;

	memset(out, 0, sizeof(*out));
	ret = ut_ca_open(&ca, store, false, err);
	if (!ret)
		ret = fill_public(&ca, out, err);
	ut_ca_close(&ca);
	if (ret)
		ut_pki_bundle_free(out);
	return ret;
}

void ut_pki_bundle_free(struct ut_pki_bundle *b)
{
	ut_buf_free(&b->cert);
	ut_buf_free(&b->ca);
	ut_buf_free(&b->crl);
}

int ut_pki_take(struct ut_buf *der, const struct ut_pki_issued *issued,
		struct ut_err *err)
{
	if (!issued->len || issued->len > sizeof(issued->der))
		return ut_err_set(err, UT_EXIT_FAILURE, EBADMSG,
				  UT_CA_PROCESS " says nonsense");
	return ut_buf_append(der, issued->der, issued->len, err);
}

static int export_key(gnutls_x509_privkey_t key, gnutls_datum_t *pem,
		      const char *password)
{
	return gnutls_x509_privkey_export2_pkcs8(key, GNUTLS_X509_FMT_PEM,
						 password, password ?
						 GNUTLS_PKCS_PBES2_AES_256 :
						 GNUTLS_PKCS_PLAIN, pem);
}

int ut_pki_new_key(gnutls_x509_privkey_t *key, gnutls_datum_t *pem,
		   const char *password_file, struct ut_err *err)
{
	unsigned int curve = GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1);
	char password[UT_PASSWORD_SIZE];
	int ret;

	if (password_file) {
		ret = ut_password_read(password_file, password, err);
		if (ret)
			return ret;
	}
	ret = gnutls_x509_privkey_init(key);
	if (!ret)
		ret = gnutls_x509_privkey_generate2(*key, GNUTLS_PK_ECDSA,
						    curve, 0, NULL, 0);
	if (!ret)
		ret = export_key(*key, pem, password_file ? password : NULL);
	explicit_bzero(password, sizeof(password));
	return ret ? ut_gnutls_error(err, ret, "cannot make a key") : 0;
}
