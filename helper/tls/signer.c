// SPDX-License-Identifier: GPL-2.0
/* The process with the private key: see signer.h. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <gnutls/crypto.h>

#include "tls/key.h"
#include "tls/signer.h"

#define START_TIMEOUT_MS	30000
#define SIGN_TIMEOUT_MS		5000

/* --- in the signer's own process --- */

static int check_kind(gnutls_privkey_t key, const struct ut_config_tls *cfg,
		      struct ut_err *err)
{
	switch (gnutls_privkey_get_pk_algorithm(key, NULL)) {
	case GNUTLS_PK_ECDSA:
	case GNUTLS_PK_RSA:
	case GNUTLS_PK_RSA_PSS:
		return 0;
	default:
		return ut_err_set(err, UT_EXIT_CERTIFICATE, EINVAL,
				  "the key %s is neither ECDSA nor RSA",
				  cfg->key);
	}
}

static int check_pair(gnutls_privkey_t key, gnutls_x509_crt_t cert,
		      const struct ut_config_tls *cfg, struct ut_err *err)
{
	int ret;

	if (ut_key_fits(key, cert))
		return 0;
	ret = ut_err_set(err, UT_EXIT_CERTIFICATE, EINVAL,
			 "the key %s does not belong to the certificate %s",
			 cfg->key, cfg->cert);
	ut_err_hint(err, "both files must come from one \"usbip-tls pki issue\"");
	return ret;
}

/* Only a hash of the right length, by an algorithm of this key. */
static bool request_ok(const struct ut_msg_sign *req, unsigned int pk)
{
	gnutls_sign_algorithm_t algo = (gnutls_sign_algorithm_t)req->algorithm;
	gnutls_digest_algorithm_t hash = gnutls_sign_get_hash_algorithm(algo);

	return gnutls_sign_is_secure(algo) &&
	       gnutls_sign_supports_pk_algorithm(algo, pk) &&
	       gnutls_hash_get_len(hash) == req->len;
}

static void answer(gnutls_privkey_t key, const struct ut_msg_sign *req,
		   struct ut_msg *out)
{
	const gnutls_datum_t hash = {
		(unsigned char *)req->data, req->len
	};
	gnutls_datum_t sig = { NULL, 0 };
	int pk = gnutls_privkey_get_pk_algorithm(key, NULL);

	memset(out, 0, sizeof(*out));
	out->type = UT_MSG_SIGNATURE;
	if (pk < 0 || !request_ok(req, (unsigned int)pk))
		return;
	if (gnutls_privkey_sign_hash2(key,
				      (gnutls_sign_algorithm_t)req->algorithm,
				      0, &hash, &sig))
		return;
	if (sig.size <= UT_MSG_SIGNATURE_MAX) {
		out->signature.len = sig.size;
		memcpy(out->signature.data, sig.data, sig.size);
	}
	gnutls_free(sig.data);
}

static int serve(gnutls_privkey_t key)
{
	static struct ut_msg in, out;
	int ret;

	for (;;) {
		ret = ut_msg_recv(UT_FD_CHANNEL, &in);
		if (ret == -EPIPE)
			return 0;
		if (ret || in.type != UT_MSG_SIGN)
			return 1;
		answer(key, &in.sign, &out);
		if (ut_msg_send(UT_FD_CHANNEL, &out))
			return 1;
	}
}

static int tell_ready(gnutls_privkey_t key)
{
	struct ut_msg msg = { .type = UT_MSG_READY };
	unsigned int bits = 0;
	int pk = gnutls_privkey_get_pk_algorithm(key, &bits);

	msg.ready.pk = (uint32_t)pk;
	msg.ready.bits = bits;
	return ut_msg_send(UT_FD_CHANNEL, &msg);
}

static int tell_error(int error, const struct ut_err *err)
{
	struct ut_msg msg = { .type = UT_MSG_ERROR };

	msg.error.error = -error;
	msg.error.err = *err;
	ut_msg_send(UT_FD_CHANNEL, &msg);
	return 1;
}

