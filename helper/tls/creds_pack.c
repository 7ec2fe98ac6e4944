// SPDX-License-Identifier: GPL-2.0
/*
 * The public part of the credentials as bytes: a head, then certificates and lists
 * in DER, each after its length. A worker starts with nothing else of them.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tls/creds.h"

#define MAX_LISTS	256
#define MAX_BYTES	(16 * 1024 * 1024)
#define SEALS		(F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)

struct head {
	uint32_t side;
	uint32_t min_version;
	uint32_t optional;
	uint32_t cipher;
	uint32_t n_ca;
	uint32_t n_chain;
	uint32_t n_lists;
	struct ut_tls_own own;
};

/* --- writing --- */

static int put(int fd, const void *data, size_t len)
{
	const char *p = data;
	ssize_t n;

	for (; len; p += n, len -= (size_t)n) {
		n = write(fd, p, len);
		if (n < 0 && errno != EINTR)
			return -errno;
		if (n < 0)
			n = 0;
	}
	return 0;
}

/* @error: of the call that has made it. */
static int put_datum(int fd, int error, const gnutls_datum_t *d)
{
	const uint32_t len = d->size;
	int ret = error ? -ENOMEM : put(fd, &len, sizeof(len));

	return ret ? ret : put(fd, d->data, d->size);
}

/* Counts them, or with @fd >= 0 writes them. */
static int put_cas(int fd, const struct ut_creds *c, uint32_t *count)
{
	gnutls_x509_trust_list_iter_t iter = NULL;
	gnutls_datum_t d = { 0 };
	gnutls_x509_crt_t ca;
	int ret = 0;

	*count = 0;
	while (!ret && !gnutls_x509_trust_list_iter_get_ca(c->trust.cas, &iter, &ca)) {
		++*count;
		if (fd >= 0) {
			ret = gnutls_x509_crt_export2(ca, GNUTLS_X509_FMT_DER,
						      &d);
			ret = put_datum(fd, ret, &d);
			gnutls_free(d.data);
			memset(&d, 0, sizeof(d));
		}
		gnutls_x509_crt_deinit(ca);
	}
	gnutls_x509_trust_list_iter_deinit(iter);
	return ret;
}

static int put_lists(int fd, const struct ut_creds *c)
{
	gnutls_datum_t d = { 0 };
	unsigned int i;
	int ret = 0;

	for (i = 0; !ret && i < c->trust.crls.n; i++) {
		ret = gnutls_x509_crl_export2(c->trust.crls.v[i], GNUTLS_X509_FMT_DER,
					      &d);
		ret = put_datum(fd, ret, &d);
		gnutls_free(d.data);
		memset(&d, 0, sizeof(d));
	}
	return ret;
}

static int fill(int fd, const struct ut_creds *c)
{
	struct head h = {
		.side = c->side, .min_version = c->min_version,
		.optional = c->optional, .cipher = c->cipher,
		.n_chain = c->n_chain, .n_lists = c->trust.crls.n, .own = c->own,
	};
	unsigned int i;
	int ret;

	ret = put_cas(-1, c, &h.n_ca);
	if (!ret)
		ret = put(fd, &h, sizeof(h));
	if (!ret)
		ret = put_cas(fd, c, &h.n_ca);
	for (i = 0; !ret && i < c->n_chain; i++)
		ret = put_datum(fd, 0, &c->chain[i].cert);
	if (!ret)
		ret = put_lists(fd, c);
	/* All workers have the same: none may change it for the next. */
	if (!ret && fcntl(fd, F_ADD_SEALS, SEALS))
		ret = -errno;
	return ret;
}

