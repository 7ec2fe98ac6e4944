// SPDX-License-Identifier: GPL-2.0
/*
 * The trust operation in a worker. What a peer has sent is read here and nowhere
 * else: the dock's parent gets two coordinates of a key, the tablet's parent what
 * was found to be signed by its CA.
 */
#include <errno.h>

#include "pki/renew.h"
#include "proto/op_trust.h"
#include "tls/verify.h"
#include "worker/serve.h"

_Static_assert(UT_TRUST_MAX_REQUEST == UT_CSR_MAX &&
	       UT_TRUST_PROOF_SIZE == sizeof(struct ut_pki_proof) &&
	       UT_TRUST_MAX_CERT == UT_PKI_CERT_MAX &&
	       UT_TRUST_MAX_CRL == UT_PKI_CRL_MAX,
	       "the wire and the CA have the same limits");

/* --- dock --- */

static int read_request(struct ut_tls *t, struct ut_msg *msg)
{
	uint8_t head[2], csr[UT_TRUST_MAX_REQUEST];
	struct ut_pki_proof *proof = &msg->trust.proof;
	size_t len;

	ut_msg_init(msg, UT_MSG_TRUST);
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

/* The answer from the parent: *status, and *b if that is OK. */
static int ask(struct ut_msg *msg, uint32_t *status, struct ut_blob *b,
	       int64_t deadline)
{
	int ret = ut_msg_send(UT_FD_CHANNEL, msg);

	if (!ret)
		ret = ut_msg_wait(UT_FD_CHANNEL, msg, ut_clock_left(deadline));
	if (ret)
		return ret;
	*status = msg->type == UT_MSG_STATUS ? msg->value : UT_OP_ST_OK;
	if (*status != UT_OP_ST_OK)
		return 0;
	return msg->type == UT_MSG_BLOB ?
	       ut_serve_fetch(b, msg, UT_TRUST_MAX_CRL, deadline) : -EPROTO;
}

static int answer(struct ut_tls *t, uint32_t status, const struct ut_buf *b)
{
	const bool ok = status == UT_OP_ST_OK;
	uint8_t head[UT_OP_HDR_SIZE + 4];

	ut_op_encode_header(head, UT_OP_REP_TRUST, status);
	ut_op_put32(head + UT_OP_HDR_SIZE, (uint32_t)b->len);
	if (ut_tls_send(t, head, ok ? sizeof(head) : UT_OP_HDR_SIZE) ||
	    (ok && ut_tls_send(t, b->data, b->len)))
		return -1;
	ut_tls_finish(t);
	return 0;
}

int ut_serve_trust(struct ut_tls *t)
{
	int64_t deadline = ut_clock_ms() + UT_TRUST_MS;
	struct ut_blob b = { .at = 0 };
	static struct ut_msg msg;
	uint32_t status;
	int ret;

	if (read_request(t, &msg))
		return -1;
	ut_tls_deadline(t, deadline);
	ret = ask(&msg, &status, &b, deadline);
	ret = ret ? ut_serve_fail(t, ret) : answer(t, status, &b.buf);
	ut_blob_free(&b);
	return ret;
}

/* --- tablet --- */

static bool crl_ok(const struct ut_creds *creds, const uint8_t *der,
		   size_t len)
{
	const gnutls_datum_t d = { (unsigned char *)der, (unsigned int)len };
	gnutls_x509_crl_t crl;
	bool ok;

	if (gnutls_x509_crl_init(&crl))
		return false;
	ok = !gnutls_x509_crl_import(crl, &d, GNUTLS_X509_FMT_DER) &&
	     ut_verify_crl(&creds->trust, crl);
	gnutls_x509_crl_deinit(crl);
	return ok;
}

int ut_serve_fetched(struct ut_serve *s)
{
	static uint8_t der[UT_TRUST_MAX_CRL];
	const struct ut_csr *csr = s->start.csr.len ? &s->start.csr : NULL;
	struct ut_tls *t = &s->tls;
	static struct ut_msg msg;
	uint8_t head[4];
	size_t len;
	int ret;

	if (ut_tls_recv(t, head, sizeof(head)))
		return -1;
	if (ut_trust_decode_answer(head, csr ? UT_TRUST_MAX_CERT :
				   UT_TRUST_MAX_CRL, &len))
		return ut_tls_bad_request(t);
	if (ut_tls_recv(t, der, len))
		return -1;
	if (csr ? !ut_renew_check(s->creds, der, len, &csr->point) :
		  !crl_ok(s->creds, der, len))
		return ut_tls_bad_request(t);
	ret = ut_msg_send_all(UT_FD_CHANNEL, ut_msg_init(&msg, UT_MSG_BLOB),
			      der, len, t->p.deadline);
	if (ret)
		return ut_serve_fail(t, ret);
	ut_tls_finish(t);
	return 0;
}