static int signer_main(int channel, const struct ut_config_tls *cfg,
		       gnutls_x509_crt_t cert, const struct ut_sandbox *sandbox)
{
	struct ut_err err = { .code = UT_EXIT_OK };
	gnutls_privkey_t key;
	int ret;

	ret = ut_sandbox_fds(channel, -1, sandbox->dir);
	if (ret)
		return 1;
	if (gnutls_privkey_init(&key))
		return 1;
	ret = ut_key_load(key, cfg->key, cfg->key_password_file, &err);
	if (!ret)
		ret = check_kind(key, cfg, &err);
	if (!ret)
		ret = check_pair(key, cert, cfg, &err);
	if (!ret) {
		ret = ut_sandbox_enter(sandbox, UT_SANDBOX_SIGNER);
		if (ret)
			ut_err_errno(&err, UT_EXIT_FAILURE, ret,
				     "cannot enter the sandbox of the signer");
	}
	if (ret)
		return tell_error(ret, &err);
	ret = tell_ready(key);
	if (!ret)
		ret = serve(key);
	gnutls_privkey_deinit(key);
	return ret ? 1 : 0;
}

/* --- in the parent --- */

static int wait_ready(struct ut_signer *s, struct ut_err *err)
{
	static struct ut_msg msg;
	int ret = ut_msg_wait(s->fd, &msg, START_TIMEOUT_MS);

	if (ret)
		return ut_err_errno(err, UT_EXIT_FAILURE, ret,
				    "the process for the private key did not start");
	if (msg.type == UT_MSG_ERROR) {
		if (err)
			*err = msg.error.err;
		return -msg.error.error;
	}
	if (msg.type != UT_MSG_READY)
		return ut_err_set(err, UT_EXIT_FAILURE, EPROTO,
				  "the process for the private key answers nonsense");
	s->pk = (gnutls_pk_algorithm_t)msg.ready.pk;
	s->bits = msg.ready.bits;
	return 0;
}

int ut_signer_start(struct ut_signer *s, const struct ut_config_tls *cfg,
		    gnutls_x509_crt_t cert, const struct ut_sandbox *sandbox,
		    struct ut_err *err)
{
	int child, ret;

	ret = ut_msg_pair(&s->fd, &child);
	if (ret)
		return ut_err_errno(err, UT_EXIT_FAILURE, ret,
				    "cannot make a socket pair");
	s->pid = fork();
	if (!s->pid) {
		/* The signals of the daemon are its own. */
		sigset_t none;

		sigemptyset(&none);
		sigprocmask(SIG_SETMASK, &none, NULL);
		_exit(signer_main(child, cfg, cert, sandbox));
	}
	ret = s->pid < 0 ? -errno : 0;
	close(child);
	if (ret) {
		close(s->fd);
		s->fd = -1;
		return ut_err_errno(err, UT_EXIT_FAILURE, ret, "cannot fork");
	}
	ret = wait_ready(s, err);
	if (ret)
		ut_signer_stop(s);
	return ret;
}

int ut_signer_sign(struct ut_signer *s, const struct ut_msg_sign *req,
		   struct ut_msg_signature *sig)
{
	static struct ut_msg msg;
	int ret;

	memset(&msg, 0, sizeof(msg));
	msg.type = UT_MSG_SIGN;
	msg.sign = *req;
	ret = ut_msg_send(s->fd, &msg);
	if (!ret)
		ret = ut_msg_wait(s->fd, &msg, SIGN_TIMEOUT_MS);
	if (ret)
		return ret;
	if (msg.type != UT_MSG_SIGNATURE)
		return -EPROTO;
	*sig = msg.signature;
	return sig->len ? 0 : -EACCES;
}

void ut_signer_stop(struct ut_signer *s)
{
	if (s->fd >= 0)
		close(s->fd);
	s->fd = -1;
	if (s->pid > 0) {
		kill(s->pid, SIGKILL);
		while (waitpid(s->pid, NULL, 0) < 0 && errno == EINTR)
			;
	}
	s->pid = -1;
}
