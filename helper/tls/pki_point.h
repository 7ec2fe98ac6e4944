/* SPDX-License-Identifier: GPL-2.0 */
/* Public keys as our CA certifies them. */
#ifndef UT_TLS_PKI_POINT_H
#define UT_TLS_PKI_POINT_H

#include <stdint.h>

#define UT_PKI_COORDINATE	32

/**
 * struct ut_pki_point - a public key, ECDSA P-256
 * @x: affine coordinate, big endian, padded with zeros
 * @y: the other
 */
struct ut_pki_point {
	uint8_t x[UT_PKI_COORDINATE];
	uint8_t y[UT_PKI_COORDINATE];
};

#endif /* UT_TLS_PKI_POINT_H */
