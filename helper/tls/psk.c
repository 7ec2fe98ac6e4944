// SPDX-License-Identifier: GPL-2.0
/* TLS with a key that both sides have: see psk.h. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <gnutls/crypto.h>

#include "tls/conn_internal.h"
#include "tls/priority.h"
#include "tls/psk.h"

/* A ClientHello of GnuTLS has about 300 bytes; nothing longer follows it. */
#define MAX_HANDSHAKE	(4 * 1024)

/* The hash of the key's binder is SHA-256, so the ciphers are those with it. */
#define PRIORITY_HEAD \
	"NORMAL:-VERS-ALL:+VERS-TLS1.3:-KX-ALL:+ECDHE-PSK:+DHE-PSK" \
	":-GROUP-ALL:+GROUP-X25519:+GROUP-SECP256R1:-MAC-ALL:+AEAD:-CIPHER-ALL"
#define PRIORITY_AES	PRIORITY_HEAD ":+AES-128-GCM:+CHACHA20-POLY1305"
#define PRIORITY_CHACHA	PRIORITY_HEAD ":+CHACHA20-POLY1305:+AES-128-GCM"

/* --- the end of the key --- */

/* Deeper than a handshake goes. */
#define DEAD_STACK (128 * 1024)
/* Bytes of it that are looked for. */
#define PIECE 16

/* Of this process; both NULL if it cannot be told, as with a sanitizer. */
static struct {
	uint8_t *from;
	uint8_t *to;
} heap;

/* Before the cage, in which there is no /proc. */
static void find_heap(void)
{
	FILE *f = fopen("/proc/self/maps", "re");
	char line[512];
	void *from, *to;

	while (f && fgets(line, sizeof(line), f))
		if (strstr(line, "[heap]") &&
		    sscanf(line, "%p-%p", &from, &to) == 2)
			heap.from = from;
	if (f)
		fclose(f);
}

static void __attribute__((noinline)) wipe_stack(void)
{
	uint8_t dead[DEAD_STACK];

	explicit_bzero(dead, sizeof(dead));
}

static void wipe_heap(const uint8_t piece[PIECE])
{
	uint8_t *at = heap.from;

	while (at && at < heap.to &&
	       (at = memmem(at, (size_t)(heap.to - at), piece, PIECE)))
		explicit_bzero(at, PIECE);
}

/*
 * The handshake is over, and what is derived from the key is all that counts. GnuTLS
 * keeps copies for as long as there is a session, and has no call that ends them: so
 * they are looked for where they can be.
 */
static void wipe_key(struct ut_tls *t)
{
	size_t i;

	gnutls_credentials_clear(t->session);
	ut_tls_psk_free(t);
	heap.to = sbrk(0);
	/* Of what was freed, free(3) has overwritten some. */
	for (i = 0; i + PIECE <= sizeof(t->psk.key); i += PIECE / 2)
		wipe_heap(t->psk.key + i);
	explicit_bzero(t->psk.key, sizeof(t->psk.key));
	wipe_stack();
}

static int copy_key(struct ut_tls *t, gnutls_datum_t *out)
{
	uint8_t key[UT_TLS_PSK_SIZE];
	int ret = t->p.psk->key(key, t->p.psk->arg) ?
		  GNUTLS_E_INSUFFICIENT_CREDENTIALS : 0;

	if (!ret) {
		/* GnuTLS frees it, and wipes it before. */
		out->data = gnutls_malloc(sizeof(key));
		if (out->data)
			memcpy(out->data, key, sizeof(key));
		else
			ret = GNUTLS_E_MEMORY_ERROR;
		out->size = sizeof(key);
		memcpy(t->psk.key, key, sizeof(t->psk.key));
	}
	explicit_bzero(key, sizeof(key));
	return ret;
}

/* A second question comes of a HelloRetryRequest, which we do not send. */
static int find_key(gnutls_session_t session, const gnutls_datum_t *identity,
		    gnutls_datum_t *key)
{
	struct ut_tls *t = gnutls_session_get_ptr(session);
	const char *known = t->p.psk->identity;

	if (t->psk.state != UT_TLS_PSK_NONE ||
	    identity->size != strlen(known) ||
	    memcmp(identity->data, known, identity->size))
		return ut_tls_fail(t, UT_TLS_HANDSHAKE,
				   GNUTLS_E_INSUFFICIENT_CREDENTIALS);
	t->psk.state = UT_TLS_PSK_CLAIMED;
	/* A key that is not given any more is as good as another one. */
	return copy_key(t, key) ? ut_tls_fail(t, UT_TLS_WRONG_KEY, 0) : 0;
}

/*
 * GnuTLS has read the ClientHello as a whole, and found the binder right if it
 * has asked for the key before. Who has not named the key has no business here.
 */
