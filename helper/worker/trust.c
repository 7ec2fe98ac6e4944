// SPDX-License-Identifier: GPL-2.0
/*
 * The trust operation in a worker. What a peer has sent is read here and nowhere
 * else: the dock's parent gets two coordinates of a key, the tablet's parent what
 * was found to be signed by its CA.
 */
#include <errno.h>
#include <string.h>

#include "tls/renew.h"
#include "tls/verify.h"
#include "wire/usbip_trust.h"
#include "worker/serve.h"

_Static_assert(UT_TRUST_MAX_REQUEST == UT_CSR_MAX &&
	       UT_TRUST_PROOF_SIZE == sizeof(struct ut_pki_proof) &&
	       UT_TRUST_MAX_CERT == UT_PKI_CERT_MAX &&
	       UT_TRUST_MAX_LIST == UT_PKI_CRL_MAX,
	       "the wire and the CA have the same limits");

static int internal(struct ut_tls *t, int error)
{
	t->outcome.reason = UT_TLS_INTERNAL;
	t->outcome.detail = -error;
	return -1;
}

/* --- dock --- */

static int read_request(struct ut_tls *t, struct ut_msg *msg)
{
	uint8_t head[2], csr[UT_TRUST_MAX_REQUEST];
	struct ut_pki_proof *proof = &msg->trust.proof;
	size_t len;

	memset(msg, 0, sizeof(*msg));
	msg->type = UT_MSG_TRUST;
	if (ut_tls_recv(t, head, sizeof(head)))
		return -1;
	if (ut_trust_decode_request(head, &len))
		return ut_tls_bad_request(t);
	if (ut_tls_recv(t, csr, len) ||
	    (len && ut_tls_recv(t, proof, sizeof(*proof))))
		return -1;
	msg->trust.renew = len > 0;
	if (len && ut_csr_point(csr, len, &msg->trust.point))
		return ut_tls_bad_request(t);
	return 0;
}

/* The parent has a piece at a time; @msg has the first. */
static int pass_on(struct ut_tls *t, struct ut_msg *msg, int64_t deadline)
{
	size_t total = msg->blob.total, sent = 0;
	int ret = 0;

	for (;;) {
		if (ut_tls_send(t, msg->blob.data, msg->blob.len))
			return -1;
		sent += msg->blob.len;
		if (sent >= total)
			return 0;
		msg->type = UT_MSG_NEXT;
		ret = ut_serve_ask(msg, UT_MSG_BLOB, deadline);
		if (!ret && (msg->blob.total != total || !msg->blob.len ||
			     msg->blob.len > total - sent))
			ret = -EBADMSG;
		if (ret)
			return internal(t, ret);
	}
}

int ut_serve_trust(struct ut_tls *t)
{
	int64_t deadline = ut_clock_ms() + UT_TRUST_MS;
	uint8_t head[UT_OP_HDR_SIZE + 4];
	static struct ut_msg msg;
	int ret;

	if (read_request(t, &msg))
		return -1;
	ut_tls_deadline(t, deadline);
	ret = ut_serve_ask(&msg, UT_MSG_BLOB, deadline);
	if (ret)
		return internal(t, ret);
	ut_op_encode_header(head, UT_OP_REP_TRUST, msg.blob.status);
	ut_op_put32(head + UT_OP_HDR_SIZE, msg.blob.total);
	if (ut_tls_send(t, head, msg.blob.status == UT_OP_ST_OK ?
			sizeof(head) : UT_OP_HDR_SIZE))
		return -1;
	if (msg.blob.status == UT_OP_ST_OK && pass_on(t, &msg, deadline))
		return -1;
	ut_tls_finish(t);
	return 0;
}

/* --- tablet --- */

static bool list_ok(const struct ut_creds *creds, const uint8_t *der, size_t len)
{
	const gnutls_datum_t d = { (unsigned char *)der, (unsigned int)len };
	gnutls_x509_crl_t crl;
	bool ok;

	if (gnutls_x509_crl_init(&crl))
		return false;
	ok = !gnutls_x509_crl_import(crl, &d, GNUTLS_X509_FMT_DER) &&
	     ut_verify_crl(creds, crl);
	gnutls_x509_crl_deinit(crl);
	return ok;
}

static int hand_over(struct ut_tls *t, const uint8_t *der, size_t len)
{
	static struct ut_msg msg;
	size_t at = 0;

	while (at < len) {
		memset(&msg, 0, sizeof(msg));
		msg.type = UT_MSG_BLOB;
		msg.blob.total = (uint32_t)len;
		msg.blob.len = (uint32_t)(len - at < UT_MSG_BLOB_MAX ?
					  len - at : UT_MSG_BLOB_MAX);
		memcpy(msg.blob.data, der + at, msg.blob.len);
		if (ut_serve_tell(t, &msg))
			return -1;
		at += msg.blob.len;
	}
	return 0;
}

int ut_serve_fetched(struct ut_tls *t, const struct ut_job *job)
{
	static uint8_t der[UT_TRUST_MAX_LIST];
	const struct ut_csr *csr = job->csr;
	uint8_t head[4];
	size_t len;

	if (ut_tls_recv(t, head, sizeof(head)))
		return -1;
	if (ut_trust_decode_answer(head, csr ? UT_TRUST_MAX_CERT :
				   UT_TRUST_MAX_LIST, &len))
		return ut_tls_bad_request(t);
	if (ut_tls_recv(t, der, len))
		return -1;
	if (csr ? !ut_renew_check(job->creds, der, len, &csr->point) :
		  !list_ok(job->creds, der, len))
		return ut_tls_bad_request(t);
	if (hand_over(t, der, len))
		return -1;
	ut_tls_finish(t);
	return 0;
}
