// SPDX-License-Identifier: GPL-2.0
/* Files that came by hand, and requests for an external CA: see install.h. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "enroll/install.h"
#include "pki/renew.h"
#include "tls/key.h"
#include "tls/pair.h"

#define BEGIN	"-----BEGIN "
#define END	"-----END "
#define DASHES	"-----"

/**
 * struct came - what came, as text
 * @b: certificates and list
 * @key: empty: none
 * @own_ca: @b.ca came with it, and is not the one that is here already
 * @own_crl: the same of the list
 */
struct came {
	struct ut_pki_bundle b;
	struct ut_buf key;
	bool own_ca;
	bool own_crl;
};

static int append(struct ut_buf *buf, const char *pem, size_t len)
{
	int ret = ut_buf_append(buf, pem, len, NULL);

	return ret ? ret : ut_buf_append(buf, "\n", 1, NULL);
}

static int add_certificate(struct came *c, const char *pem, size_t len)
{
	const gnutls_datum_t d = { (unsigned char *)pem, (unsigned int)len };
	gnutls_x509_crt_t crt;
	struct ut_buf old;
	bool ca, self;
	int ret;

	if (gnutls_x509_crt_init(&crt))
		return -ENOMEM;
	if (gnutls_x509_crt_import(crt, &d, GNUTLS_X509_FMT_PEM)) {
		gnutls_x509_crt_deinit(crt);
		return -EBADMSG;
	}
	ca = gnutls_x509_crt_get_ca_status(crt, NULL) > 0;
	self = gnutls_x509_crt_check_issuer(crt, crt);
	gnutls_x509_crt_deinit(crt);
	if (ca)
		return append(self ? &c->b.ca : &c->b.cert, pem, len);
	/* Our own stands before those that lead to the CA. */
	old = c->b.cert;
	memset(&c->b.cert, 0, sizeof(c->b.cert));
	ret = append(&c->b.cert, pem, len);
	if (!ret && old.len)
		ret = append(&c->b.cert, old.data, old.len);
	ut_buf_free(&old);
	return ret;
}

static int add_block(struct came *c, const char *label, size_t label_len,
		     const char *pem, size_t len)
{
	static const char key[] = "PRIVATE KEY";
	const size_t n = sizeof(key) - 1;

	if (label_len >= n && !memcmp(label + label_len - n, key, n))
		return append(&c->key, pem, len);
	if (label_len == 11 && !memcmp(label, "CERTIFICATE", 11))
		return add_certificate(c, pem, len);
	if (label_len == 8 && !memcmp(label, "X509 CRL", 8))
		return append(&c->b.crl, pem, len);
	return 0;	/* e.g. EC PARAMETERS */
}

static int split(struct came *c, const char *text)
{
	const char *begin, *label, *end;
	size_t label_len;
	int ret = 0;

	for (begin = strstr(text, BEGIN); begin && !ret;
	     begin = strstr(end, BEGIN)) {
		label = begin + strlen(BEGIN);
		label_len = (size_t)(strstr(label, DASHES) ?
				     strstr(label, DASHES) - label : 0);
		end = strstr(label, END);
		if (!label_len || !end)
			return -EBADMSG;
		end += strlen(END) + label_len + strlen(DASHES);
		if (strnlen(begin, (size_t)(end - begin)) <
		    (size_t)(end - begin))
			return -EBADMSG;
		ret = add_block(c, label, label_len, begin,
				(size_t)(end - begin));
	}
	return ret;
}

static int read_bundle_file(struct came *c, const char *path,
			    struct ut_err *err)
{
	struct ut_buf file;
	int ret;

	ret = ut_file_read(path, &file, err);
	if (ret)
		return ret;
	ret = split(c, file.data);
	ut_buf_free(&file);
	if (ret)
		return ut_err_errno(err, UT_EXIT_CERTIFICATE, ret,
				    "cannot read the PEM file %s", path);
	return 0;
}

static int read_optional(struct ut_buf *buf, const char *dir, const char *name,
			 struct ut_err *err)
{
	char path[PATH_MAX];
	int ret;

	ret = ut_path_join(path, sizeof(path), dir, name, err);
	if (!ret && !access(path, F_OK))
		ret = ut_file_read(path, buf, err);
	return ret;
}

static int read_dir(struct came *c, const char *dir, struct ut_err *err)
{
	int ret = read_optional(&c->b.cert, dir, "cert.pem", err);

	if (!ret)
		ret = read_optional(&c->b.ca, dir, "ca.pem", err);
	if (!ret)
		ret = read_optional(&c->b.crl, dir, "crl.pem", err);
	if (!ret)
		ret = read_optional(&c->key, dir, "key.pem", err);
	return ret;
}

