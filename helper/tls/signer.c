// SPDX-License-Identifier: GPL-2.0
/* The process with the private key: see signer.h. */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "tls/creds.h"
#include "tls/key.h"
#include "tls/sign_text.h"
#include "tls/signer.h"
#include "worker/message.h"

#define START_TIMEOUT_MS	30000
#define SIGN_TIMEOUT_MS		5000
#define SLOW_MIN_S		10
#define SLOW_MAX_S		300

/* --- in the signer's own process --- */

/* Refused: a signature without a byte. */
static void answer(gnutls_privkey_t key, const struct ut_sign_rules *rules,
		   const struct ut_blob *asked, struct ut_msg *out)
{
	const struct ut_sign_request req = {
		.version = asked->sign.version,
		.algorithm = asked->sign.algorithm,
		.text = (const uint8_t *)asked->buf.data,
		.len = asked->buf.len,
	};
	uint8_t buf[UT_SIGN_TLS13_MAX];
	gnutls_datum_t text, sig = { NULL, 0 };

	ut_msg_init(out, UT_MSG_SIGNATURE);
	out->sign.number = asked->sign.number;
	if (!ut_sign_text(rules, &req, buf, &text))
		return;
	if (gnutls_privkey_sign_data2(key,
				      (gnutls_sign_algorithm_t)req.algorithm,
				      0, &text, &sig))
		return;
	if (sig.size <= UT_SIGNATURE_MAX) {
		out->total = out->len = sig.size;
		memcpy(out->data, sig.data, sig.size);
	}
	gnutls_free(sig.data);
}

/* 0: *asked is whole; -EPIPE: the parent is gone. */
static int hear(struct ut_blob *asked)
{
	static struct ut_msg in;
	int ret;

	do {
		ret = ut_msg_recv(UT_FD_CHANNEL, &in);
		if (!ret && in.type != UT_MSG_SIGN)
			ret = -EBADMSG;
		if (ret)
			break;
		/* The parent had no more time for all of it, and has another one. */
		if (asked->sign.number != in.sign.number)
			ut_blob_free(asked);
		ret = ut_blob_add(asked, &in, UT_SIGN_TEXT_MAX);
	} while (!ret);
	return ret < 0 ? ret : 0;
}

static int serve(gnutls_privkey_t key, const struct ut_sign_rules *rules)
{
	static struct ut_msg out;
	int ret;

	for (;;) {
		struct ut_blob asked = { .at = 0 };

		ret = hear(&asked);
		if (!ret) {
			answer(key, rules, &asked, &out);
			ret = ut_msg_send(UT_FD_CHANNEL, &out);
		}
		ut_blob_free(&asked);
		if (ret)
			return ret == -EPIPE ? 0 : 1;
	}
}

static int tell_error(int error, const struct ut_err *err)
{
	static struct ut_msg msg;

	ut_msg_init(&msg, UT_MSG_ERROR);
	msg.error.error = -error;
	msg.error.err = *err;
	ut_msg_send(UT_FD_CHANNEL, &msg);
	return 1;
}

/* The certificate that the key must belong to came with the credentials. */
static int load_key(gnutls_privkey_t key, const struct ut_creds *creds,
		    const struct ut_config_tls *cfg, struct ut_err *err)
{
	gnutls_x509_crt_t cert;
	int ret;

	if (!creds->n_chain || gnutls_x509_crt_init(&cert))
		return -EINVAL;
	ret = gnutls_x509_crt_import(cert, &creds->chain[0].cert,
				     GNUTLS_X509_FMT_DER) ? -EINVAL : 0;
	if (!ret)
		ret = ut_key_load(key, cfg->key, cfg->key_password_file, err);
	if (!ret)
		ret = ut_key_pair(key, cert, cfg, err);
	gnutls_x509_crt_deinit(cert);
	return ret;
}

static int start(gnutls_privkey_t key, const struct ut_creds *creds,
		 const struct ut_config_tls *cfg,
		 const struct ut_sandbox *sandbox)
{
	struct ut_err err = { .code = UT_EXIT_FAILURE };
	int ret = load_key(key, creds, cfg, &err);

	if (!ret) {
		ret = ut_sandbox_enter(sandbox, UT_SANDBOX_SIGNER);
		if (ret)
			ut_err_errno(&err, UT_EXIT_FAILURE, ret,
				     "cannot enter the sandbox of the signer");
	}
	return ret ? tell_error(ret, &err) : 0;
}

/* Only the files of [tls]: the program knows nothing else of the configuration. */
static void config_of(struct ut_config_tls *cfg, const struct ut_msg_key *k)
{
	memset(cfg, 0, sizeof(*cfg));
	memcpy(cfg->cert, k->cert, sizeof(cfg->cert));
	memcpy(cfg->key, k->key, sizeof(cfg->key));
	memcpy(cfg->key_password_file, k->key_password_file,
	       sizeof(cfg->key_password_file));
}

