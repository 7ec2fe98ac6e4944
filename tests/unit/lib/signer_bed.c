// SPDX-License-Identifier: GPL-2.0
#include "lib/signer_bed.h"

struct ut_signer sign_signer;
gnutls_x509_crt_t sign_own;
struct ut_msg sign_sig;

void sign_read_own(void)
{
	struct ut_buf pem;

	assert_int_equal(ut_file_read(renew_tls.cert, &pem, &renew_err), 0);
	assert_int_equal(gnutls_x509_crt_init(&sign_own), 0);
	assert_int_equal(gnutls_x509_crt_import(sign_own, &(gnutls_datum_t){
		(unsigned char *)pem.data, (unsigned int)pem.len,
	}, GNUTLS_X509_FMT_PEM), 0);
	ut_buf_free(&pem);
}

int sign_begin(enum ut_tls_side side)
{
	struct ut_creds c = {
		.side = side,
		.min_version = renew_tls.min_version,
		.packed = -1,
		.n_chain = 1,
	};
	int ret;

	assert_int_equal(ut_trust_load(&c.trust, renew_tls.ca, &renew_err), 0);
	assert_int_equal(gnutls_pcert_import_x509(&c.chain[0], sign_own, 0), 0);
	ret = ut_signer_start(&sign_signer, &renew_tls, ut_creds_pack(&c),
			      &cage_sandbox, &renew_err);
	ut_creds_changed(&c);
	gnutls_pcert_deinit(&c.chain[0]);
	ut_trust_close(&c.trust);
	return ret;
}

void sign_start(enum ut_tls_side side, uint16_t min_version)
{
	renew_machine(side == UT_TLS_DOCK ? UT_PKI_DOCK : UT_PKI_TABLET, 1, 60);
	sign_read_own();
	renew_tls.min_version = min_version;
	if (sign_begin(side))
		fail_msg("%s", renew_err.msg);
}

void sign_stop(void)
{
	ut_program_end(&sign_signer.child, NULL);
	gnutls_x509_crt_deinit(sign_own);
}

int sign_ask_for(uint32_t version, uint32_t algorithm, const void *text,
		 size_t len)
{
	const struct ut_blob asked = {
		.buf = { (char *)text, len },
		.sign = { .version = version, .algorithm = algorithm },
	};

	return ut_signer_sign(&sign_signer, &asked, &sign_sig);
}

bool sign_ask(uint32_t version, uint32_t algorithm, const void *text,
	      size_t len)
{
	int ret = sign_ask_for(version, algorithm, text, len);

	/* Anything else: the signer has died. */
	if (ret && ret != -EACCES)
		fail_msg("%zu bytes: %s", len, strerror(-ret));
	return !ret;
}

bool sign_counts(const gnutls_datum_t *text)
{
	static const gnutls_sign_algorithm_t by[] = {
		GNUTLS_SIGN_ECDSA_SHA256, GNUTLS_SIGN_ECDSA_SHA384,
		GNUTLS_SIGN_ECDSA_SHA512, GNUTLS_SIGN_ECDSA_SHA224,
		GNUTLS_SIGN_ECDSA_SHA1,
	};
	const gnutls_datum_t s = { sign_sig.data, sign_sig.len };
	gnutls_pubkey_t pub;
	bool ok = false;
	size_t i;

	assert_int_equal(gnutls_pubkey_init(&pub), 0);
	assert_int_equal(gnutls_pubkey_import_x509(pub, sign_own, 0), 0);
	for (i = 0; !ok && i < sizeof(by) / sizeof(by[0]); i++)
		ok = gnutls_pubkey_verify_data2(pub, by[i],
						GNUTLS_VERIFY_ALLOW_BROKEN,
						text, &s) >= 0;
	gnutls_pubkey_deinit(pub);
	return ok;
}
