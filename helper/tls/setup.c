// SPDX-License-Identifier: GPL-2.0
/*
 * How a session of GnuTLS is made: our certificate, its key (tls/outer_key.c), and
 * the check of the peer's certificate in the middle of the handshake.
 */
#include <string.h>

#include "tls/conn_internal.h"
#include "tls/priority.h"
#include "tls/verify.h"

/* A chain of UT_TLS_MAX_CHAIN certificates fits; strangers get no more. */
#define MAX_HANDSHAKE	(32 * 1024)
#define EXT_SUPPORTED_VERSIONS 43

static int retrieve(gnutls_session_t session,
		    const struct gnutls_cert_retr_st *info,
		    gnutls_pcert_st **certs, unsigned int *n_certs,
		    gnutls_ocsp_data_st **ocsp, unsigned int *n_ocsp,
		    gnutls_privkey_t *key, unsigned int *flags)
{
	struct ut_tls *t = gnutls_session_get_ptr(session);

	*certs = (gnutls_pcert_st *)t->p.creds->chain;
	*n_certs = t->p.creds->n_chain;
	*ocsp = NULL;
	*n_ocsp = 0;
	*key = t->key;
	*flags = 0;
	return 0;
}

/* Runs in the handshake, as soon as the peer has shown its certificate. */
static int verify(gnutls_session_t session)
{
	struct ut_tls *t = gnutls_session_get_ptr(session);
	const struct ut_creds *creds = t->p.creds;
	const gnutls_datum_t *raw;
	unsigned int n = 0;

	raw = gnutls_certificate_get_peers(session, &n);
	if (!raw || !n) {
		if (ut_tls_is_dock(t) && creds->optional)
			return 0;
		ut_tls_fail(t, UT_TLS_NO_CERTIFICATE, 0);
		return GNUTLS_E_CERTIFICATE_ERROR;
	}
	ut_verify_raw(&creds->trust, ut_tls_is_dock(t) ? UT_TLS_TABLET :
		      UT_TLS_DOCK, raw, n, t->p.expect, &t->outcome);
	if (t->outcome.reason == UT_TLS_OK && ut_tls_is_dock(t) &&
	    !t->p.allowed(t->outcome.name, t->p.allowed_arg))
		t->outcome.reason = UT_TLS_NOT_ALLOWED;
	return t->outcome.reason == UT_TLS_OK ? 0 : GNUTLS_E_CERTIFICATE_ERROR;
}

/* RFC 8446 section 4.2.1: a list of versions, two bytes each, after its size. */
static int on_extension(void *arg, unsigned int id, const unsigned char *data,
			unsigned int len)
{
	struct ut_tls *t = arg;
	unsigned int i;

	if (id != EXT_SUPPORTED_VERSIONS)
		return 0;
	for (i = 1; i + 1 < len; i += 2)
		if (data[i] == 3 && data[i + 1] == 4)
			t->offers_tls13 = true;
	return 0;
}

/* Each message of the handshake, before it is read or after it is written. */
static int on_message(gnutls_session_t session, unsigned int type,
		      unsigned int when, unsigned int incoming,
		      const gnutls_datum_t *msg)
{
	struct ut_tls *t = gnutls_session_get_ptr(session);

	/* GnuTLS calls a peer without TLS 1.3 one without a common cipher suite. */
	if (type == GNUTLS_HANDSHAKE_CLIENT_HELLO && incoming)
		gnutls_ext_raw_parse(t, on_extension, msg,
				     GNUTLS_EXT_RAW_FLAG_TLS_CLIENT_HELLO);
	ut_tls_outer_key_follow(t, type, incoming, msg);
	return 0;
}

static int setup_cred(struct ut_tls *t)
{
	int ret = gnutls_certificate_allocate_credentials(&t->cred);

	if (ret)
		return ret;
	gnutls_certificate_set_retrieve_function3(t->cred, retrieve);
	return ut_tls_outer_key(t);
}

int ut_tls_session(struct ut_tls *t, const char *priority, size_t max_handshake)
{
	const unsigned int flags = GNUTLS_NONBLOCK | GNUTLS_NO_SIGNAL |
				   GNUTLS_NO_TICKETS;
	int ret = gnutls_init(&t->session, flags | (ut_tls_is_dock(t) ?
						    GNUTLS_SERVER :
						    GNUTLS_CLIENT));

	if (!ret)
		ret = gnutls_priority_set_direct(t->session, priority, NULL);
	if (ret)
		return ret;
	gnutls_handshake_set_max_packet_length(t->session, max_handshake);
	gnutls_session_set_ptr(t->session, t);
	gnutls_transport_set_ptr(t->session, t);
	gnutls_transport_set_pull_function(t->session, ut_tls_pull);
	gnutls_transport_set_push_function(t->session, ut_tls_push);
	return 0;
}

static int setup_session(struct ut_tls *t)
{
	char priority[512];
	int ret;

	ut_priority(priority, sizeof(priority), t->p.creds->min_version,
		    t->p.creds->cipher, ut_cpu_has_aes(), ut_tls_is_dock(t));
	ret = ut_tls_session(t, priority, MAX_HANDSHAKE);
	if (!ret)
		ret = gnutls_credentials_set(t->session, GNUTLS_CRD_CERTIFICATE,
					     t->cred);
	if (ret)
		return ret;
	gnutls_session_set_verify_function(t->session, verify);
	gnutls_handshake_set_hook_function(t->session, GNUTLS_HANDSHAKE_ANY,
					   GNUTLS_HOOK_PRE, on_message);
	if (ut_tls_is_dock(t)) {
		/* Strangers need not know the name of our CA. */
		gnutls_certificate_send_x509_rdn_sequence(t->session, 1);
		gnutls_certificate_server_set_request(t->session,
			t->p.creds->optional ? GNUTLS_CERT_REQUEST :
					       GNUTLS_CERT_REQUIRE);
	}
	return 0;
}

int ut_tls_open(struct ut_tls *t, const struct ut_tls_params *p)
{
	int ret;

	memset(t, 0, sizeof(*t));
	t->p = *p;
	if (p->plain)
		return 0;
	ret = setup_cred(t);
	if (!ret)
		ret = setup_session(t);
	return ret ? ut_tls_fail(t, UT_TLS_INTERNAL, ret) : 0;
}

void ut_tls_psk_free(struct ut_tls *t)
{
	if (t->psk.server)
		gnutls_psk_free_server_credentials(t->psk.server);
	if (t->psk.client)
		gnutls_psk_free_client_credentials(t->psk.client);
	t->psk.server = NULL;
	t->psk.client = NULL;
}

void ut_tls_close(struct ut_tls *t)
{
	ut_tls_outer_key_close(t);
	if (t->session)
		gnutls_deinit(t->session);
	if (t->cred)
		gnutls_certificate_free_credentials(t->cred);
	if (t->key)
		gnutls_privkey_deinit(t->key);
	ut_tls_psk_free(t);
	t->session = NULL;
	t->cred = NULL;
	t->key = NULL;
}

uint16_t ut_tls_version(const struct ut_tls *t)
{
	return gnutls_protocol_get_version(t->session) == GNUTLS_TLS1_3 ?
	       0x0304 : 0x0303;
}
