// SPDX-License-Identifier: GPL-2.0
/*
 * Keys from GnuTLS to kernel TLS.
 *
 * Where the parts of a nonce are, in both libraries' words:
 *	TLS 1.3, AES-GCM	GnuTLS iv (12) = kernel salt (4) + iv (8)
 *	TLS 1.2, AES-GCM	GnuTLS iv (4) = kernel salt; the kernel's iv is the
 *				explicit nonce of the next record, for which both
 *				use the sequence number
 *	ChaCha20-Poly1305	GnuTLS iv (12) = kernel iv (12), no salt
 */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>

#include "tls/ktls.h"

#ifndef SOL_TLS
#define SOL_TLS 282
#endif
#define ALERT_RECORD 21

#define SIZE_OF(type, member) sizeof(((type *)NULL)->member)

#define ROW(type, NAME, gnutls_id, contract_id, text)			\
	{								\
		.gnutls = gnutls_id,					\
		.kernel = TLS_CIPHER_##NAME,				\
		.id = contract_id,					\
		.name = text,						\
		.key_size = TLS_CIPHER_##NAME##_KEY_SIZE,		\
		.salt_size = TLS_CIPHER_##NAME##_SALT_SIZE,		\
		.iv_size = TLS_CIPHER_##NAME##_IV_SIZE,			\
		.iv = offsetof(struct type, iv),			\
		.key = offsetof(struct type, key),			\
		.salt = offsetof(struct type, salt),			\
		.seq = offsetof(struct type, rec_seq),			\
		.info_size = sizeof(struct type),			\
	}

const struct ut_ktls_cipher ut_ktls_ciphers[] = {
	ROW(tls12_crypto_info_aes_gcm_128, AES_GCM_128,
	    GNUTLS_CIPHER_AES_128_GCM, USBIP_TLS_CIPHER_AES_GCM_128,
	    "AES-128-GCM"),
	ROW(tls12_crypto_info_aes_gcm_256, AES_GCM_256,
	    GNUTLS_CIPHER_AES_256_GCM, USBIP_TLS_CIPHER_AES_GCM_256,
	    "AES-256-GCM"),
	ROW(tls12_crypto_info_chacha20_poly1305, CHACHA20_POLY1305,
	    GNUTLS_CIPHER_CHACHA20_POLY1305, USBIP_TLS_CIPHER_CHACHA20_POLY1305,
	    "CHACHA20-POLY1305"),
};

const size_t ut_ktls_n_ciphers =
	sizeof(ut_ktls_ciphers) / sizeof(ut_ktls_ciphers[0]);

