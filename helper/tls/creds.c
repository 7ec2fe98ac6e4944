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

/*
 * It is the peer who judges, by its own CA, clock and CRL. But a warning on
 * this side saves a look into the log of the other.
 */
static void check_own(struct ut_creds *c, const char *path,
		      gnutls_x509_crt_t *chain, unsigned int n)
{
	struct ut_tls_outcome o = { .reason = UT_TLS_OK };
	struct ut_log_about about = { .reason = NULL };
	char text[256];

	ut_verify_chain(&c->trust, c->side, chain, n, &o);
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
	gnutls_x509_crt_t chain[UT_TLS_MAX_CHAIN];
	int n = ut_certs_load(chain, UT_TLS_MAX_CHAIN, "certificate", cfg->cert,
			      err);
	int ret = 0, i;

	if (n < 0)
		return n;
	check_own(c, cfg->cert, chain, (unsigned int)n);
	for (i = 0; !ret && i < n; i++) {
		ret = gnutls_pcert_import_x509(&c->chain[i], chain[i], 0);
		if (ret)
			ret = ut_err_set(err, UT_EXIT_CERTIFICATE, EINVAL,
					 "cannot read the certificate %s: %s",
					 cfg->cert, gnutls_strerror(ret));
		else
			c->n_chain++;
	}
	if (!ret && sandbox)
		ret = ut_signer_start(&c->signer, cfg, ut_creds_pack(c),
				      sandbox, err);
	else if (!ret)
		ret = check_key(chain[0], cfg, err);
	ut_certs_free(chain, (unsigned int)n);
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
	ret = ut_trust_load(&c->trust, cfg->ca, err);
	if (!ret)
		ret = ut_crls_load(&c->trust, cfg, sandbox != NULL, err);
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
	gnutls_x509_crt_t chain[UT_TLS_MAX_CHAIN];
	int n = ut_certs_load(chain, UT_TLS_MAX_CHAIN, "certificate", cfg->cert,
			      NULL);
	bool fits;

	if (n <= 0)
		return n != -ENOENT;
	fits = ut_verify_role(chain[0], side);
	ut_certs_free(chain, (unsigned int)n);
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
	ut_trust_close(&c->trust);
	free(c);
}
