// SPDX-License-Identifier: GPL-2.0
/* TLS with a key: the tablet against a hand-made server that breaks the rules. */
#include <gnutls/crypto.h>

#include "lib/psk_peer.h"

#define SERVER_HELLO_MAX 160

static size_t put16(uint8_t *p, unsigned int v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
	return 2;
}

/*
 * RFC 8446: a ServerHello that chooses the key with number 0, for AES-128-GCM,
 * with a key share (X25519) or without. @hello is the record of the client.
 */
static size_t server_hello(uint8_t *out, const uint8_t *hello, bool share)
{
	const uint8_t *sid = hello + 5 + 4 + 2 + 32;
	uint8_t *p = out + 9, *ext;

	p += put16(p, 0x0303);
	gnutls_rnd(GNUTLS_RND_NONCE, p, 32);
	p += 32;
	memcpy(p, sid, 1u + sid[0]);
	p += 1 + sid[0];
	p += put16(p, 0x1301);
	*p++ = 0;
	ext = p;
	p += 2;
	p += put16(p, 43);		/* supported_versions */
	p += put16(p, 2);
	p += put16(p, 0x0304);
	if (share) {
		p += put16(p, 51);	/* key_share */
		p += put16(p, 36);
		p += put16(p, 0x001d);
		p += put16(p, 32);
		gnutls_rnd(GNUTLS_RND_NONCE, p, 32);
		p += 32;
	}
	p += put16(p, 41);		/* pre_shared_key */
	p += put16(p, 2);
	p += put16(p, 0);
	put16(ext, (unsigned int)(p - ext - 2));
	out[0] = 22;
	put16(out + 1, 0x0303);
	put16(out + 3, (unsigned int)(p - out - 5));
	out[5] = 2;
	out[6] = 0;
	put16(out + 7, (unsigned int)(p - out - 9));
	return (size_t)(p - out);
}

/* A complete record from the client. */
static size_t read_record(int fd, uint8_t *buf, size_t size)
{
	size_t have = 0, want = 5;
	ssize_t n;

	while (have < want) {
		n = read(fd, buf + have, want - have);
		if (n <= 0)
			return 0;
		have += (size_t)n;
		if (have == 5)
			want = 5u + (buf[3] << 8 | buf[4]);
		if (want > size)
			return 0;
	}
	return have;
}

/* The exit status is the client's alert, or 0 if it sent none. */
static int hand_made(int fd, bool share, bool garbage)
{
	uint8_t in[4096], out[SERVER_HELLO_MAX + 64];
	size_t len;

	if (!read_record(fd, in, sizeof(in)))
		return 200;
	len = server_hello(out, in, share);
	if (garbage) {
		/* An encrypted message, made with some key. */
		out[len++] = 23;
		len += put16(out + len, 0x0303);
		len += put16(out + len, 40);
		gnutls_rnd(GNUTLS_RND_NONCE, out + len, 40);
		len += 40;
	}
	if (write(fd, out, len) != (ssize_t)len)
		return 201;
	shutdown(fd, SHUT_WR);
	while ((len = read_record(fd, in, sizeof(in))))
		if (in[0] == 21 && len == 7)
			return in[6];
	return 0;
}

/* Returns the alert that the client sends to such a server. */
static int with_hand_made(struct psk_end *e, struct psk_other *o, bool share,
			  bool garbage)
{
	int fd[2], status;
	pid_t pid;

	psk_sockets(fd);
	pid = fork();
	if (!pid) {
		close(fd[0]);
		_exit(hand_made(fd[1], share, garbage));
	}
	close(fd[1]);
	if (e)
		psk_run_end(e, fd[0]);
	else
		psk_run_other(o, fd[0]);
	close(fd[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

/*
 * A dock that would do without Diffie-Hellman. GnuTLS, where it is allowed to, accepts
 * this very ServerHello and waits for more; our tablet ends the connection.
 */
static void test_server_chooses_no_dh(void **state)
{
	struct psk_end tablet = psk_end_of(UT_TLS_TABLET, psk_right);
	struct psk_other lax = { .priority = EITHER ":-CIPHER-ALL:+AES-128-GCM",
			     .key = psk_right, .alpn = ALPN };

	with_hand_made(NULL, &lax, false, false);
	assert_int_equal(lax.ret, GNUTLS_E_PREMATURE_TERMINATION);
	assert_int_equal(with_hand_made(&tablet, NULL, false, false),
			 GNUTLS_A_MISSING_EXTENSION);
	psk_refused(&tablet, UT_TLS_HANDSHAKE);
	assert_int_equal(tablet.outcome.detail, GNUTLS_E_MISSING_EXTENSION);
}

/* A false dock that ignores the binder, since it cannot check it. */
static void test_server_without_the_key(void **state)
{
	struct psk_end tablet = psk_end_of(UT_TLS_TABLET, psk_right);

	with_hand_made(&tablet, NULL, true, true);
	psk_refused(&tablet, UT_TLS_WRONG_KEY);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_server_chooses_no_dh),
		cmocka_unit_test(test_server_without_the_key),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