static int read_from(struct came *c, const char *from, struct ut_err *err)
{
	struct stat st;
	int ret;

	if (stat(from, &st))
		return ut_err_errno(err, ut_exit_of_errno(errno), errno,
				    "cannot open %s", from);
	ret = S_ISDIR(st.st_mode) ? read_dir(c, from, err) :
				    read_bundle_file(c, from, err);
	if (!ret && !c->b.cert.len)
		return ut_err_set(err, UT_EXIT_NOT_FOUND, ENOENT,
				  "there is no certificate in %s", from);
	return ret;
}

/* What did not come may be here already. */
static int complete(struct came *c, const struct ut_config_tls *tls,
		    struct ut_err *err)
{
	int ret = 0;

	c->own_ca = c->b.ca.len;
	c->own_crl = c->b.crl.len;
	if (!c->own_ca) {
		ret = ut_file_read(tls->ca, &c->b.ca, err);
		if (ret == -ENOENT)
			ut_err_hint(err, "put the certificate of the CA beside it, as ca.pem");
		/* The list is of the CA; one without the other is none. */
		if (!ret && !c->own_crl && tls->crl[0] &&
		    !access(tls->crl, F_OK))
			ret = ut_file_read(tls->crl, &c->b.crl, err);
	}
	return ret;
}

static int check_key(const struct came *c, const struct ut_config_tls *tls,
		     struct ut_err *err)
{
	const gnutls_datum_t d = ut_datum(&c->b.cert);
	gnutls_x509_crt_t crt = NULL;
	gnutls_privkey_t key = NULL;
	int ret = -ENOMEM;

	if (!gnutls_privkey_init(&key) && !gnutls_x509_crt_init(&crt))
		ret = gnutls_x509_crt_import(crt, &d, GNUTLS_X509_FMT_PEM) ?
		      -EBADMSG : 0;
	if (ret)
		ut_err_errno(err, UT_EXIT_CERTIFICATE, ret,
			     "cannot read the certificate");
	else
		ret = ut_key_import(key, &c->key, tls->key_password_file,
				    "that came with it", err);
	if (!ret && !ut_key_fits(key, crt))
		ret = ut_err_set(err, UT_EXIT_CERTIFICATE, EINVAL,
				 "the key that came with it does not belong to the certificate");
	if (crt)
		gnutls_x509_crt_deinit(crt);
	if (key)
		gnutls_privkey_deinit(key);
	return ret;
}

static int install(struct came *c, const struct ut_config_tls *tls,
		   const struct ut_install_from *req, struct ut_err *err)
{
	const struct ut_pki_bundle b = {
		.cert = c->b.cert,
		.ca = c->own_ca ? c->b.ca : (struct ut_buf){ 0 },
		.crl = c->own_crl ? c->b.crl : (struct ut_buf){ 0 },
	};
	int ret = 0;

	if (c->key.len) {
		ret = check_key(c, tls, err);
		if (!ret)
			ret = ut_pair_stage(tls, c->key.data, c->key.len, err);
	}
	return ret ? ret : ut_install(tls, &b, req->force, err);
}

int ut_install_from(const struct ut_config_tls *tls,
		    const struct ut_install_from *req,
		    char name[UT_TLS_NAME_SIZE], struct ut_err *err)
{
	const struct ut_pki_expect want = { .role = req->role };
	struct came c = { .own_ca = false };
	int ret;

	ret = req->force ? 0 : ut_install_refuse(tls, err);
	if (!ret)
		ret = read_from(&c, req->from, err);
	if (!ret)
		ret = complete(&c, tls, err);
	if (!ret)
		ret = ut_pki_check(&c.b, true, &want, name, err);
	if (!ret)
		ret = install(&c, tls, req, err);
	ut_pki_bundle_free(&c.b);
	ut_buf_free(&c.key);
	return ret;
}

int ut_install_request(const struct ut_config_tls *tls, enum ut_pki_role role,
		       const char *name, const char *path, bool force,
		       struct ut_err *err)
{
	struct ut_csr csr;
	struct ut_buf pem = { 0 };
	int ret;

	if (!force && ut_pair_staged(tls)) {
		ret = ut_err_set(err, UT_EXIT_FAILURE, EEXIST,
				 "%s.new exists: a request was made before",
				 tls->key);
		ut_err_hint(err, "use that request, or make a new key with --force");
		return ret;
	}
	ret = force ? 0 : ut_file_absent(path, NULL, err);
	if (!ret)
		ret = ut_renew_stage(tls, role, name, &csr, err);
	if (ret)
		return ret;
	ret = ut_pem_encode(&pem, "CERTIFICATE REQUEST", csr.der, csr.len, err);
	if (!ret)
		ret = ut_file_write(path, pem.data, pem.len, 0644, force, err);
	ut_buf_free(&pem);
	return ret;
}
