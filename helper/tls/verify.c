// SPDX-License-Identifier: GPL-2.0
/*
 * Checks of a certificate chain. GnuTLS does the mathematics; role, revocation
 * and dates are looked at one by one, so that each has its own reason.
 */
#include <string.h>

#include "tls/verify.h"

#define NAME_CHARS \
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._:"
#define MAX_PURPOSES 16

static int name_ok(const char *name, size_t len)
{
	return len && len < UT_TLS_NAME_SIZE && strlen(name) == len &&
	       strspn(name, NAME_CHARS) == len;
}

int ut_verify_name(gnutls_x509_crt_t cert, char name[UT_TLS_NAME_SIZE])
{
	unsigned int i;
	size_t size;
	int ret;

	for (i = 0; ; i++) {
		size = UT_TLS_NAME_SIZE;
		ret = gnutls_x509_crt_get_subject_alt_name(cert, i, name, &size,
							   NULL);
		if (ret == GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE)
			break;
		if (ret != GNUTLS_SAN_DNSNAME)
			continue;
		if (size < UT_TLS_NAME_SIZE)
			name[size] = '\0';
		if (name_ok(name, size))
			return 1;
		goto none;
	}
	size = UT_TLS_NAME_SIZE;
	ret = gnutls_x509_crt_get_dn_by_oid(cert, GNUTLS_OID_X520_COMMON_NAME,
					    0, 0, name, &size);
	if (!ret && name_ok(name, size))
		return 1;
none:
	name[0] = '\0';
	return 0;
}

bool ut_verify_serial(gnutls_x509_crt_t cert, char serial[UT_TLS_SERIAL_SIZE])
{
	unsigned char raw[UT_SERIAL_BYTES];
	size_t size = sizeof(raw);

	serial[0] = '\0';
	if (gnutls_x509_crt_get_serial(cert, raw, &size) || !size)
		return false;
	ut_hex(serial, raw, size);
	return true;
}

/* Exactly one purpose of the two; "any purpose" is none. */
bool ut_verify_role(gnutls_x509_crt_t cert, enum ut_tls_side side)
{
	bool server = false, client = false;
	unsigned int i;
	char oid[64];
	size_t size;
	int ret;

	for (i = 0; i < MAX_PURPOSES; i++) {
		size = sizeof(oid);
		ret = gnutls_x509_crt_get_key_purpose_oid(cert, i, oid, &size,
							  NULL);
		if (ret == GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE)
			return side == UT_TLS_DOCK ? server && !client :
						     client && !server;
		if (ret == GNUTLS_E_SHORT_MEMORY_BUFFER)
			continue;
		if (ret)
			return false;
		server |= !strcmp(oid, GNUTLS_KP_TLS_WWW_SERVER);
		client |= !strcmp(oid, GNUTLS_KP_TLS_WWW_CLIENT);
	}
	return false;
}

/* The date at fault: of the chain, else of the CA. */
static int64_t date_at_fault(gnutls_x509_crt_t *chain, unsigned int n,
			     int expired)
{
	time_t now = time(NULL), t;
	unsigned int i;

	for (i = 0; i < n; i++) {
		if (expired) {
			t = gnutls_x509_crt_get_expiration_time(chain[i]);
			if (t < now)
				return t;
		} else {
			t = gnutls_x509_crt_get_activation_time(chain[i]);
			if (t > now)
				return t;
		}
	}
	return now;
}

static enum ut_tls_reason of_status(unsigned int status)
{
	if (status & (GNUTLS_CERT_SIGNER_NOT_FOUND |
		      GNUTLS_CERT_SIGNATURE_FAILURE |
		      GNUTLS_CERT_SIGNER_NOT_CA |
		      GNUTLS_CERT_SIGNER_CONSTRAINTS_FAILURE))
		return UT_TLS_UNKNOWN_CA;
	if (status & GNUTLS_CERT_NOT_ACTIVATED)
		return UT_TLS_NOT_YET_VALID;
	if (status & GNUTLS_CERT_EXPIRED)
		return UT_TLS_EXPIRED;
	return status ? UT_TLS_BAD_CERTIFICATE : UT_TLS_OK;
}

static int revoked(const struct ut_trust *trust, gnutls_x509_crt_t *chain,
		   unsigned int n)
{
	unsigned int i;

	for (i = 0; trust->crls.n && i < n; i++)
		if (gnutls_x509_crt_check_revocation(chain[i],
				(const gnutls_x509_crl_t *)trust->crls.v,
				trust->crls.n))
			return 1;
	return 0;
}

