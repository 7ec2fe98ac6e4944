// SPDX-License-Identifier: GPL-2.0
/* Loading CA, revocation list and own certificate: see creds.h. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/file.h"
#include "base/log.h"
#include "tls/creds.h"
#include "tls/key.h"
#include "tls/pair.h"
#include "tls/verify.h"

static int bad_file(struct ut_err *err, const char *what, const char *path,
		    int code)
{
	return ut_err_set(err, UT_EXIT_CERTIFICATE, EINVAL,
			  "cannot read the %s %s: %s", what, path,
			  gnutls_strerror(code));
}

static int read_pem(const char *what, const char *path, struct ut_buf *buf,
		    gnutls_datum_t *pem, struct ut_err *err)
{
	int ret = ut_file_read(path, buf, err);

	if (ret) {
		ut_err_prefix(err, "%s", what);
		if (ret == -ENOENT)
			ut_err_hint(err, "usbip-tls enroll makes the files of a dock, usbip-tls enroll HOST gets those of a tablet from it");
		return ret;
	}
	pem->data = (unsigned char *)buf->data;
	pem->size = (unsigned int)buf->len;
	return 0;
}

static void free_certs(gnutls_x509_crt_t *certs, unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n; i++)
		gnutls_x509_crt_deinit(certs[i]);
	gnutls_free(certs);
}

static int read_certs(const char *what, const char *path, unsigned int max,
		      gnutls_x509_crt_t **certs, unsigned int *n,
		      struct ut_err *err)
{
	struct ut_buf buf;
	gnutls_datum_t pem;
	int ret;

	ret = read_pem(what, path, &buf, &pem, err);
	if (ret)
		return ret;
	ret = gnutls_x509_crt_list_import2(certs, n, &pem, GNUTLS_X509_FMT_PEM,
					   0);
	ut_buf_free(&buf);
	if (ret < 0)
		return bad_file(err, what, path, ret);
	if (*n > max) {
		free_certs(*certs, *n);
		return ut_err_set(err, UT_EXIT_CERTIFICATE, E2BIG,
				  "the %s %s holds %u certificates, %u at most are taken",
				  what, path, *n, max);
	}
	return 0;
}

/* The trust list owns the certificates from then on. */
static int add_ca(struct ut_creds *c, const struct ut_config_tls *cfg,
		   struct ut_err *err)
{
	gnutls_x509_crt_t *ca;
	unsigned int n, i;
	int ret;

	ret = read_certs("CA certificate", cfg->ca, UT_TLS_MAX_CA, &ca, &n,
			 err);
	if (ret)
		return ret;
	for (i = 0; i < n; i++) {
		if (gnutls_x509_crt_get_ca_status(ca[i], NULL) > 0)
			continue;
		free_certs(ca, n);
		return ut_err_set(err, UT_EXIT_CERTIFICATE, EINVAL,
				  "%s holds a certificate that is not a CA's",
				  cfg->ca);
	}
	ret = gnutls_x509_trust_list_add_cas(c->trust, ca, n, 0);
	if (ret != (int)n) {
		free_certs(ca, n);
		return bad_file(err, "CA certificate", cfg->ca,
				ret < 0 ? ret : GNUTLS_E_X509_CERTIFICATE_ERROR);
	}
	gnutls_free(ca);
	return 0;
}

int ut_creds_load_ca(struct ut_creds *c, const struct ut_config_tls *cfg,
		     struct ut_err *err)
{
	int ret;

	if (gnutls_x509_trust_list_init(&c->trust, 0))
		return ut_err_errno(err, UT_EXIT_FAILURE, ENOMEM,
				    "cannot load the certificates");
	ret = add_ca(c, cfg, err);
	if (ret) {
		gnutls_x509_trust_list_deinit(c->trust, 1);
		c->trust = NULL;
	}
	return ret;
}

/* What ut_crls_load() would say; but who only looks has not used the list. */
static int look_at_crl(struct ut_creds *c, const struct ut_config_tls *cfg,
		       struct ut_err *err)
{
	int ret = ut_crls_read(&c->crls, c, cfg->crl, err);

	return ret ? ret : ut_crl_floor_look_all(cfg->crl_state, c->trust,
						 c->crls.v, c->crls.n, err);
}

static int load_crl(struct ut_creds *c, const struct ut_config_tls *cfg,
		    bool look, struct ut_err *err)
{
	if (!cfg->crl[0])
		return 0;
	return look ? look_at_crl(c, cfg, err) :
		      ut_crls_load(&c->crls, c, cfg, err);
}

/*
 * It is the peer who judges, by its own CA, clock and list. But a warning on
 * this side saves a look into the log of the other.
 */
