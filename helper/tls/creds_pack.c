// SPDX-License-Identifier: GPL-2.0
/*
 * The public part of the credentials: a head, and after it the certificates of the
 * CAs, our own and the revocation lists, as PEM. A worker starts with nothing else
 * of them. The texts are made of what was read, and are never those of the files: a
 * key may stand in the same file as its certificate.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "tls/creds.h"

#define MAX_BYTES	(16 * 1024 * 1024)
#define SEALS		(F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | \
			 F_SEAL_WRITE)

enum { CAS, CHAIN, CRLS, TEXTS };

struct head {
	uint32_t side;
	uint32_t min_version;
	uint32_t optional;
	uint32_t cipher;
	uint32_t len[TEXTS];
	struct ut_tls_own own;
};

/* --- writing --- */

/* Takes what a call of GnuTLS has made, if @error says that it has. */
static int put(struct ut_buf *text, int error, gnutls_datum_t *d)
{
	int ret = error ? -ENOMEM : ut_buf_append(text, d->data, d->size, NULL);

	if (!error)
		gnutls_free(d->data);
	return ret;
}

static int put_cas(struct ut_buf *text, gnutls_x509_trust_list_t cas)
{
	gnutls_x509_trust_list_iter_t iter = NULL;
	gnutls_x509_crt_t ca;
	gnutls_datum_t d;
	int ret = 0;

	while (!ret && !gnutls_x509_trust_list_iter_get_ca(cas, &iter, &ca)) {
		ret = gnutls_x509_crt_export2(ca, GNUTLS_X509_FMT_PEM, &d);
		ret = put(text, ret, &d);
		gnutls_x509_crt_deinit(ca);
	}
	gnutls_x509_trust_list_iter_deinit(iter);
	return ret;
}

static int put_all(struct ut_buf text[TEXTS], const struct ut_creds *c)
{
	const struct ut_crls *crls = &c->trust.crls;
	int ret = put_cas(&text[CAS], c->trust.cas);
	gnutls_datum_t d;
	unsigned int i;

	for (i = 0; !ret && i < c->n_chain; i++) {
		ret = gnutls_pem_base64_encode2("CERTIFICATE", &c->chain[i].cert,
						&d);
		ret = put(&text[CHAIN], ret, &d);
	}
	for (i = 0; !ret && i < crls->n; i++) {
		ret = gnutls_x509_crl_export2(crls->v[i], GNUTLS_X509_FMT_PEM,
					      &d);
		ret = put(&text[CRLS], ret, &d);
	}
	return ret;
}

static int fill(int fd, const struct ut_creds *c,
		const struct ut_buf text[TEXTS])
{
	struct head h = {
		.side = c->side, .min_version = c->min_version,
		.optional = c->optional, .cipher = c->cipher, .own = c->own,
	};
	struct iovec v[1 + TEXTS] = { { &h, sizeof(h) } };
	size_t i, all = sizeof(h);

	for (i = 0; i < TEXTS; i++) {
		h.len[i] = (uint32_t)text[i].len;
		v[1 + i] = (struct iovec){ text[i].data, text[i].len };
		all += text[i].len;
	}
	if (writev(fd, v, 1 + TEXTS) != (ssize_t)all)
		return -ENOMEM;
	/* All workers have the same: none may change it for the next. */
	return fcntl(fd, F_ADD_SEALS, SEALS) ? -errno : 0;
}

int ut_creds_pack(struct ut_creds *c)
{
	struct ut_buf text[TEXTS] = { 0 };
	int fd = -1, ret, i;

	if (c->packed >= 0)
		return c->packed;
	ret = put_all(text, c);
	if (!ret) {
		fd = memfd_create("usbip-tls credentials",
				  MFD_CLOEXEC | MFD_ALLOW_SEALING);
		ret = fd < 0 ? -errno : fill(fd, c, text);
	}
	for (i = 0; i < TEXTS; i++)
		ut_buf_free(&text[i]);
	if (!ret)
		c->packed = fd;
	else if (fd >= 0)
		close(fd);
	return ret ? ret : fd;
}

void ut_creds_changed(struct ut_creds *c)
{
	if (c->packed >= 0)
		close(c->packed);
	c->packed = -1;
}

/* --- reading --- */

static bool parse(struct ut_creds *c, unsigned char *p, size_t len)
{
	struct ut_crls *crls = &c->trust.crls;
	gnutls_datum_t text[TEXTS];
	struct head h;
	int i;

	memcpy(&h, p, sizeof(h));
	p += sizeof(h);
	len -= sizeof(h);
	for (i = 0; i < TEXTS; p += h.len[i], len -= h.len[i], i++) {
		if (h.len[i] > len)
			return false;
		text[i] = (gnutls_datum_t){ p, h.len[i] };
	}
	c->side = h.side == UT_TLS_DOCK ? UT_TLS_DOCK : UT_TLS_TABLET;
	c->min_version = (uint16_t)h.min_version;
	c->optional = h.optional;
	c->cipher = (enum usbip_tls_cipher)h.cipher;
	c->own = h.own;
	c->own.name[sizeof(c->own.name) - 1] = '\0';
	c->n_chain = UT_TLS_MAX_CHAIN;
	return !len &&
	       !ut_trust_open(&c->trust, &text[CAS], GNUTLS_X509_FMT_PEM) &&
	       gnutls_pcert_list_import_x509_raw(c->chain, &c->n_chain,
			&text[CHAIN], GNUTLS_X509_FMT_PEM,
			GNUTLS_X509_CRT_LIST_IMPORT_FAIL_IF_EXCEED) >= 0 &&
	       (!text[CRLS].size ||
		gnutls_x509_crl_list_import2(&crls->v, &crls->n, &text[CRLS],
					     GNUTLS_X509_FMT_PEM, 0) >= 0);
}

/* This process ends with them: what a failure leaves behind is not freed. */
struct ut_creds *ut_creds_unpack(int fd)
{
	struct ut_creds *c = calloc(1, sizeof(*c));
	struct stat st;
	void *map;

	if (!c || fstat(fd, &st) || st.st_size < (off_t)sizeof(struct head) ||
	    st.st_size > MAX_BYTES)
		return NULL;
	map = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	close(fd);
	if (map == MAP_FAILED)
		return NULL;
	c->refs = 1;
	c->packed = -1;
	c->signer.child.fd = -1;
	if (!parse(c, map, (size_t)st.st_size))
		return NULL;
	munmap(map, (size_t)st.st_size);
	return c;
}
