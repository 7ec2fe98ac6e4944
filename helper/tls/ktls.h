/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Hand-over of a finished GnuTLS session to kernel TLS: one table row a cipher.
 */
#ifndef UT_TLS_KTLS_H
#define UT_TLS_KTLS_H

#include <gnutls/gnutls.h>
#include <linux/tls.h>
#include <stdbool.h>
#include <stdint.h>

#include <linux/usbip_tls.h>

#include "base/err.h"

/**
 * struct ut_ktls_cipher - one cipher
 * @gnutls: GnuTLS number
 * @kernel: TLS_CIPHER_* of <linux/tls.h>
 * @id: number of our netlink contract
 * @name: for users
 * @key_size: bytes
 * @salt_size: bytes of the nonce that come from the key schedule and that the
 *	kernel wants apart from the iv; 0: none
 * @iv_size: bytes of the iv the kernel wants
 * @iv, @key, @salt, @seq: where they are in the kernel's structure
 * @info_size: size of the kernel's structure
 */
struct ut_ktls_cipher {
	gnutls_cipher_algorithm_t gnutls;
	uint16_t kernel;
	enum usbip_tls_cipher id;
	const char *name;
	uint16_t key_size;
	uint16_t salt_size;
	uint16_t iv_size;
	uint16_t iv;
	uint16_t key;
	uint16_t salt;
	uint16_t seq;
	uint16_t info_size;
};

extern const struct ut_ktls_cipher ut_ktls_ciphers[];
extern const size_t ut_ktls_n_ciphers;

/* NULL: not a cipher that kernel TLS and our modules take. */
const struct ut_ktls_cipher *ut_ktls_find(gnutls_cipher_algorithm_t cipher);

/* Room for the largest structure; wipe it after use. */
union ut_ktls_info {
	struct tls_crypto_info head;
	struct tls12_crypto_info_aes_gcm_128 aes_gcm_128;
	struct tls12_crypto_info_aes_gcm_256 aes_gcm_256;
	struct tls12_crypto_info_chacha20_poly1305 chacha20_poly1305;
};

/**
 * struct ut_ktls_keys - one direction, as gnutls_record_get_state() gives it
 * @iv: TLS 1.3: 12 bytes. TLS 1.2 with GCM: the 4 byte salt only
 * @seq: sequence number of the next record
 */
struct ut_ktls_keys {
	gnutls_datum_t key;
	gnutls_datum_t iv;
	unsigned char seq[8];
};

/*
 * Fills *info for one direction. @version: TLS_1_2_VERSION or TLS_1_3_VERSION.
 * -EINVAL: a size that does not fit the cipher; *info is wiped then.
 */
int ut_ktls_fill(union ut_ktls_info *info, const struct ut_ktls_cipher *c,
		 uint16_t version, const struct ut_ktls_keys *keys);

/*
 * Installs both directions of @session on the TCP socket @fd. Call it when
 * nothing is pending in GnuTLS; do not send or receive by GnuTLS afterwards.
 * -ENOENT: the kernel has no TLS (module tls is not loaded); -EOPNOTSUPP: the
 * cipher or version is not in the table; -EBUSY: data is still pending; else
 * the errno of setsockopt. After a failure the connection is of no use.
 */
int ut_ktls_install(gnutls_session_t session, int fd);

/*
 * Has this kernel TLS, and the ciphers for it? Tries each one on a connection of
 * this process with itself. That makes the kernel load the modules, which it
 * does for a caller with the capability (CAP_NET_ADMIN), so call it before the
 * first worker needs them. 0 if at least one cipher works; else UT_EXIT_MODULE
 * and -errno, -ENOENT if there is no module tls.
 */
int ut_ktls_need(struct ut_err *err);

/*
 * Is there still a module tls? If not it is loaded, by the same capability. For who has
 * asked ut_ktls_need() before, and must not wait for connections now.
 */
int ut_ktls_still(struct ut_err *err);

/*
 * ut_ktls_need() for one cipher, without words: 0 or -errno. Without a loopback it is
 * the answer for the module as a whole.
 */
int ut_ktls_probe(const struct ut_ktls_cipher *c);

/* Sends a record of type alert on a kTLS socket, e.g. close_notify (1, 0). */
int ut_ktls_alert(int fd, uint8_t level, uint8_t description);

#endif /* UT_TLS_KTLS_H */