/* The kernel reads each structure by its size, so no padding may creep in. */
#define CHECK(type, NAME)						\
	_Static_assert(SIZE_OF(struct type, key) ==			\
		       TLS_CIPHER_##NAME##_KEY_SIZE, #NAME " key");	\
	_Static_assert(SIZE_OF(struct type, iv) ==			\
		       TLS_CIPHER_##NAME##_IV_SIZE, #NAME " iv");	\
	_Static_assert(SIZE_OF(struct type, salt) ==			\
		       TLS_CIPHER_##NAME##_SALT_SIZE, #NAME " salt");	\
	_Static_assert(SIZE_OF(struct type, rec_seq) ==			\
		       SIZE_OF(struct ut_ktls_keys, seq), #NAME " seq");\
	_Static_assert(TLS_CIPHER_##NAME##_IV_SIZE +			\
		       TLS_CIPHER_##NAME##_SALT_SIZE == 12,		\
		       #NAME " nonce");					\
	_Static_assert(sizeof(struct type) ==				\
		       sizeof(struct tls_crypto_info) +			\
		       TLS_CIPHER_##NAME##_IV_SIZE +			\
		       TLS_CIPHER_##NAME##_KEY_SIZE +			\
		       TLS_CIPHER_##NAME##_SALT_SIZE +			\
		       TLS_CIPHER_##NAME##_REC_SEQ_SIZE,		\
		       #NAME " padding");				\
	_Static_assert(sizeof(struct type) <= sizeof(union ut_ktls_info),\
		       #NAME " info")

CHECK(tls12_crypto_info_aes_gcm_128, AES_GCM_128);
CHECK(tls12_crypto_info_aes_gcm_256, AES_GCM_256);
CHECK(tls12_crypto_info_chacha20_poly1305, CHACHA20_POLY1305);

const struct ut_ktls_cipher *ut_ktls_find(gnutls_cipher_algorithm_t cipher)
{
	size_t i;

	for (i = 0; i < ut_ktls_n_ciphers; i++)
		if (ut_ktls_ciphers[i].gnutls == cipher)
			return &ut_ktls_ciphers[i];
	return NULL;
}

/* In TLS 1.2 the kernel wants the explicit part of a GCM nonce from us. */
static bool has_explicit_nonce(const struct ut_ktls_cipher *c, uint16_t version)
{
	return version == TLS_1_2_VERSION && c->salt_size;
}

int ut_ktls_fill(union ut_ktls_info *info, const struct ut_ktls_cipher *c,
		 uint16_t version, const struct ut_ktls_keys *keys)
{
	unsigned char *p = (unsigned char *)info;
	bool explicit_nonce = has_explicit_nonce(c, version);
	size_t iv_want = c->salt_size + (explicit_nonce ? 0 : c->iv_size);

	memset(info, 0, sizeof(*info));
	if (keys->key.size != c->key_size || keys->iv.size != iv_want)
		return -EINVAL;

	info->head.version = version;
	info->head.cipher_type = c->kernel;
	memcpy(p + c->key, keys->key.data, c->key_size);
	memcpy(p + c->salt, keys->iv.data, c->salt_size);
	if (explicit_nonce)
		memcpy(p + c->iv, keys->seq, c->iv_size);
	else
		memcpy(p + c->iv, keys->iv.data + c->salt_size, c->iv_size);
	memcpy(p + c->seq, keys->seq, sizeof(keys->seq));
	return 0;
}

static int kernel_version(gnutls_session_t session, uint16_t *version)
{
	switch (gnutls_protocol_get_version(session)) {
	case GNUTLS_TLS1_2:
		*version = TLS_1_2_VERSION;
		return 0;
	case GNUTLS_TLS1_3:
		*version = TLS_1_3_VERSION;
		return 0;
	default:
		return -EOPNOTSUPP;
	}
}

/* The keys in *keys belong to the session; only our copy needs wiping. */
static int install(gnutls_session_t session, int fd,
		   const struct ut_ktls_cipher *c, uint16_t version,
		   int optname)
{
	struct ut_ktls_keys keys = { { NULL, 0 }, { NULL, 0 }, { 0 } };
	union ut_ktls_info info;
	int ret;

	if (gnutls_record_get_state(session, optname == TLS_RX, NULL, &keys.iv,
				    &keys.key, keys.seq) != GNUTLS_E_SUCCESS)
		return -EINVAL;
	ret = ut_ktls_fill(&info, c, version, &keys);
	if (!ret && setsockopt(fd, SOL_TLS, optname, &info, c->info_size))
		ret = -errno;
	gnutls_memset(&info, 0, sizeof(info));
	return ret;
}

int ut_ktls_install(gnutls_session_t session, int fd)
{
	const struct ut_ktls_cipher *c;
	uint16_t version;
	int ret;

	c = ut_ktls_find(gnutls_cipher_get(session));
	if (!c)
		return -EOPNOTSUPP;
	ret = kernel_version(session, &version);
	if (ret)
		return ret;
	if (gnutls_record_check_pending(session))
		return -EBUSY;
	if (setsockopt(fd, IPPROTO_TCP, TCP_ULP, "tls", sizeof("tls")))
		return -errno;
	ret = install(session, fd, c, version, TLS_TX);
	if (ret)
		return ret;
	return install(session, fd, c, version, TLS_RX);
}

int ut_ktls_alert(int fd, uint8_t level, uint8_t description)
{
	unsigned char alert[2] = { level, description };
	union {
		struct cmsghdr head;
		char buf[CMSG_SPACE(1)];
	} control = { .buf = { 0 } };
	struct iovec iov = { alert, sizeof(alert) };
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control.buf,
		.msg_controllen = sizeof(control.buf),
	};
	struct cmsghdr *cmsg = CMSG_FIRSTHDR(&msg);

	cmsg->cmsg_level = SOL_TLS;
	cmsg->cmsg_type = TLS_SET_RECORD_TYPE;
	cmsg->cmsg_len = CMSG_LEN(1);
	*CMSG_DATA(cmsg) = ALERT_RECORD;
	if (sendmsg(fd, &msg, MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
		return -errno;
	return 0;
}
