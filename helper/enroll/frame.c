// SPDX-License-Identifier: GPL-2.0
/* Frames inside TLS: see frame.h. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "enroll/frame.h"

#define ROLE_DOCK	1
#define ROLE_TABLET	2

size_t ut_frame_put_request(uint8_t buf[UT_FRAME_REQUEST_MAX],
			    enum ut_pki_role role, const char *name,
			    const uint8_t *csr, size_t csr_len)
{
	size_t n = strnlen(name, UT_PKI_NAME_SIZE - 1);

	buf[0] = role == UT_PKI_DOCK ? ROLE_DOCK : ROLE_TABLET;
	buf[1] = (uint8_t)n;
	memcpy(buf + 2, name, n);
	memcpy(buf + 2 + n, csr, csr_len);
	return 2 + n + csr_len;
}

int ut_frame_parse_request(const uint8_t *buf, size_t len,
			   struct ut_enroll_request *req)
{
	size_t n;

	memset(req, 0, sizeof(*req));
	if (len < 2 || (buf[0] != ROLE_DOCK && buf[0] != ROLE_TABLET))
		return -EBADMSG;
	n = buf[1];
	if (len - 2 < n)
		return -EBADMSG;
	if (n >= sizeof(req->name))
		return UT_REFUSAL_NAME;
	req->role = buf[0] == ROLE_DOCK ? UT_PKI_DOCK : UT_PKI_TABLET;
	memcpy(req->name, buf + 2, n);
	/* A NUL in it would hide the rest. */
	if (strlen(req->name) != n || !ut_pki_name_ok(req->name))
		return UT_REFUSAL_NAME;
	if (ut_csr_point(buf + 2 + n, len - 2 - n, &req->point))
		return UT_REFUSAL_REQUEST;
	return 0;
}

static void put_head(uint8_t head[UT_FRAME_HEAD], enum ut_frame_type type,
		     size_t len)
{
	head[0] = (uint8_t)type;
	head[1] = (uint8_t)(len >> 16);
	head[2] = (uint8_t)(len >> 8);
	head[3] = (uint8_t)len;
}

static size_t get_len(const uint8_t head[UT_FRAME_HEAD])
{
	return (size_t)head[1] << 16 | (size_t)head[2] << 8 | head[3];
}

size_t ut_frame_max(enum ut_frame_type type)
{
	switch (type) {
	case UT_FRAME_CERT:
	case UT_FRAME_CA:
		return UT_PKI_CERT_MAX;
	case UT_FRAME_CRL:
		return UT_PKI_CRL_MAX;
	default:
		return UT_PKI_NAME_SIZE - 1;
	}
}

size_t ut_frame_put(char *to, enum ut_frame_type type, const void *buf,
		    size_t len)
{
	put_head((uint8_t *)to, type, len);
	if (len)
		memcpy(to + UT_FRAME_HEAD, buf, len);
	return UT_FRAME_HEAD + len;
}

int ut_frame_bundle(struct ut_buf *out, const struct ut_pki_bundle *b,
		    const char *dock)
{
	const struct ut_buf part[] = {
		b->cert, b->ca, b->crl, { (char *)dock, strlen(dock) },
	};
	enum ut_frame_type type;
	size_t total = 0;

	for (type = UT_FRAME_CERT; type <= UT_FRAME_DOCK; type++) {
		if (part[type - UT_FRAME_CERT].len > ut_frame_max(type))
			return -EMSGSIZE;
		total += UT_FRAME_HEAD + part[type - UT_FRAME_CERT].len;
	}
	out->data = malloc(total);
	if (!out->data)
		return -ENOMEM;
	out->len = 0;
	for (type = UT_FRAME_CERT; type <= UT_FRAME_DOCK; type++)
		out->len += ut_frame_put(out->data + out->len, type,
					 part[type - UT_FRAME_CERT].data,
					 part[type - UT_FRAME_CERT].len);
	return 0;
}

bool ut_frame_unbundle(const struct ut_buf *bundle, struct ut_pki_bundle *b,
		       char dock[UT_PKI_NAME_SIZE])
{
	struct ut_buf name;
	struct ut_buf *const part[] = { &b->cert, &b->ca, &b->crl, &name };
	const uint8_t *p = (const uint8_t *)bundle->data;
	size_t left = bundle->len, len;
	enum ut_frame_type type;

	memset(b, 0, sizeof(*b));
	for (type = UT_FRAME_CERT; type <= UT_FRAME_DOCK; type++) {
		if (left < UT_FRAME_HEAD || p[0] != type)
			return false;
		len = get_len(p);
		p += UT_FRAME_HEAD;
		left -= UT_FRAME_HEAD;
		if (len > left || len > ut_frame_max(type))
			return false;
		*part[type - UT_FRAME_CERT] = (struct ut_buf){ (char *)p, len };
		p += len;
		left -= len;
	}
	memcpy(dock, name.data, name.len);
	dock[name.len] = '\0';
	return !left && (!name.len || (strlen(dock) == name.len &&
				       ut_pki_name_ok(dock)));
}

int ut_frame_send(struct ut_tls *t, enum ut_frame_type type, const void *buf,
		  size_t len)
{
	uint8_t head[UT_FRAME_HEAD];

	put_head(head, type, len);
	if (ut_tls_send(t, head, sizeof(head)))
		return -1;
	return len ? ut_tls_send(t, buf, len) : 0;
}

int ut_frame_recv(struct ut_tls *t, enum ut_frame_type type,
		  enum ut_frame_type other, size_t max, struct ut_buf *buf)
{
	uint8_t head[UT_FRAME_HEAD];
	size_t len;

	memset(buf, 0, sizeof(*buf));
	if (ut_tls_recv(t, head, sizeof(head)))
		return -1;
	len = get_len(head);
	if ((head[0] != type && head[0] != other) || len > max)
		return ut_tls_bad_request(t);
	buf->data = malloc(len + 1);
	if (!buf->data)
		return ut_tls_refuse(t, UT_TLS_INTERNAL, ENOMEM);
	buf->len = len;
	buf->data[len] = '\0';
	if (len && ut_tls_recv(t, buf->data, len)) {
		ut_buf_free(buf);
		return -1;
	}
	return head[0];
}

const char *ut_refusal_text(enum ut_enroll_refusal r)
{
	switch (r) {
	case UT_REFUSAL_REQUEST:
		return "its certificate request is damaged, or not signed by its own key";
	case UT_REFUSAL_NAME:
		return "the name it wants is not a name";
	case UT_REFUSAL_PATTERN:
		return "the name it wants does not match --name";
	case UT_REFUSAL_TAKEN:
		return "there is a valid certificate of the name it wants";
	case UT_REFUSAL_ROLE:
		return "it wants the other role";
	case UT_REFUSAL_CA:
		return "its certificate cannot be issued";
	case UT_REFUSAL_NOT_APPROVED:
		return "the name it wants was issued before, or a rule there is about it, and nobody there has allowed it";
	default:
		return "unknown reason";
	}
}