static void check_own(struct ut_creds *c, const char *path,
		      gnutls_x509_crt_t *chain, unsigned int n)
{
	struct ut_tls_outcome o = { .reason = UT_TLS_OK };
	struct ut_log_about about = { .reason = NULL };
	char text[256];

	ut_verify_chain(c, c->side, chain, n, &o);
	if (o.reason != UT_TLS_OK) {
		ut_tls_outcome_text(&o, text, sizeof(text));
		about.reason = ut_tls_reason_name(o.reason);
		ut_log_event(UT_LOG_WARNING, UT_LOG_CERTIFICATE_UNFIT, &about,
			     "our own certificate %s is of no use to a %s, peers will refuse it: %s",
			     path, c->side == UT_TLS_DOCK ? "dock" : "tablet",
			     text);
	}
	memcpy(c->own.name, o.name, sizeof(c->own.name));
	c->own.not_before = gnutls_x509_crt_get_activation_time(chain[0]);
	c->own.not_after = gnutls_x509_crt_get_expiration_time(chain[0]);
}

static int check_key(gnutls_x509_crt_t cert, const struct ut_config_tls *cfg,
		     struct ut_err *err)
{
	gnutls_privkey_t key;
	int ret = gnutls_privkey_init(&key);

	if (ret)
		return ut_err_errno(err, UT_EXIT_FAILURE, ENOMEM,
				    "cannot look at the key");
	ret = ut_key_load(key, cfg->key, cfg->key_password_file, err);
	if (!ret)
		ret = ut_key_pair(key, cert, cfg, err);
	gnutls_privkey_deinit(key);
	return ret;
}

static int load_own(struct ut_creds *c, const struct ut_config_tls *cfg,
		    const struct ut_sandbox *sandbox, struct ut_err *err)
{
	gnutls_x509_crt_t *chain;
	unsigned int n, i;
	int ret;

	ret = read_certs("certificate", cfg->cert, UT_TLS_MAX_CHAIN, &chain,
			 &n, err);
	if (ret)
		return ret;
	check_own(c, cfg->cert, chain, n);
	for (i = 0; !ret && i < n; i++) {
		ret = gnutls_pcert_import_x509(&c->chain[i], chain[i], 0);
		if (ret)
			ret = bad_file(err, "certificate", cfg->cert, ret);
		else
			c->n_chain++;
	}
	if (!ret)
		ret = sandbox ? ut_signer_start(&c->signer, cfg, ut_creds_pack(c),
						sandbox, err) :
				check_key(chain[0], cfg, err);
	free_certs(chain, n);
	return ret;
}

/*
 * Not while the two are being replaced. A lock that is not to be had is no reason
 * to stop: what the files are good for is seen when they are read.
 */
static int load_pair(struct ut_creds *c, const struct ut_config_tls *cfg,
		     const struct ut_sandbox *sandbox, struct ut_err *err)
{
	struct ut_err why;
	int lock, ret;

	lock = ut_pair_lock(cfg, &why);
	if (lock < 0)
		ut_log_debug("%s", why.msg);
	ret = load_own(c, cfg, sandbox, err);
	if (lock >= 0)
		ut_pair_unlock(lock);
	return ret;
}

int ut_creds_load(struct ut_creds **creds, enum ut_tls_side side,
		  const struct ut_config_tls *cfg,
		  const struct ut_sandbox *sandbox, struct ut_err *err)
{
	struct ut_creds *c = calloc(1, sizeof(*c));
	int ret;

	if (!c)
		return ut_err_errno(err, UT_EXIT_FAILURE, ENOMEM,
				    "cannot load the certificates");
	c->refs = 1;
	c->side = side;
	c->min_version = cfg->min_version;
	c->cipher = cfg->cipher;
	c->optional = cfg->client_certificate == UT_CLIENT_CERT_OPTIONAL;
	c->packed = -1;
	c->signer.child.fd = -1;
	ret = ut_creds_load_ca(c, cfg, err);
	if (!ret)
		ret = load_crl(c, cfg, !sandbox, err);
	if (!ret)
		ret = load_pair(c, cfg, sandbox, err);
	if (ret) {
		ut_creds_put(c);
		return ret;
	}
	*creds = c;
	return 0;
}

bool ut_creds_fit(const struct ut_config_tls *cfg, enum ut_tls_side side)
{
	gnutls_x509_crt_t *chain;
	struct ut_err err;
	unsigned int n;
	bool fits;
	int ret;

	ret = read_certs("certificate", cfg->cert, UT_TLS_MAX_CHAIN, &chain,
			 &n, &err);
	if (ret)
		return ret != -ENOENT;
	fits = !n || ut_verify_role(chain[0], side);
	free_certs(chain, n);
	return fits;
}

struct ut_creds *ut_creds_get(struct ut_creds *creds)
{
	creds->refs++;
	return creds;
}

void ut_creds_put(struct ut_creds *c)
{
	unsigned int i;

	if (!c || --c->refs)
		return;
	ut_program_end(&c->signer.child, NULL);
	ut_creds_changed(c);
	for (i = 0; i < c->n_chain; i++)
		gnutls_pcert_deinit(&c->chain[i]);
	ut_crls_free(&c->crls);
	if (c->trust)
		gnutls_x509_trust_list_deinit(c->trust, 1);
	free(c);
}
