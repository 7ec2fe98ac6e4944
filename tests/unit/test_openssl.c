// SPDX-License-Identifier: GPL-2.0
/*
 * Every kind of key that we accept, in TLS 1.2 and 1.3, for docks and for tablets,
 * against OpenSSL: real workers and a real signer on our side. For a key that is
 * elsewhere, GnuTLS passes something different for each of them
 * (helper/tls/outer_key.c).
 */
#include "lib/openssl_peer.h"

static const struct {
	const char *name;
	const char *genpkey;
} kinds[] = {
	{ "rsa2048", "-algorithm RSA -pkeyopt rsa_keygen_bits:2048" },
	{ "rsa4096", "-algorithm RSA -pkeyopt rsa_keygen_bits:4096" },
	{ "p256", "-algorithm EC -pkeyopt ec_paramgen_curve:P-256" },
	{ "p384", "-algorithm EC -pkeyopt ec_paramgen_curve:P-384" },
	{ "pss", "-algorithm RSA-PSS -pkeyopt rsa_keygen_bits:2048" },
	{ "ed25519", "-algorithm ED25519" },
};

#define N_KINDS (sizeof(kinds) / sizeof(kinds[0]))

static const char *const versions[] = { "-tls1_2", "-tls1_3" };

static const char *dir(const char *role, size_t kind)
{
	static char name[64];

	snprintf(name, sizeof(name), "%s-%s", role, kinds[kind].name);
	return name;
}

static int group_setup(void **state)
{
	size_t i;

	if (fx_group_setup(state))
		return -1;
	for (i = 0; i < N_KINDS; i++) {
		op_issue(kinds[i].genpkey, UT_PKI_DOCK, dir("dock", i));
		op_issue(kinds[i].genpkey, UT_PKI_TABLET, dir("tablet", i));
	}
	return 0;
}

static size_t kind_of(const char *name)
{
	size_t i = 0;

	while (strcmp(kinds[i].name, name))
		i++;
	return i;
}

/* --- our dock --- */

static void dock_start(size_t kind)
{
	fx_share_stick();
	fx_tls(&fx.dock.tls, dir("dock", kind));
	fx.dock.tls.min_version = 0x0303;
	fx_dock_start();
}

static void test_dock(void **state)
{
	size_t i, v;

	fx_share_stick();
	for (i = 0; i < N_KINDS; i++) {
		dock_start(i);
		for (v = 0; v < 2; v++) {
			op_tablet_lists(dir("tablet", i), versions[v]);
			fx_expect_log("tablet \"blue\" listed 1 devices");
		}
		fx_dock_stop();
		unlink(fx.log);
	}
}

/* What OpenSSL saw, in the words of 3.0 or those of 3.5. */
static void expect_said(const char *what, const char *or)
{
	if (!strstr(op_said(), what) && !strstr(op_said(), or))
		fail_msg("OpenSSL did not say \"%s\" but:\n%s", what,
			 op_said());
}

static void expect_pkcs1(const char *hash)
{
	expect_said(hash, hash);
	expect_said("Signature type: RSA\n", "Signature type: rsa_pkcs1_");
}

static void expect_blue(void)
{
	expect_said("Peer certificate: CN = blue", "Peer certificate: CN=blue");
}

/* What mbed TLS asks for, and with it RemoteHub's clients. */
static void test_dock_rsa_pkcs1(void **state)
{
	static const struct {
		const char *options;
		const char *hash;
	} rows[] = {
		{ "-tls1_2 -sigalgs RSA+SHA256", "Hash used: SHA256" },
		{ "-tls1_2 -sigalgs RSA+SHA384", "Hash used: SHA384" },
		{ "-tls1_2 -sigalgs RSA+SHA512", "Hash used: SHA512" },
	};
	size_t i;

	dock_start(kind_of("rsa2048"));
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		op_tablet_lists("tablet-rsa2048", rows[i].options);
		expect_pkcs1(rows[i].hash);
	}
	fx_dock_stop();
}

/* A TLS 1.2 text for each group, a TLS 1.3 transcript with each hash. */
static void test_dock_groups_and_hashes(void **state)
{
	static const char *const options[] = {
		/* P-256 has to be offered, for the dock's certificate. */
		"-tls1_2 -groups X25519:P-256", "-tls1_2 -groups P-256",
		"-tls1_2 -groups P-384:P-256", "-tls1_3 -groups X25519",
		"-tls1_3 -groups P-384",
		"-tls1_3 -ciphersuites TLS_AES_256_GCM_SHA384",
		"-tls1_3 -ciphersuites TLS_CHACHA20_POLY1305_SHA256",
	};
	size_t i;

	dock_start(kind_of("p256"));
	for (i = 0; i < sizeof(options) / sizeof(options[0]); i++)
		op_tablet_lists("tablet-rsa2048", options[i]);
	fx_dock_stop();
}

