// SPDX-License-Identifier: GPL-2.0
/* Certificates, and those of the CAs we trust: see trust.h. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tls/trust.h"

int ut_certs_import(gnutls_x509_crt_t *v, unsigned int max,
		    const gnutls_datum_t *d, gnutls_x509_crt_fmt_t format)
{
	int ret = gnutls_x509_crt_list_import(v, &max, d, format,
				GNUTLS_X509_CRT_LIST_IMPORT_FAIL_IF_EXCEED);

	return ret < 0 ? ret : (int)max;
}

void ut_certs_free(gnutls_x509_crt_t *v, unsigned int n)
{
	while (n)
		gnutls_x509_crt_deinit(v[--n]);
}

static int bad_file(struct ut_err *err, const char *what, const char *path,
		    unsigned int max, int code)
{
	if (code == GNUTLS_E_SHORT_MEMORY_BUFFER)
		return ut_err_set(err, UT_EXIT_CERTIFICATE, E2BIG,
				  "the %s %s holds more than %u certificates",
				  what, path, max);
	return ut_err_set(err, UT_EXIT_CERTIFICATE, EINVAL,
			  "cannot read the %s %s: %s", what, path,
			  gnutls_strerror(code));
}

int ut_certs_load(gnutls_x509_crt_t *v, unsigned int max, const char *what,
		  const char *path, struct ut_err *err)
{
	gnutls_datum_t d;
	struct ut_buf buf;
	int ret = ut_file_read(path, &buf, err);

	if (ret) {
		ut_err_prefix(err, "%s", what);
		if (ret == -ENOENT)
			ut_err_hint(err, "usbip-tls enroll makes the files of a dock, usbip-tls enroll HOST gets those of a tablet from it");
		return ret;
	}
	d = ut_datum(&buf);
	ret = ut_certs_import(v, max, &d, GNUTLS_X509_FMT_PEM);
	ut_buf_free(&buf);
	return ret < 0 ? bad_file(err, what, path, max, ret) : ret;
}

/* What it takes, the trust list owns from then on. */
static int add_cas(struct ut_trust *t, gnutls_x509_crt_t *ca, unsigned int n)
{
	unsigned int i;
	int ret;

	for (i = 0; i < n; i++) {
		if (gnutls_x509_crt_get_ca_status(ca[i], NULL) > 0)
			continue;
		ut_certs_free(ca, n);
		return 1;
	}
	ret = gnutls_x509_trust_list_add_cas(t->cas, ca, n, 0);
	i = ret < 0 ? 0 : (unsigned int)ret;
	ut_certs_free(ca + i, n - i);
	return i == n ? 0 : GNUTLS_E_MEMORY_ERROR;
}

/* As ut_trust_open(), of @n certificates, which are not the caller's any more. */
static int trust_in(struct ut_trust *t, gnutls_x509_crt_t *ca, int n)
{
	int ret = gnutls_x509_trust_list_init(&t->cas, 0);

	if (ret)
		ut_certs_free(ca, (unsigned int)n);
	else
		ret = add_cas(t, ca, (unsigned int)n);
	if (ret)
		ut_trust_close(t);
	return ret;
}

int ut_trust_open(struct ut_trust *t, const gnutls_datum_t *ca,
		  gnutls_x509_crt_fmt_t format)
{
	gnutls_x509_crt_t v[UT_TLS_MAX_CA];
	int n = ut_certs_import(v, UT_TLS_MAX_CA, ca, format);

	memset(t, 0, sizeof(*t));
	return n < 0 ? n : trust_in(t, v, n);
}

int ut_trust_load(struct ut_trust *t, const char *path, struct ut_err *err)
{
	static const char what[] = "CA certificate";
	gnutls_x509_crt_t v[UT_TLS_MAX_CA];
	int n = ut_certs_load(v, UT_TLS_MAX_CA, what, path, err), ret;

	memset(t, 0, sizeof(*t));
	if (n < 0)
		return n;
	ret = trust_in(t, v, n);
	if (ret > 0)
		return ut_err_set(err, UT_EXIT_CERTIFICATE, EINVAL,
				  "%s holds a certificate that is not a CA's",
				  path);
	return ret ? bad_file(err, what, path, UT_TLS_MAX_CA, ret) : 0;
}

void ut_trust_close(struct ut_trust *t)
{
	ut_crls_free(&t->crls);
	if (t->cas)
		gnutls_x509_trust_list_deinit(t->cas, 1);
	t->cas = NULL;
}

void ut_crls_free(struct ut_crls *crls)
{
	unsigned int i;

	for (i = 0; i < crls->n; i++)
		gnutls_x509_crl_deinit(crls->v[i]);
	gnutls_free(crls->v);
	free(crls->serial);
	memset(crls, 0, sizeof(*crls));
}

int ut_gnutls_error(struct ut_err *err, int code, const char *what)
{
	return ut_err_set(err, UT_EXIT_CERTIFICATE, EIO, "%s: %s", what,
			  gnutls_strerror(code));
}

void ut_datum_free(gnutls_datum_t *d)
{
	if (d->data)
		explicit_bzero(d->data, d->size);
	gnutls_free(d->data);
	d->data = NULL;
	d->size = 0;
}

int ut_pem_encode(struct ut_buf *pem, const char *header, const void *der,
		  size_t len, struct ut_err *err)
{
	const gnutls_datum_t d = { (unsigned char *)der, (unsigned int)len };
	gnutls_datum_t text = { 0 };
	int ret;

	ret = gnutls_pem_base64_encode2(header, &d, &text);
	if (ret)
		return ut_gnutls_error(err, ret, "cannot write PEM");
	ret = ut_buf_append(pem, text.data, text.size, err);
	gnutls_free(text.data);
	return ret;
}