int ut_signer_run(void)
{
	static struct ut_msg msg;
	struct ut_config_tls cfg;
	struct ut_sign_rules rules;
	struct ut_creds *creds;
	gnutls_privkey_t key;
	int ret;

	ut_program_begin("usbip-tls-signer");
	if (ut_msg_wait(UT_FD_CHANNEL, &msg, START_TIMEOUT_MS) ||
	    msg.type != UT_MSG_KEY)
		return 1;
	config_of(&cfg, &msg.key);
	creds = ut_creds_unpack(UT_FD_CREDS);
	if (!creds || gnutls_privkey_init(&key))
		return 1;
	ret = start(key, creds, &cfg, &msg.key.sandbox);
	rules = (struct ut_sign_rules){
		.side = creds->side, .min_version = creds->min_version,
		.pk = (gnutls_pk_algorithm_t)
		      gnutls_privkey_get_pk_algorithm(key, NULL),
	};
	if (!ret)
		ret = ut_msg_tell(UT_FD_CHANNEL, UT_MSG_READY, 0);
	if (!ret)
		ret = serve(key, &rules);
	gnutls_privkey_deinit(key);
	return ret ? 1 : 0;
}

/* --- in the parent --- */

static int wait_ready(const struct ut_signer *s, struct ut_err *err)
{
	static struct ut_msg msg;
	int ret = ut_msg_wait(s->child.fd, &msg, START_TIMEOUT_MS);

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
	return 0;
}

static int spawn(struct ut_signer *s, const struct ut_config_tls *cfg,
		 int creds, const struct ut_sandbox *sandbox)
{
	const struct ut_program_fds fds = {
		.peer = -1, .keep = sandbox->dir, .creds = creds,
	};
	static struct ut_msg msg;

	ut_msg_init(&msg, UT_MSG_KEY);
	msg.key.sandbox = *sandbox;
	msg.key.sandbox.dir = UT_FD_KEEP;
	memcpy(msg.key.cert, cfg->cert, sizeof(msg.key.cert));
	memcpy(msg.key.key, cfg->key, sizeof(msg.key.key));
	memcpy(msg.key.key_password_file, cfg->key_password_file,
	       sizeof(msg.key.key_password_file));
	return ut_program_start(&s->child, UT_PROGRAM_SIGNER, &fds, &msg,
				sizeof(msg));
}

int ut_signer_start(struct ut_signer *s, const struct ut_config_tls *cfg,
		    int creds, const struct ut_sandbox *sandbox,
		    struct ut_err *err)
{
	int ret = creds < 0 ? creds : spawn(s, cfg, creds, sandbox);

	if (ret)
		ut_err_errno(err, UT_EXIT_FAILURE, ret,
			     "cannot start the process for the private key");
	else
		ret = wait_ready(s, err);
	if (ret)
		ut_program_end(&s->child, NULL);
	return ret;
}

static int sign(struct ut_signer *s, const struct ut_blob *asked,
		struct ut_msg *reply)
{
	int64_t deadline = ut_clock_ms() + SIGN_TIMEOUT_MS;
	static struct ut_msg msg;
	int ret;

	ut_msg_init(reply, UT_MSG_SIGNATURE);
	ut_msg_init(&msg, UT_MSG_SIGN);
	msg.sign = asked->sign;
	msg.sign.number = ++s->number;
	ret = ut_msg_send_all(s->child.fd, &msg, asked->buf.data,
			      asked->buf.len, deadline);
	if (ret)
		return ret;
	/* Answers to others have come too late for them. */
	do {
		ret = ut_msg_wait(s->child.fd, &msg, ut_clock_left(deadline));
		if (ret)
			return ret;
		if (msg.type != UT_MSG_SIGNATURE)
			return -EPROTO;
	} while (msg.sign.number != s->number);
	reply->total = reply->len = msg.len;
	memcpy(reply->data, msg.data, msg.len);
	return msg.len ? 0 : -EACCES;
}

/* It has refused, or takes too long, or could not be asked for want of memory. */
static bool outlives(int error)
{
	return error == -EACCES || error == -ETIMEDOUT || error == -ENOMEM ||
	       error == -ENOBUFS;
}

int ut_signer_sign(struct ut_signer *s, const struct ut_blob *asked,
		   struct ut_msg *reply)
{
	int ret = sign(s, asked, reply);

	if (ret == -ETIMEDOUT)
		ut_backoff_fail(&s->slow, ut_clock_ms(), SLOW_MIN_S, SLOW_MAX_S,
				ut_backoff_random());
	else
		ut_backoff_reset(&s->slow);
	/* Whoever has its source in the loop sees the end, whichever side that is. */
	if (ret && !outlives(ret))
		shutdown(s->child.fd, SHUT_RDWR);
	return ret;
}

bool ut_signer_died(const struct ut_signer *s)
{
	static struct ut_msg msg;
	int ret;

	do {
		ret = ut_msg_recv(s->child.fd, &msg);
	} while (!ret && msg.type == UT_MSG_SIGNATURE);
	return ret != -EAGAIN;
}