static unsigned int count(const char *text, const char *what)
{
	unsigned int n = 0;

	while ((text = strstr(text, what))) {
		text += strlen(what);
		n++;
	}
	return n;
}

/* -msg writes to the standard output, among the data. */
static void expect_retry(void)
{
	if (count(op_said(), ", ClientHello") != 2)
		fail_msg("not two ClientHellos:\n%s", op_said());
}

/* HelloRetryRequest: its first share is of a group that the dock lacks. */
static void test_dock_asks_again(void **state)
{
	static const char *const options[] = {
		"-tls1_3 -groups P-521:X25519",
		"-tls1_3 -groups P-521:P-384 -ciphersuites TLS_AES_256_GCM_SHA384",
	};
	char all[256];
	size_t i, k;

	for (k = 0; k < N_KINDS; k += N_KINDS - 1) {
		dock_start(k);
		for (i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
			snprintf(all, sizeof(all), "%s -msg -msgfile %s/msg",
				 options[i], fx.top);
			op_tablet_lists("tablet-p256", all);
			snprintf(op_errors, sizeof(op_errors), "%s/msg", fx.top);
			expect_retry();
		}
		fx_dock_stop();
	}
}

/* --- our tablet --- */

static void test_tablet(void **state)
{
	char options[64];
	size_t i, v;

	for (i = 0; i < N_KINDS; i++) {
		fx_tls(&fx.tablet.tls, dir("tablet", i));
		fx.tablet.tls.min_version = 0x0303;
		for (v = 0; v < 2; v++) {
			snprintf(options, sizeof(options), "-Verify 3 %s",
				 versions[v]);
			op_dock_is_listed(dir("dock", i), options);
			expect_blue();
		}
	}
}

static void test_tablet_rsa_pkcs1(void **state)
{
	fx_tls(&fx.tablet.tls, "tablet-rsa2048");
	fx.tablet.tls.min_version = 0x0303;
	op_dock_is_listed("dock-p256",
			  "-Verify 3 -tls1_2 -client_sigalgs RSA+SHA256");
	expect_pkcs1("Hash used: SHA256");
	op_dock_is_listed("dock-p256",
			  "-Verify 3 -tls1_2 -client_sigalgs RSA+SHA512");
	expect_pkcs1("Hash used: SHA512");
}

/* GnuTLS sends shares on X25519 and P-256. */
static void test_tablet_is_asked_again(void **state)
{
	char options[256];
	size_t i;

	for (i = 0; i < N_KINDS; i += N_KINDS - 1) {
		fx_tls(&fx.tablet.tls, dir("tablet", i));
		snprintf(options, sizeof(options),
			 "-Verify 3 -tls1_3 -groups P-384 -msg -msgfile %s/msg",
			 fx.top);
		op_dock_is_listed("dock-p256", options);
		snprintf(op_errors, sizeof(op_errors), "%s/msg", fx.top);
		expect_retry();
	}
}

/* A dock that wants no certificate gets no signature, and the list is served. */
static void test_tablet_is_not_asked(void **state)
{
	fx.tablet.tls.min_version = 0x0303;
	op_dock_is_listed("dock-p256", "-tls1_2");
	op_dock_is_listed("dock-p256", "-tls1_3");
}

/*
 * A chain of eight certificates on both sides, and a list of CAs in the request: the
 * TLS 1.2 text has many pieces.
 */
static void test_tablet_long_transcript(void **state)
{
	op_run("cd %s && cp -r dock-rsa4096 dock-long && cp -r tablet-rsa4096 tablet-long && for i in 1 2 3 4 5 6 7; do cat dock-rsa4096/cert.pem >>dock-long/chain.pem; cat tablet-rsa4096/cert.pem >>tablet-long/cert.pem; done",
	       fx.top);
	fx_tls(&fx.tablet.tls, "tablet-long");
	fx.tablet.tls.min_version = 0x0303;
	op_dock_is_listed("dock-long", "-Verify 9 -tls1_2 -cert_chain chain.pem");
	expect_blue();
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fx_setup, op_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_dock),
		TEST(test_dock_rsa_pkcs1),
		TEST(test_dock_groups_and_hashes),
		TEST(test_dock_asks_again),
		TEST(test_tablet),
		TEST(test_tablet_rsa_pkcs1),
		TEST(test_tablet_is_asked_again),
		TEST(test_tablet_is_not_asked),
		TEST(test_tablet_long_transcript),
	};

	/* A peer that has ended is noticed by its missing answers. */
	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, group_setup, fx_group_teardown);
}
