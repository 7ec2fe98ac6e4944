// SPDX-License-Identifier: GPL-2.0
/* Facts about certificates and the clock. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/timex.h>
#include <unistd.h>

#include "cli/doctor.h"
#include "base/file.h"
#include "base/task.h"
#include "tls/crl_floor.h"
#include "tls/key.h"
#include "pki/ca.h"
#include "tls/verify.h"

/* 0, or why it cannot be read is in *file. */
static int read_file(struct ut_file_facts *file, struct ut_buf *buf)
{
	struct ut_err err;
	int ret = file->path[0] ? ut_file_read(file->path, buf, &err) : -ENOENT;

	if (ret)
		file->error = -ret;
	return ret;
}

static void bad(struct ut_file_facts *file, const char *what)
{
	snprintf(file->bad, sizeof(file->bad), "%s", what);
}

static void unreadable(struct ut_file_facts *file, int code)
{
	bad(file, code == GNUTLS_E_SHORT_MEMORY_BUFFER ?
	    "it holds more certificates than are accepted" : gnutls_strerror(code));
}

static void read_ca(struct ut_cert_facts *c, struct ut_trust *trust)
{
	gnutls_datum_t pem;
	struct ut_buf buf;
	int ret;

	if (read_file(&c->ca, &buf))
		return;
	pem = ut_datum(&buf);
	ret = ut_trust_open(trust, &pem, GNUTLS_X509_FMT_PEM);
	ut_buf_free(&buf);
	if (ret > 0)
		bad(&c->ca, "not all of its certificates belong to an authority");
	else if (ret)
		unreadable(&c->ca, ret);
}

/* What the daemon would refuse; a stranger to its directory cannot see that. */
static void check_age(struct ut_cert_facts *c, const struct ut_trust *trust,
		      const char *state)
{
	struct ut_err err;
	int ret;

	if (c->ca.error || c->ca.bad[0] || c->crl.bad[0])
		return;
	ret = ut_crl_floor_check_all(state, trust, &trust->crls, false, &err);
	if (ret == -ESTALE)
		bad(&c->crl, "it is older than one that was in use here before");
	else if (ret == -EINVAL)
		bad(&c->crl, err.msg);
}

static void read_crl(struct ut_cert_facts *c, const char *state,
		     struct ut_trust *trust)
{
	struct ut_crls *crls = &trust->crls;
	gnutls_datum_t pem;
	struct ut_buf buf;
	unsigned int i;
	time_t next;
	int ret;

	if (!c->crl.path[0] || read_file(&c->crl, &buf))
		return;
	pem = ut_datum(&buf);
	ret = gnutls_x509_crl_list_import2(&crls->v, &crls->n, &pem,
					   GNUTLS_X509_FMT_PEM, 0);
	ut_buf_free(&buf);
	if (ret < 0) {
		bad(&c->crl, gnutls_strerror(ret));
		crls->n = 0;
		return;
	}
	for (i = 0; i < crls->n; i++) {
		if (!c->ca.error && !c->ca.bad[0] &&
		    !ut_verify_crl(trust, crls->v[i]))
			bad(&c->crl, "it is not signed by our authority");
		next = gnutls_x509_crl_get_next_update(crls->v[i]);
		/* The first that is due. */
		if (next != (time_t)-1 && (!c->crl_next || next < c->crl_next))
			c->crl_next = next;
	}
	check_age(c, trust, state);
}

/* What is asked of a key. */
struct asked {
	const struct ut_config_tls *tls;
	gnutls_x509_crt_t cert;
};

/* 1: it fits; 0: it does not; or why it cannot be read. */
static int ask_key(const void *arg, void *out, struct ut_err *err)
{
	const struct asked *a = arg;
	gnutls_privkey_t key;
	int ret;

	if (gnutls_privkey_init(&key))
		return ut_err_errno(err, UT_EXIT_FAILURE, ENOMEM,
				    "cannot look at the key");
	ret = ut_key_load(key, a->tls->key, a->tls->key_password_file, err);
	if (!ret)
		ret = ut_key_fits(key, a->cert);
	gnutls_privkey_deinit(key);
	return ret;
}

/* By a process of its own: this one starts workers. */
static void read_key(struct ut_cert_facts *c, const struct ut_config_tls *tls,
		     gnutls_x509_crt_t cert)
{
	const struct asked asked = { tls, cert };
	struct ut_err err;
	int fd = open(c->key.path, O_RDONLY | O_CLOEXEC | O_NOCTTY), ret;

	if (fd < 0) {
		c->key.error = errno;
		return;
	}
	close(fd);
	ret = ut_task_wait(ask_key, &asked, NULL, 0, -1,
			   "the process that looks at the key", &err);
	if (ret < 0)
		bad(&c->key, err.msg);
	c->key_fits = ret > 0;
}

static void read_own(struct ut_cert_facts *c, const struct ut_config_tls *tls,
		     const struct ut_trust *trust)
{
	struct ut_tls_outcome o = { .reason = UT_TLS_OK };
	gnutls_x509_crt_t chain[UT_TLS_MAX_CHAIN];
	gnutls_datum_t pem;
	struct ut_buf buf;
	int n;

	if (read_file(&c->cert, &buf))
		return;
	pem = ut_datum(&buf);
	n = ut_certs_import(chain, UT_TLS_MAX_CHAIN, &pem, GNUTLS_X509_FMT_PEM);
	ut_buf_free(&buf);
	if (n < 0) {
		unreadable(&c->cert, n);
		return;
	}
	if (ut_pki_describe(chain[0], &c->own))
		bad(&c->cert, "it has no name or no serial number");
	ut_verify_chain(trust, c->own.role == UT_PKI_DOCK ? UT_TLS_DOCK :
			UT_TLS_TABLET, chain, (unsigned int)n, &o);
	c->reason = o.reason;
	c->when = o.when;
	memcpy(c->name, o.name, sizeof(c->name));
	read_key(c, tls, chain[0]);
	ut_certs_free(chain, (unsigned int)n);
}

void ut_doctor_cert_facts(const struct ut_config *cfg, struct ut_cert_facts *c)
{
	struct ut_trust trust = { .cas = NULL };

	memset(c, 0, sizeof(*c));
	c->ca.path = cfg->tls.ca;
	c->cert.path = cfg->tls.cert;
	c->key.path = cfg->tls.key;
	c->crl.path = cfg->tls.crl;
	c->own.role = UT_PKI_OTHER;
	c->key_fits = -1;
	c->renew_before = cfg->enroll.renew_before;
	read_ca(c, &trust);
	/* Without one everything is from an unknown authority. */
	if (!trust.cas && gnutls_x509_trust_list_init(&trust.cas, 0))
		return;
	read_crl(c, cfg->tls.crl_state, &trust);
	read_own(c, &cfg->tls, &trust);
	ut_trust_close(&trust);
}

void ut_doctor_clock_facts(time_t not_before, struct ut_clock_facts *c)
{
	struct timex t = { .modes = 0 };
	struct stat st;

	memset(c, 0, sizeof(*c));
	c->now = time(NULL);
	c->not_before = not_before;
	if (!stat("/proc/self/exe", &st))
		c->program = st.st_mtime;
	c->synced = adjtimex(&t) < 0 ? -1 : !(t.status & STA_UNSYNC);
}
