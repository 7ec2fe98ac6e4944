// SPDX-License-Identifier: GPL-2.0
/* The private CA: list and revoke. */
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/file.h"
#include "pki/ca.h"

const char *ut_pki_role_name(enum ut_pki_role role)
{
	switch (role) {
	case UT_PKI_CA:
		return "ca";
	case UT_PKI_DOCK:
		return "dock";
	case UT_PKI_TABLET:
		return "tablet";
	default:
		return "other";
	}
}

static enum ut_pki_role role_of(gnutls_x509_crt_t crt)
{
	enum ut_pki_role role = UT_PKI_OTHER;
	unsigned int i, critical, ca = 0;
	char oid[64];
	size_t size;
	int pathlen;

	if (gnutls_x509_crt_get_basic_constraints(crt, &critical, &ca,
						  &pathlen) >= 0 && ca)
		return UT_PKI_CA;
	for (i = 0; ; i++) {
		size = sizeof(oid);
		if (gnutls_x509_crt_get_key_purpose_oid(crt, i, oid, &size,
							NULL))
			return role;
		if (i)
			return UT_PKI_OTHER;
		if (!strcmp(oid, GNUTLS_KP_TLS_WWW_SERVER))
			role = UT_PKI_DOCK;
		else if (!strcmp(oid, GNUTLS_KP_TLS_WWW_CLIENT))
			role = UT_PKI_TABLET;
	}
}

static void alt_names(gnutls_x509_crt_t crt, char *dst, size_t dst_size)
{
	char san[256], text[INET6_ADDRSTRLEN];
	const char *name;
	size_t len, size;
	unsigned int i;
	int type;

	dst[0] = '\0';
	for (i = 0; i <= UT_PKI_MAX_ADDRESSES; i++) {
		size = sizeof(san) - 1;
		memset(san, 0, sizeof(san));
		type = gnutls_x509_crt_get_subject_alt_name(crt, i, san, &size,
							    NULL);
		if (type < 0)
			return;
		name = san;
		if (type == GNUTLS_SAN_IPADDRESS)
			name = inet_ntop(size == 4 ? AF_INET : AF_INET6, san,
					 text, sizeof(text));
		else if (type != GNUTLS_SAN_DNSNAME)
			continue;
		len = strlen(dst);
		snprintf(dst + len, dst_size - len, "%s%s", len ? " " : "",
			 name ? name : "?");
	}
}

int ut_pki_describe(gnutls_x509_crt_t crt, struct ut_pki_cert *out)
{
	unsigned char raw[32];
	size_t size = 20;

	memset(out, 0, sizeof(*out));
	out->role = role_of(crt);
	if (gnutls_x509_crt_get_serial(crt, raw, &size))
		return -EINVAL;
	ut_hex(out->serial, raw, size);
	size = sizeof(raw);
	if (gnutls_x509_crt_get_fingerprint(crt, GNUTLS_DIG_SHA256, raw, &size))
		return -EINVAL;
	ut_hex(out->fingerprint, raw, size);
	size = sizeof(out->name);
	if (gnutls_x509_crt_get_dn_by_oid(crt, GNUTLS_OID_X520_COMMON_NAME, 0,
					  0, out->name, &size))
		return -EINVAL;
	ut_sanitize(out->name);
	alt_names(crt, out->names, sizeof(out->names));
	ut_sanitize(out->names);
	out->not_before = gnutls_x509_crt_get_activation_time(crt);
	out->not_after = gnutls_x509_crt_get_expiration_time(crt);
	return 0;
}

static time_t revoked_at(gnutls_x509_crl_t crl, const char *serial)
{
	int i, n = gnutls_x509_crl_get_crt_count(crl);
	char hex[UT_PKI_SERIAL_SIZE];
	unsigned char raw[20];
	size_t size;
	time_t when;

	for (i = 0; i < n; i++) {
		size = sizeof(raw);
		if (gnutls_x509_crl_get_crt_serial(crl, i, raw, &size, &when))
			continue;
		ut_hex(hex, raw, size);
		if (!strcmp(hex, serial))
			return when;
	}
	return 0;
}

/*
 * One row for DIR/certs/file. 1: a certificate of a CA that was here before
 * (init --force); this one can neither vouch for it nor revoke it.
 */
static int describe_file(struct ut_ca *ca, const char *file,
			 struct ut_pki_cert *out, struct ut_err *err)
{
	gnutls_x509_crt_t crt = NULL;
	char path[PATH_MAX], rel[300];
	int ret;

	snprintf(rel, sizeof(rel), "certs/%s", file);
	ret = ut_path_join(path, sizeof(path), ca->dir, rel, err);
	if (!ret)
		ret = ut_pki_load_crt(&crt, path, err);
	if (ret)
		return ret;
	if (!gnutls_x509_crt_check_issuer(crt, ca->crt)) {
		gnutls_x509_crt_deinit(crt);
		return 1;
	}
	ret = ut_pki_describe(crt, out);
	gnutls_x509_crt_deinit(crt);
	if (ret)
		return ut_err_set(err, UT_EXIT_CERTIFICATE, EINVAL,
				  "%s is damaged", path);
	out->revoked = revoked_at(ca->crl, out->serial);
	return 0;
}