/*
 * A list past its nextUpdate still revokes what it names, so it is taken (crl.c warns
 * of it); GnuTLS reports its date even without time checks.
 */
bool ut_verify_crl_by(gnutls_x509_crt_t ca, gnutls_x509_crl_t crl)
{
	const unsigned int outdated = GNUTLS_CERT_INVALID |
				      GNUTLS_CERT_REVOCATION_DATA_SUPERSEDED;
	unsigned int status = 0;

	return !gnutls_x509_crl_verify(crl, &ca, 1,
				       GNUTLS_VERIFY_DISABLE_CRL_CHECKS |
				       GNUTLS_VERIFY_DISABLE_TIME_CHECKS,
				       &status) &&
	       (!status || status == outdated);
}

/* One of our CAs has signed @a and, if it is not NULL, @b. */
static bool one_signed(const struct ut_trust *trust, gnutls_x509_crl_t a,
		       gnutls_x509_crl_t b)
{
	gnutls_x509_trust_list_iter_t iter = NULL;
	gnutls_x509_crt_t ca;
	bool ok = false;

	while (!ok && !gnutls_x509_trust_list_iter_get_ca(trust->cas, &iter,
							  &ca)) {
		ok = ut_verify_crl_by(ca, a) && (!b || ut_verify_crl_by(ca, b));
		gnutls_x509_crt_deinit(ca);
	}
	gnutls_x509_trust_list_iter_deinit(iter);
	return ok;
}

bool ut_verify_crl(const struct ut_trust *trust, gnutls_x509_crl_t crl)
{
	return one_signed(trust, crl, NULL);
}

bool ut_verify_same_ca(const struct ut_trust *trust, gnutls_x509_crl_t a,
		       gnutls_x509_crl_t b)
{
	return one_signed(trust, a, b);
}

void ut_verify_chain(const struct ut_trust *trust, enum ut_tls_side side,
		     gnutls_x509_crt_t *chain, unsigned int n,
		     struct ut_tls_outcome *o)
{
	unsigned int status = 0;
	int ret;

	ut_verify_name(chain[0], o->name);
	ret = gnutls_x509_trust_list_verify_crt2(trust->cas, chain, n, NULL,
			0, GNUTLS_PROFILE_TO_VFLAGS(GNUTLS_PROFILE_MEDIUM),
			&status, NULL);
	o->reason = ret ? UT_TLS_BAD_CERTIFICATE : of_status(status);
	o->detail = ret;
	if (o->reason == UT_TLS_EXPIRED || o->reason == UT_TLS_NOT_YET_VALID)
		o->when = date_at_fault(chain, n, o->reason == UT_TLS_EXPIRED);
	if (o->reason == UT_TLS_OK && !ut_verify_role(chain[0], side))
		o->reason = UT_TLS_WRONG_ROLE;
	if (o->reason == UT_TLS_OK && revoked(trust, chain, n))
		o->reason = UT_TLS_REVOKED;
	/* By it a session is found when the certificate is revoked. */
	if (!ut_verify_serial(chain[0], o->serial) && o->reason == UT_TLS_OK)
		o->reason = UT_TLS_BAD_CERTIFICATE;
}

void ut_verify_raw(const struct ut_trust *trust, enum ut_tls_side side,
		   const gnutls_datum_t *raw, unsigned int n,
		   const char *expect, struct ut_tls_outcome *o)
{
	gnutls_x509_crt_t chain[UT_TLS_MAX_CHAIN];
	unsigned int i, made = 0;

	o->reason = UT_TLS_BAD_CERTIFICATE;
	if (!n || n > UT_TLS_MAX_CHAIN)
		return;
	for (i = 0; i < n; i++) {
		if (gnutls_x509_crt_init(&chain[i]))
			goto out;
		made++;
		o->detail = gnutls_x509_crt_import(chain[i], &raw[i],
						   GNUTLS_X509_FMT_DER);
		if (o->detail)
			goto out;
	}
	ut_verify_chain(trust, side, chain, n, o);
	if (o->reason == UT_TLS_OK && expect &&
	    !gnutls_x509_crt_check_hostname2(chain[0], expect,
				GNUTLS_VERIFY_DO_NOT_ALLOW_WILDCARDS))
		o->reason = UT_TLS_WRONG_NAME;
	/* A dock goes by the name, so there must be one. */
	if (o->reason == UT_TLS_OK && !o->name[0])
		o->reason = UT_TLS_BAD_CERTIFICATE;
out:
	for (i = 0; i < made; i++)
		gnutls_x509_crt_deinit(chain[i]);
}
