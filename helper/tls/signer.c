// SPDX-License-Identifier: GPL-2.0
/* The process with the private key: see signer.h. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/clock.h"
#include "tls/key.h"
#include "tls/sign_text.h"
#include "tls/signer.h"

#define START_TIMEOUT_MS	30000
#define SIGN_TIMEOUT_MS		5000

/* --- in the signer's own process --- */

/* Refused: a signature without a byte. */
static void answer(gnutls_privkey_t key, const struct ut_sign_rules *rules,
		   const struct ut_sign_request *req, struct ut_msg *out)
{
	uint8_t buf[UT_SIGN_TLS13_MAX];
	gnutls_datum_t text, sig = { NULL, 0 };

	memset(out, 0, sizeof(*out));
	out->type = UT_MSG_SIGNATURE;
	if (!ut_sign_text(rules, req, buf, &text))
		return;
	if (gnutls_privkey_sign_data2(key,
				      (gnutls_sign_algorithm_t)req->algorithm,
				      0, &text, &sig))
		return;
	if (sig.size <= UT_MSG_SIGNATURE_MAX) {
		out->signature.len = sig.size;
		memcpy(out->signature.data, sig.data, sig.size);
	}
	gnutls_free(sig.data);
}

/* 0: *req is whole; -EPIPE: the parent is gone. */
static int hear(struct ut_sign_request **req)
{
	static struct ut_msg in;
	int ret;

	do {
		ret = ut_msg_recv(UT_FD_CHANNEL, &in);
		if (!ret && in.type != UT_MSG_SIGN)
			ret = -EBADMSG;
		if (!ret)
			ret = ut_sign_take(req, &in.sign, UT_SIGN_TEXT_MAX);
	} while (!ret);
	return ret < 0 ? ret : 0;
}

static int serve(gnutls_privkey_t key, const struct ut_sign_rules *rules)
{
	static struct ut_msg out;
	int ret;

	for (;;) {
		struct ut_sign_request *req = NULL;

		ret = hear(&req);
		if (!ret) {
			answer(key, rules, req, &out);
			ret = ut_msg_send(UT_FD_CHANNEL, &out);
		}
		free(req);
		if (ret)
			return ret == -EPIPE ? 0 : 1;
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

static int signer_main(int channel, enum ut_tls_side side,
		       const struct ut_config_tls *cfg, gnutls_x509_crt_t cert,
		       const struct ut_sandbox *sandbox)
{
	struct ut_sign_rules rules = {
		.side = side, .min_version = cfg->min_version,
	};
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
		ret = ut_key_pair(key, cert, cfg, &err);
	if (!ret) {
		ret = ut_sandbox_enter(sandbox, UT_SANDBOX_SIGNER);
		if (ret)
			ut_err_errno(&err, UT_EXIT_FAILURE, ret,
				     "cannot enter the sandbox of the signer");
	}
	if (ret)
		return tell_error(ret, &err);
	rules.pk = (gnutls_pk_algorithm_t)
		   gnutls_privkey_get_pk_algorithm(key, NULL);
	ret = tell_ready(key);
	if (!ret)
		ret = serve(key, &rules);
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

int ut_signer_start(struct ut_signer *s, enum ut_tls_side side,
		    const struct ut_config_tls *cfg, gnutls_x509_crt_t cert,
		    const struct ut_sandbox *sandbox, struct ut_err *err)
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
		_exit(signer_main(child, side, cfg, cert, sandbox));
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

int ut_signer_sign(struct ut_signer *s, const struct ut_sign_request *req,
		   struct ut_msg_signature *sig)
{
	int64_t deadline = ut_clock_ms() + SIGN_TIMEOUT_MS;
	static struct ut_msg msg;
	int ret;

	ret = ut_sign_send(s->fd, req, deadline);
	if (!ret)
		ret = ut_msg_wait(s->fd, &msg, ut_clock_left(deadline));
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
