/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the two sides of an enrolment say to each other inside TLS: frames of a
 * type (1 byte), a length (3 bytes, big endian) and so many bytes. See section
 * "Enrolment" in Documentation/protocol.
 */
#ifndef UT_ENROLL_FRAME_H
#define UT_ENROLL_FRAME_H

#include <stdbool.h>
#include <stdint.h>

#include "base/file.h"
#include "pki/csr.h"
#include "tls/conn.h"

#define UT_ENROLL_ALPN		"usbip-tls-enroll/1"
#define UT_ENROLL_IDENTITY	"usbip-tls-enroll"
#define UT_ENROLL_PORT		3242

/* How long the dock's answer and the tablet's confirmation may take. */
#define UT_ENROLL_DELIVERY_MS	10000
/* For a person at the dock to answer a question; the newcomer waits for it. */
#define UT_ENROLL_APPROVAL_MS	60000

#define UT_FRAME_HEAD		4
/* Role, length of the name, name, request. */
#define UT_FRAME_REQUEST_MAX	(2 + UT_PKI_NAME_SIZE - 1 + UT_CSR_MAX)
/* CERT, CA, CRL and DOCK, one after the other: the bundle. */
#define UT_FRAME_BUNDLE_MAX	(2 * UT_PKI_CERT_MAX + UT_PKI_CRL_MAX + \
				 UT_PKI_NAME_SIZE - 1 + 4 * UT_FRAME_HEAD)

/**
 * enum ut_frame_type - T: the tablet sends it, D: the dock. "Tablet" is who
 *	enrols, also if it becomes a dock
 * @UT_FRAME_REQUEST: T: role (1 byte: 1 dock, 2 tablet), length of the name (1),
 *	name, PKCS#10 request in DER
 * @UT_FRAME_REFUSED: D: enum ut_enroll_refusal (1 byte)
 * @UT_FRAME_CERT: D: the certificate, DER
 * @UT_FRAME_CA: D: that of the CA, DER
 * @UT_FRAME_CRL: D: its revocation list, DER
 * @UT_FRAME_DOCK: D: name in the dock's own certificate; empty: it is no dock
 * @UT_FRAME_INSTALLED: T: all is well, the files are in their place
 * @UT_FRAME_FAILED: T: the certificate was not taken
 */
enum ut_frame_type {
	UT_FRAME_REQUEST = 1,
	UT_FRAME_REFUSED = 2,
	UT_FRAME_CERT = 3,
	UT_FRAME_CA = 4,
	UT_FRAME_CRL = 5,
	UT_FRAME_DOCK = 6,
	UT_FRAME_INSTALLED = 7,
	UT_FRAME_FAILED = 8,
};

/**
 * enum ut_enroll_refusal - why there is no certificate for this request
 * @UT_REFUSAL_REQUEST: the PKCS#10 request is damaged, not signed by its own
 *	key, or not for a key of ECDSA P-256
 * @UT_REFUSAL_NAME: the name does not keep to the rules for names
 * @UT_REFUSAL_PATTERN: the dock was told to take other names only
 * @UT_REFUSAL_TAKEN: there is a valid certificate of that name
 * @UT_REFUSAL_ROLE: the dock was told to enrol the other role
 * @UT_REFUSAL_CA: the dock cannot issue it; its own message says why
 * @UT_REFUSAL_NOT_APPROVED: the name was issued before, or a rule is about it, and
 *	nobody at the dock has said that it is meant
 */
enum ut_enroll_refusal {
	UT_REFUSAL_REQUEST = 1,
	UT_REFUSAL_NAME = 2,
	UT_REFUSAL_PATTERN = 3,
	UT_REFUSAL_TAKEN = 4,
	UT_REFUSAL_ROLE = 5,
	UT_REFUSAL_CA = 6,
	UT_REFUSAL_NOT_APPROVED = 7,

	UT_REFUSAL_END,
};

/**
 * struct ut_enroll_request - what is asked for, once it is checked
 */
struct ut_enroll_request {
	enum ut_pki_role role;
	char name[UT_PKI_NAME_SIZE];
	struct ut_pki_point point;
};

/*
 * Writes and reads the content of a REQUEST. parse: 0, or the refusal; -EBADMSG:
 * not even that.
 */
size_t ut_frame_put_request(uint8_t buf[UT_FRAME_REQUEST_MAX],
			    enum ut_pki_role role, const char *name,
			    const uint8_t *csr, size_t csr_len);
int ut_frame_parse_request(const uint8_t *buf, size_t len,
			   struct ut_enroll_request *req);

/* Longest content of one of the frames of the bundle. */
size_t ut_frame_max(enum ut_frame_type type);

/* Writes a whole frame; returns its length. */
size_t ut_frame_put(char *to, enum ut_frame_type type, const void *buf,
		    size_t len);

/*
 * The bundle as it is on the wire; the caller frees *out. -ENOMEM; -EMSGSIZE: a part
 * is longer than it may be.
 */
int ut_frame_bundle(struct ut_buf *out, const struct ut_pki_bundle *b,
		    const char *dock);

/*
 * The other way: the parts of *b point into @bundle. False: it is not these four
 * frames in their order and nothing else, one is longer than it may be, or the name
 * of the dock is none; it may be empty.
 */
bool ut_frame_unbundle(const struct ut_buf *bundle, struct ut_pki_bundle *b,
		       char dock[UT_PKI_NAME_SIZE]);

/* 0, or -1 and the outcome of the connection. */
int ut_frame_send(struct ut_tls *t, enum ut_frame_type type, const void *buf,
		  size_t len);

/*
 * Reads a frame. A type that is not @type or @other, or a length above @max, ends
 * the connection. Returns the type, or -1 and the outcome. The caller frees *buf.
 */
int ut_frame_recv(struct ut_tls *t, enum ut_frame_type type,
		  enum ut_frame_type other, size_t max, struct ut_buf *buf);

/* The words for the dock, about who asked: "the name it wants is taken" */
const char *ut_refusal_text(enum ut_enroll_refusal r);

#endif /* UT_ENROLL_FRAME_H */
