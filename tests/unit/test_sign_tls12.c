// SPDX-License-Identifier: GPL-2.0
/*
 * What a signer does with TLS 1.2, where a worker gives it the text of a handshake and
 * not a hash: it takes handshake messages as they must be, and no others.
 */
#include <poll.h>
#include <signal.h>

#include "lib/signer_bed.h"

/* --- TLS 1.2, dock --- */

static const struct share {
	uint8_t group;
	uint8_t len;
	uint8_t first;
} shares[] = { { 29, 32, 0 }, { 23, 65, 4 }, { 24, 97, 4 } };

static size_t dock_text(uint8_t text[UT_SIGN_DOCK_MAX + 1],
			const struct share *s)
{
	memset(text, 0x5a, UT_SIGN_DOCK_MAX + 1);
	memcpy(text + 56, "DOWNGRD\x01", 8);
	memcpy(text + 64, (uint8_t[]){ 3, 0, s->group, s->len, s->first }, 5);
	return 68u + s->len;
}

static void test_dock_tls12(void **state)
{
	uint8_t text[UT_SIGN_DOCK_MAX + 1];
	size_t i, len;

	sign_start(UT_TLS_DOCK, TLS12);
	for (i = 0; i < 3; i++) {
		len = dock_text(text, &shares[i]);
		assert_true(sign_ask(TLS12, SHA256, text, len));
		assert_true(
			sign_counts(&(gnutls_datum_t){ text, (unsigned)len }));
		assert_true(
			sign_ask(TLS12, GNUTLS_SIGN_ECDSA_SHA512, text, len));
		assert_false(sign_ask(TLS12, SHA256, text, len - 1));
		assert_false(sign_ask(TLS12, SHA256, text, len + 1));
		assert_false(
			sign_ask(TLS12, GNUTLS_SIGN_ECDSA_SHA1, text, len));
		text[63] = 0;	/* a server of TLS 1.1 and older */
		assert_false(sign_ask(TLS12, SHA256, text, len));
		dock_text(text, &shares[i]);
		text[64] = 1;	/* a curve of the dock's own */
		assert_false(sign_ask(TLS12, SHA256, text, len));
		dock_text(text, &shares[i]);
		text[66] = 25;
		assert_false(sign_ask(TLS12, SHA256, text, len));
		dock_text(text, &shares[i]);
		text[67]++;
		assert_false(sign_ask(TLS12, SHA256, text, len));
		dock_text(text, &shares[i]);
		text[68] = 2;	/* compressed */
		assert_int_equal(sign_ask(TLS12, SHA256, text, len), !i);
		dock_text(text, &shares[i]);
		memcpy(text, "usbip-tls", 9);
		assert_false(sign_ask(TLS12, SHA256, text, len));
	}
	sign_stop();
}

/*
 * A P-384 share has room for the machine's own key, and a tablet's random for the head
 * of a request: together all the bytes of a PKCS#10 that nobody else could sign.
 */
static void test_dock_text_as_der(void **state)
{
	static const struct {
		const char *head;
		size_t len;
		bool taken;
	} rows[] = {
#define ROW(s, taken) { s, sizeof(s) - 1, taken }
		ROW("\x30\x81\xa2\x02\x01\x00\x30\x30", false), /* request */
		ROW("\x30\x81\xa2\xa0\x03\x02\x01\x02",
		    false), /* certificate */
		ROW("\x30\x81\xa2\x02\x01\x01\x30\x0a", false), /* list */
		ROW("\x30\x81\xa2\x30\x0a\x06\x08\x2a", false), /* list, v1 */
		ROW("\x30\x82\x00\xa1\x02\x01\x00\x30",
		    false), /* longer forms */
		ROW("\x30\x83\x00\x00\xa0\x02\x01\x00", false),
		ROW("\x30\x80\x02\x01\x00\x30\x30\x06", false),
		/* Not DER, but accepted by GnuTLS or OpenSSL. */
		ROW("\x30\x81\xa2\x02\x89\0\0\0\0\0\0\0\0\x01\x00", false),
		ROW("\x30\x89\0\0\0\0\0\0\0\0\x9a\x02\x01\x00", false),
		ROW("\x3f\x10\x81\xa1\x02\x01\x00\x30", false),
		ROW("\x3f\x80\x10\x81\xa0\x02\x01\x00", false),
		ROW("\x30\x81\xa2\x1f\x02\x01\x00\x30", false),
		ROW("\x10\x81\xa2\x22\x01\x00\x30\x30", false),
		ROW("\x30\x8a\0\0\0\0\0\0\0\0\0\x99\xbf\x80\x00\x03", false),
		/* Not a request: the random of a tablet like any other. */
		ROW("\x3f\x11\x81\xa1\x02\x01\x00\x30", true),
		ROW("\x7f\x10\x81\xa1\x02\x01\x00\x30", true),
		ROW("\x30\x89\0\0\0\0\0\0\0\0\x9b\x02\x01\x00", true),
		ROW("\x30\x81\xa1\x02\x01\x00\x30\x30", true),
		ROW("\x30\x81\xa3\x02\x01\x00\x30\x30", true),
		ROW("\x31\x81\xa2\x02\x01\x00\x30\x30", true),
		ROW("\x30\x81\xa2\x04\x01\x00\x30\x30", true),
		ROW("\x30\x81\xa2\x02\x81\xff\x30\x30", true),
#undef ROW
	};
	uint8_t text[UT_SIGN_DOCK_MAX + 1];
	size_t i, len = dock_text(text, &shares[2]);

	sign_start(UT_TLS_DOCK, TLS12);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		memcpy(text, rows[i].head, rows[i].len);
		if (sign_ask(TLS12, SHA256, text, len) != rows[i].taken)
			fail_msg("row %zu", i);
	}
	sign_stop();
}

