/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The trust operation: a new certificate, or the revocation list.
 *
 *	request	REQ_TRUST, length of a request for a certificate (2 bytes), the
 *		request: PKCS#10 in DER, and a signature (64 bytes) by the key of
 *		the present certificate; length 0 and nothing: the revocation
 *		list is wanted
 *	answer	REP_TRUST; if the status is OK: length (4 bytes), then the
 *		certificate or the CRL: DER
 *
 * It is an operation of ours, beside those of USB/IP 1.1.1. Numbers are big endian.
 */
#ifndef UT_PROTO_OP_TRUST_H
#define UT_PROTO_OP_TRUST_H

#include "proto/op.h"

#define UT_OP_REQ_TRUST		0x8072
#define UT_OP_REP_TRUST		0x0072

#define UT_TRUST_MAX_REQUEST	2048
#define UT_TRUST_PROOF_SIZE	64
#define UT_TRUST_MAX_CERT	4096
#define UT_TRUST_MAX_CRL	(256 * 1024)

/* Returns how many bytes of @out, UT_OP_HDR_SIZE + 2, are used; @csr_len follow. */
static inline size_t ut_trust_encode_request(uint8_t *out, size_t csr_len)
{
	ut_op_encode_header(out, UT_OP_REQ_TRUST, 0);
	ut_op_put16(out + UT_OP_HDR_SIZE, (uint16_t)csr_len);
	return UT_OP_HDR_SIZE + 2;
}

/* What follows the header of a request. 0 or -EPROTO. */
static inline int ut_trust_decode_request(const uint8_t in[2], size_t *csr_len)
{
	*csr_len = ut_op_get16(in);
	return *csr_len <= UT_TRUST_MAX_REQUEST ? 0 : -EPROTO;
}

/* What follows the header of an answer. @max: of what was asked for. */
static inline int ut_trust_decode_answer(const uint8_t in[4], size_t max,
					 size_t *len)
{
	*len = ut_op_get32(in);
	return *len && *len <= max ? 0 : -EPROTO;
}

#endif /* UT_PROTO_OP_TRUST_H */
