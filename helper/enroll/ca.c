// SPDX-License-Identifier: GPL-2.0
/* The CA's key in a process of its own: see ca.h. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/task.h"
#include "enroll/ca.h"

struct wanted {
	const struct ut_pki_store *store;
	const struct ut_pki_issue *req;
	const struct ut_pki_point *point;
};

struct issued {
	int ret;
	struct ut_err err;
	struct ut_pki_cert made;
	size_t len;
	uint8_t cert[UT_PKI_CERT_MAX];
};

static void issue(const void *arg, void *result)
{
	const struct wanted *w = arg;
	struct issued *r = result;
	struct ut_pki_bundle b = { 0 };

	/* None is longer: what is longer is not issued. */
	r->ret = ut_pki_issue_point(w->store, w->req, w->point, &r->made, &b,
				    &r->err);
	if (!r->ret) {
		r->len = b.cert.len;
		memcpy(r->cert, b.cert.data, b.cert.len);
	}
	ut_pki_bundle_free(&b);
}

static int died(int ret, struct ut_err *err)
{
	return ut_err_errno(err, UT_EXIT_FAILURE, ret,
			    "the process with the key of the CA failed");
}

static int take_cert(struct ut_buf *buf, const struct issued *r,
		     struct ut_err *err)
{
	if (!r->len || r->len > sizeof(r->cert))
		return died(-EBADMSG, err);
	buf->data = malloc(r->len + 1);
	if (!buf->data)
		return died(-ENOMEM, err);
	memcpy(buf->data, r->cert, r->len);
	buf->data[r->len] = '\0';
	buf->len = r->len;
	return 0;
}

int ut_enroll_issue(const struct ut_pki_store *store,
		    const struct ut_pki_issue *req,
		    const struct ut_pki_point *point, struct ut_pki_cert *made,
		    struct ut_pki_bundle *out, struct ut_err *err)
{
	const struct wanted w = { store, req, point };
	static struct issued r;
	int ret;

	/* First, so that nothing is issued that cannot be handed over. */
	ret = ut_pki_public(store, out, err);
	if (ret)
		return ret;
	ret = ut_task_wait(issue, &w, &r, sizeof(r), -1);
	if (ret)
		ret = died(ret, err);
	else if (r.ret)
		*err = r.err;
	if (!ret)
		ret = r.ret ? r.ret : take_cert(&out->cert, &r, err);
	if (ret)
		ut_pki_bundle_free(out);
	else
		*made = r.made;
	return ret;
}

struct revoked {
	int ret;
	struct ut_err err;
};

struct unwanted {
	const struct ut_pki_store *store;
	const char *serial;
};

static void revoke(const void *arg, void *result)
{
	const struct unwanted *u = arg;
	struct revoked *r = result;

	r->ret = ut_pki_revoke(u->store, u->serial, NULL, &r->err);
}

int ut_enroll_revoke(const struct ut_pki_store *store, const char *serial,
		     struct ut_err *err)
{
	const struct unwanted u = { store, serial };
	struct revoked r;
	int ret = ut_task_wait(revoke, &u, &r, sizeof(r), -1);

	if (ret)
		return died(ret, err);
	if (r.ret)
		*err = r.err;
	return r.ret;
}