int ut_creds_pack(struct ut_creds *c)
{
	int fd, ret;

	if (c->packed >= 0)
		return c->packed;
	fd = memfd_create("usbip-tls credentials", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (fd < 0)
		return -errno;
	ret = fill(fd, c);
	if (ret) {
		close(fd);
		return ret;
	}
	c->packed = fd;
	return fd;
}

void ut_creds_changed(struct ut_creds *c)
{
	if (c->packed >= 0)
		close(c->packed);
	c->packed = -1;
}

/* --- reading --- */

/* What is left of the file. */
struct rest {
	const unsigned char *p;
	size_t len;
};

/* The next @len bytes; NULL: there are not as many. */
static const void *take(struct rest *r, size_t len)
{
	const void *p = r->p;

	if (len > r->len)
		return NULL;
	r->p += len;
	r->len -= len;
	return p;
}

static bool take_datum(struct rest *r, gnutls_datum_t *d)
{
	const void *p = take(r, sizeof(uint32_t));
	uint32_t len;

	if (!p)
		return false;
	memcpy(&len, p, sizeof(len));
	d->data = (unsigned char *)take(r, len);
	d->size = len;
	return d->data;
}

static bool get_ca(struct ut_creds *c, struct rest *r)
{
	gnutls_x509_crt_t ca;
	gnutls_datum_t d;

	if (!take_datum(r, &d) || gnutls_x509_crt_init(&ca))
		return false;
	/* The list owns it from then on. */
	if (!gnutls_x509_crt_import(ca, &d, GNUTLS_X509_FMT_DER) &&
	    gnutls_x509_trust_list_add_cas(c->trust.cas, &ca, 1, 0) == 1)
		return true;
	gnutls_x509_crt_deinit(ca);
	return false;
}

static bool get_own(struct ut_creds *c, struct rest *r)
{
	gnutls_datum_t d;

	return take_datum(r, &d) &&
	       !gnutls_pcert_import_x509_raw(&c->chain[c->n_chain++], &d,
					     GNUTLS_X509_FMT_DER, 0);
}

static bool get_list(struct ut_creds *c, struct rest *r)
{
	gnutls_datum_t d;

	return take_datum(r, &d) && !gnutls_x509_crl_init(&c->trust.crls.v[c->trust.crls.n]) &&
	       !gnutls_x509_crl_import(c->trust.crls.v[c->trust.crls.n++], &d,
				       GNUTLS_X509_FMT_DER);
}

static bool parse(struct ut_creds *c, struct rest *r)
{
	const void *p = take(r, sizeof(struct head));
	struct head h;
	uint32_t i;
	bool ok;

	if (!p)
		return false;
	memcpy(&h, p, sizeof(h));
	c->side = h.side == UT_TLS_DOCK ? UT_TLS_DOCK : UT_TLS_TABLET;
	c->min_version = (uint16_t)h.min_version;
	c->optional = h.optional;
	c->cipher = (enum usbip_tls_cipher)h.cipher;
	c->own = h.own;
	c->own.name[sizeof(c->own.name) - 1] = '\0';
	ok = h.n_ca <= UT_TLS_MAX_CA && h.n_chain <= UT_TLS_MAX_CHAIN &&
	     h.n_lists <= MAX_LISTS;
	if (ok && h.n_lists)
		c->trust.crls.v = gnutls_calloc(h.n_lists, sizeof(*c->trust.crls.v));
	ok = ok && (c->trust.crls.v || !h.n_lists);
	for (i = 0; ok && i < h.n_ca; i++)
		ok = get_ca(c, r);
	for (i = 0; ok && i < h.n_chain; i++)
		ok = get_own(c, r);
	for (i = 0; ok && i < h.n_lists; i++)
		ok = get_list(c, r);
	return ok && !r->len;
}

/* This process ends with them: what a failure leaves behind is not freed. */
struct ut_creds *ut_creds_unpack(int fd)
{
	struct ut_creds *c = calloc(1, sizeof(*c));
	struct rest r = { NULL, 0 };
	struct stat st;
	void *map;

	if (!c || fstat(fd, &st) || st.st_size <= 0 || st.st_size > MAX_BYTES ||
	    gnutls_x509_trust_list_init(&c->trust.cas, 0))
		return NULL;
	map = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	close(fd);
	if (map == MAP_FAILED)
		return NULL;
	c->refs = 1;
	c->packed = -1;
	c->signer.child.fd = -1;
	r.p = map;
	r.len = (size_t)st.st_size;
	if (!parse(c, &r))
		return NULL;
	munmap(map, (size_t)st.st_size);
	return c;
}