static int is_pem(const struct dirent *d)
{
	size_t len = strlen(d->d_name);

	return len > 4 && d->d_name[0] != '.' &&
	       !strcmp(d->d_name + len - 4, ".pem");
}

static int by_name(const void *a, const void *b)
{
	const struct ut_pki_cert *x = a, *y = b;
	int ret = strcmp(x->name, y->name);

	if (ret)
		return ret;
	return x->not_before < y->not_before ? -1 :
	       x->not_before > y->not_before;
}

int ut_ca_list(struct ut_ca *ca, struct ut_pki_cert **certs, size_t *n,
	       struct ut_err *err)
{
	struct dirent **entry = NULL;
	struct ut_pki_cert *v = NULL;
	char path[PATH_MAX];
	size_t rows = 1;
	int i, count, ret;

	ret = ut_path_join(path, sizeof(path), ca->dir, "certs", err);
	if (ret)
		return ret;
	count = scandir(path, &entry, is_pem, alphasort);
	if (count < 0)
		return ut_err_errno(err, ut_exit_of_errno(errno), errno,
				    "cannot read %s", path);
	if (count > UT_PKI_MAX_CERTS)
		ret = ut_err_set(err, UT_EXIT_FAILURE, E2BIG,
				 "more than %d certificates in %s",
				 UT_PKI_MAX_CERTS, path);
	if (!ret) {
		v = calloc((size_t)count + 1, sizeof(*v));
		if (!v || ut_pki_describe(ca->crt, &v[0]))
			ret = ut_err_set(err, UT_EXIT_FAILURE, ENOMEM,
					 "cannot list the certificates");
	}
	for (i = 0; i < count; i++) {
		if (ret >= 0)
			ret = describe_file(ca, entry[i]->d_name, &v[rows],
					    err);
		if (!ret)
			rows++;
		free(entry[i]);
	}
	free(entry);
	if (ret < 0) {
		free(v);
		return ret;
	}
	qsort(v + 1, rows - 1, sizeof(*v), by_name);
	*certs = v;
	*n = rows;
	return 0;
}

int ut_pki_list(const struct ut_pki_store *store, struct ut_pki_cert **certs,
		size_t *n, struct ut_err *err)
{
	struct ut_ca ca;
	int ret;

	ret = ut_ca_open(&ca, store, false, err);
	if (!ret)
		ret = ut_ca_list(&ca, certs, n, err);
	ut_ca_close(&ca);
	return ret;
}

static int revoke_serial(struct ut_ca *ca, const char *hex, time_t now)
{
	unsigned char raw[20];
	size_t n = strlen(hex) / 2;

	if (n > sizeof(raw) || !ut_unhex(raw, n, hex))
		return GNUTLS_E_INVALID_REQUEST;
	return gnutls_x509_crl_set_crt_serial(ca->crl, raw, n, now);
}

static int revoke_locked(struct ut_ca *ca, const char *which, size_t *n,
			 struct ut_err *err)
{
	struct ut_pki_cert *certs;
	size_t i, count, found = 0;
	int ret;

	*n = 0;
	ret = ut_ca_list(ca, &certs, &count, err);
	if (ret)
		return ret;
	/* Entry 0 is the CA itself, which its own CRL cannot revoke. */
	for (i = 1; i < count && !ret; i++) {
		if (strcmp(certs[i].name, which) &&
		    strcasecmp(certs[i].serial, which))
			continue;
		found++;
		if (certs[i].revoked)
			continue;
		ret = revoke_serial(ca, certs[i].serial, time(NULL));
		(*n)++;
	}
	free(certs);
	if (ret)
		return ut_gnutls_error(err, ret, "cannot revoke");
	if (!found) {
		ut_err_set(err, UT_EXIT_NOT_FOUND, ENOENT,
			   "no certificate has the name or serial number \"%s\"",
			   which);
		ut_err_hint(err, "usbip-tls pki show lists them all");
		return -ENOENT;
	}
	if (!*n)
		return ut_err_set(err, UT_EXIT_FAILURE, EALREADY,
				  "\"%s\" is revoked already", which);
	return ut_ca_sign_crl(ca, err);
}

int ut_pki_revoke(const struct ut_pki_store *store, const char *name_or_serial,
		  size_t *n, struct ut_err *err)
{
	struct ut_ca ca;
	size_t count;
	int ret;

	ret = ut_ca_open(&ca, store, true, err);
	if (!ret)
		ret = revoke_locked(&ca, name_or_serial, n ? n : &count, err);
	ut_ca_close(&ca);
	return ret;
}