static int after_client_hello(struct ut_tls *t)
{
	if (t->psk.state != UT_TLS_PSK_CLAIMED)
		return GNUTLS_E_INSUFFICIENT_CREDENTIALS;
	t->psk.state = UT_TLS_PSK_BOUND;
	if (t->p.psk->bound && t->p.psk->bound(t->p.psk->arg))
		return GNUTLS_E_INSUFFICIENT_CREDENTIALS;
	return 0;
}

static int on_handshake(gnutls_session_t session, unsigned int type,
			unsigned int when, unsigned int incoming,
			const gnutls_datum_t *msg)
{
	if (type == GNUTLS_HANDSHAKE_HELLO_RETRY_REQUEST)
		return GNUTLS_E_NO_COMMON_KEY_SHARE;
	if (type == GNUTLS_HANDSHAKE_CLIENT_HELLO && incoming &&
	    when == GNUTLS_HOOK_POST)
		return after_client_hello(gnutls_session_get_ptr(session));
	return 0;
}

static int setup_dock(struct ut_tls *t)
{
	int ret = gnutls_psk_allocate_server_credentials(&t->psk.server);

	if (ret)
		return ret;
	gnutls_psk_set_server_credentials_function2(t->psk.server, find_key);
	gnutls_handshake_set_hook_function(t->session, GNUTLS_HANDSHAKE_ANY,
					   GNUTLS_HOOK_BOTH, on_handshake);
	return gnutls_credentials_set(t->session, GNUTLS_CRD_PSK,
				      t->psk.server);
}

static int setup_tablet(struct ut_tls *t)
{
	const gnutls_datum_t identity = {
		(unsigned char *)t->p.psk->identity,
		(unsigned int)strlen(t->p.psk->identity)
	};
	gnutls_datum_t key = { NULL, 0 };
	int ret;

	ret = gnutls_psk_allocate_client_credentials(&t->psk.client);
	if (!ret)
		ret = copy_key(t, &key);
	if (!ret)
		ret = gnutls_psk_set_client_credentials2(t->psk.client,
							 &identity, &key,
							 GNUTLS_PSK_KEY_RAW);
	if (key.data)
		explicit_bzero(key.data, key.size);
	gnutls_free(key.data);
	if (ret)
		return ret;
	return gnutls_credentials_set(t->session, GNUTLS_CRD_PSK,
				      t->psk.client);
}

static int setup_session(struct ut_tls *t)
{
	const gnutls_datum_t alpn = {
		(unsigned char *)t->p.psk->alpn,
		(unsigned int)strlen(t->p.psk->alpn)
	};
	int ret = ut_tls_session(t, ut_cpu_has_aes() ? PRIORITY_AES :
						       PRIORITY_CHACHA,
				 MAX_HANDSHAKE);

	if (!ret)
		ret = gnutls_alpn_set_protocols(t->session, &alpn, 1,
						GNUTLS_ALPN_MANDATORY);
	if (ret)
		return ret;
	return ut_tls_is_dock(t) ? setup_dock(t) : setup_tablet(t);
}

int ut_tls_psk_open(struct ut_tls *t, const struct ut_tls_params *p)
{
	int ret;

	memset(t, 0, sizeof(*t));
	t->p = *p;
	find_heap();
	ret = setup_session(t);
	return ret ? ut_tls_fail(t, UT_TLS_INTERNAL, ret) : 0;
}

/* gnutls_alpn_set_protocols() lets a peer pass that names no protocol at all. */
static bool alpn_ok(const struct ut_tls *t)
{
	const char *want = t->p.psk->alpn;
	gnutls_datum_t got;

	return !gnutls_alpn_get_selected_protocol(t->session, &got) &&
	       got.size == strlen(want) && !memcmp(got.data, want, got.size);
}

static bool exchange_ok(const struct ut_tls *t)
{
	const gnutls_kx_algorithm_t kx = gnutls_kx_get(t->session);

	return (kx == GNUTLS_KX_ECDHE_PSK || kx == GNUTLS_KX_DHE_PSK) &&
	       gnutls_protocol_get_version(t->session) == GNUTLS_TLS1_3;
}

int ut_tls_psk_handshake(struct ut_tls *t)
{
	int ret = ut_tls_handshake(t);

	wipe_key(t);
	if (ret)
		return -1;
	if (!exchange_ok(t))
		return ut_tls_refuse(t, UT_TLS_HANDSHAKE,
				     GNUTLS_E_INSUFFICIENT_CREDENTIALS);
	if (!alpn_ok(t))
		return ut_tls_refuse(t, UT_TLS_HANDSHAKE,
				     GNUTLS_E_NO_APPLICATION_PROTOCOL);
	t->psk.done = true;
	return 0;
}