/* --- TLS 1.2, tablet --- */

static uint8_t transcript[UT_SIGN_TEXT_MAX];
static size_t t_len;

static void message(uint8_t type, size_t len)
{
	uint8_t *p = transcript + t_len;

	memset(p, 3, 4 + len);	/* both hellos begin with 3, 3 */
	p[0] = type;
	p[1] = (uint8_t)(len >> 16);
	p[2] = (uint8_t)(len >> 8);
	p[3] = (uint8_t)len;
	t_len += 4 + len;
}

static void messages(const char *types, size_t certificate)
{
	for (t_len = 0; *types; types++)
		message((uint8_t)*types, *types == 11 ? certificate : 70);
}

#define GOOD "\x01\x02\x0b\x0c\x0d\x0e\x0b\x10"

static bool signs_messages(void)
{
	return sign_ask(TLS12, SHA256, transcript, t_len);
}

static void test_tablet_tls12(void **state)
{
	static const char *const bad[] = {
		"", "\x01", "\x02\x0b\x0c\x0d\x0e\x0b\x10",
		"\x01\x02\x0b\x0c\x0d\x0e\x0b",			/* not whole */
		GOOD "\x0f", GOOD "\x14",			/* more */
		"\x01\x02\x0b\x0c\x0e\x0b\x10",			/* not asked */
		"\x01\x02\x02\x0b\x0c\x0d\x0e\x0b\x10",
		"\x01\x02\x0b\x0d\x0c\x0e\x0b\x10",
		"\x16\x01\x02\x0b\x0c\x0d\x0e\x0b\x10",
		"\x01\x02\x08\x0d\x0b",				/* of TLS 1.3 */
	};
	size_t i;

	sign_start(UT_TLS_TABLET, TLS12);
	messages(GOOD, 600);
	assert_true(signs_messages());
	assert_true(
		sign_counts(&(gnutls_datum_t){ transcript, (unsigned)t_len }));
	messages("\x01\x02\x0b\x16\x0c\x0d\x0e\x0b\x10", 600);
	assert_true(signs_messages());
	messages(GOOD, 32 * 1024);	/* in 66 pieces */
	assert_true(signs_messages());
	for (i = 1; i < sizeof(bad) / sizeof(bad[0]); i++) {
		messages(bad[i], 600);
		if (signs_messages())
			fail_msg("row %zu", i);
	}
	messages(GOOD, 600);
	t_len--;
	assert_false(signs_messages());
	t_len++;
	transcript[t_len++] = 0;
	assert_false(signs_messages());
	t_len--;
	transcript[5] = 1;	/* ClientHello of TLS 1.0 */
	assert_false(signs_messages());
	sign_stop();
}

/* The signer is stopped for longer than a handshake waits. */
static void ask_too_late(size_t certificate)
{
	messages(GOOD, certificate);
	assert_int_equal(kill(sign_signer.child.pid, SIGSTOP), 0);
	assert_int_equal(sign_ask_for(TLS12, SHA256, transcript, t_len),
			 -ETIMEDOUT);
	assert_int_equal(kill(sign_signer.child.pid, SIGCONT), 0);
}

/* What arrives then is neither the answer to the next request nor its end. */
static void test_late_answer(void **state)
{
	struct pollfd p;

	sign_start(UT_TLS_TABLET, TLS12);
	ask_too_late(600);
	messages(GOOD, 500);
	assert_true(signs_messages());
	assert_true(
		sign_counts(&(gnutls_datum_t){ transcript, (unsigned)t_len }));
	/* More than fits into the channel, so that only a part is sent. */
	ask_too_late(UT_SIGN_TEXT_MAX / 2 - 1000);
	messages(GOOD, 500);
	assert_true(signs_messages());
	assert_true(
		sign_counts(&(gnutls_datum_t){ transcript, (unsigned)t_len }));
	ask_too_late(600);
	p = (struct pollfd){ sign_signer.child.fd, POLLIN, 0 };
	assert_int_equal(poll(&p, 1, 20000), 1);
	assert_false(ut_signer_died(&sign_signer));
	assert_int_equal(kill(sign_signer.child.pid, SIGKILL), 0);
	assert_int_equal(poll(&p, 1, 20000), 1);
	assert_true(ut_signer_died(&sign_signer));
	sign_stop();
}

/* Each side signs its own, and TLS 1.2 only where the configuration has it. */
static void test_sides_and_versions(void **state)
{
	uint8_t text[UT_SIGN_DOCK_MAX + 1];
	size_t len = dock_text(text, &shares[0]);

	messages(GOOD, 600);
	sign_start(UT_TLS_DOCK, TLS12);
	assert_false(signs_messages());
	sign_stop();
	sign_start(UT_TLS_DOCK, TLS13);
	assert_false(sign_ask(TLS12, SHA256, text, len));
	sign_stop();
	sign_start(UT_TLS_TABLET, TLS12);
	assert_false(sign_ask(TLS12, SHA256, text, len));
	sign_stop();
	sign_start(UT_TLS_TABLET, TLS13);
	assert_false(signs_messages());
	sign_stop();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_dock_tls12),
		T(test_dock_text_as_der),
		T(test_tablet_tls12),
		T(test_late_answer),
		T(test_sides_and_versions),
	};

	return cmocka_run_group_tests(tests, cage_group_setup,
				      cage_group_teardown);
}
