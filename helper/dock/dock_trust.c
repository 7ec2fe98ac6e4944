// SPDX-License-Identifier: GPL-2.0
/*
 * The trust operation: a tablet wants the revocation list, or a new certificate.
 *
 * The CA's key is read by a process of its own, for one signature; it may have to
 * wait for a command that has locked the CA, which the daemon's loop must not. It
 * gets two coordinates, and name and serial number of the certificate that was
 * shown in the handshake. One at a time; who comes meanwhile comes again.
 */
#include <errno.h>
#include <string.h>

#include "dock/dock_trust.h"
#include "pki/renew.h"
#include "proto/op_trust.h"
#include "tls/crl.h"

/* Certificates in ten seconds, whoever asks. */
#define RENEWALS_BURST	4
/* For the request and for the answer to get through. */
#define TRUST_MS	25000

struct wanted {
	struct ut_pki_store store;
	struct ut_pki_holder holder;
	struct ut_pki_point point;
	struct ut_pki_proof proof;
};

static int issue(const void *arg, void *out, struct ut_err *err)
{
	const struct wanted *w = arg;
	struct ut_pki_holder holder = w->holder;

	holder.proof = &w->proof;
	return ut_pki_reissue(&w->store, &holder, &w->point, out, err);
}

bool ut_trust_next(struct ut_conn *c)
{
	static struct ut_msg msg;

	return !ut_blob_next(&c->blob, ut_msg_init(&msg, UT_MSG_BLOB)) ||
	       ut_msg_send(c->worker.fd, &msg);
}

static bool give_nothing(struct ut_conn *c, enum ut_op_status status)
{
	return ut_msg_tell(c->worker.fd, UT_MSG_STATUS, status);
}

static bool give_crl(struct ut_dock *dock, struct ut_conn *c)
{
	struct ut_buf *crl = &c->blob.buf;

	if (ut_crl_export(dock->creds, crl) || !crl->len ||
	    crl->len > UT_TRUST_MAX_CRL) {
		ut_buf_free(crl);
		return give_nothing(c, UT_OP_ST_NA);
	}
	ut_log_info("%s: tablet \"%s\" gets the revocation list", c->text,
		    c->name);
	return ut_trust_next(c);
}

static int on_renewal(sd_event_source *s, int fd, uint32_t events, void *arg);

static bool begin(struct ut_dock *dock, struct ut_conn *c,
		  const struct ut_msg_trust *want)
{
	struct wanted w = {
		.store = ut_pki_store_of(dock->config),
		.holder = { .role = UT_PKI_TABLET },
		.point = want->point, .proof = want->proof,
	};
	int ret;

	/* Names and numbers of our own CA are shorter than these. */
	if (strlen(c->name) >= sizeof(w.holder.name) ||
	    strlen(c->serial) >= sizeof(w.holder.serial))
		return give_nothing(c, UT_OP_ST_NA);
	memcpy(w.holder.name, c->name, strlen(c->name));
	memcpy(w.holder.serial, c->serial, strlen(c->serial));
	ret = ut_task_start(&dock->renewal, issue, &w,
			    sizeof(struct ut_pki_issued));
	if (!ret)
		ret = ut_task_watch(&dock->renewal, dock->loop, on_renewal,
				    dock);
	if (ret) {
		ut_log_err("%s: cannot start a renewal: %s", c->text,
			   strerror(-ret));
		return give_nothing(c, UT_OP_ST_ERROR);
	}
	dock->renewing = c;
	c->state = UT_CONN_RENEWING;
	return false;
}

bool ut_trust_asked(struct ut_dock *dock, struct ut_conn *c,
		    const struct ut_msg_trust *want)
{
	c->deadline = ut_clock_ms() + TRUST_MS;
	/* Who has no certificate has none to renew, and needs no CRL. */
	if (!c->name[0])
		return give_nothing(c, UT_OP_ST_NA);
	if (!want->renew)
		return give_crl(dock, c);
	if (!dock->config->enroll.renew || !ut_renew_from_here(dock->config))
		return give_nothing(c, UT_OP_ST_NA);
	if (ut_task_runs(&dock->renewal) ||
	    !ut_ratelimit(&dock->renewals, RENEWALS_BURST))
		return give_nothing(c, UT_OP_ST_DEV_BUSY);
	return begin(dock, c, want);
}

static bool granted(struct ut_conn *c, const struct ut_pki_cert *new)
{
	ut_log_notice("%s: tablet \"%s\" has a new certificate, serial number %s; the one of before was %s",
		      c->text, c->name, new->serial, c->serial);
	return ut_trust_next(c);
}

static bool denied(struct ut_conn *c, int error, struct ut_err *err)
{
	if (error == -EKEYREJECTED)
		ut_err_hint(err, "name the file with its passphrase in [enroll] pki_password_file");
	ut_err_prefix(err, "%s: tablet \"%s\" gets no new certificate",
		      c->text, c->name);
	/* One that has died is no fault of the tablet's. */
	ut_log_error(error == -EPIPE ? UT_LOG_ERR : UT_LOG_WARNING, err);
	return give_nothing(c, error == -EPIPE ? UT_OP_ST_ERROR : UT_OP_ST_NA);
}

/* The certificate is made, or not. */
static int on_renewal(sd_event_source *s, int fd, uint32_t events, void *arg)
{
	static struct ut_pki_issued issued;
	struct ut_dock *dock = arg;
	struct ut_conn *c = dock->renewing;
	struct ut_err err;
	int ret;

	ret = ut_task_done(&dock->renewal, &issued, sizeof(issued),
			   UT_CA_PROCESS, &err);
	dock->renewing = NULL;
	if (!c)
		return 0;
	c->state = UT_CONN_FETCHING;
	if (!ret)
		ret = ut_pki_take(&c->blob.buf, &issued, &err);
	if (ret ? denied(c, ret, &err) : granted(c, &issued.cert))
		ut_conn_free(dock, c);
	return 0;
}
