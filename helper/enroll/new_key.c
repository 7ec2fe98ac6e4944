// SPDX-License-Identifier: GPL-2.0
/* The key of a machine that enrols: see new_key.h. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/task.h"
#include "enroll/install.h"
#include "enroll/new_key.h"
#include "tls/pair.h"
#include "tls/renew.h"

/* Ours have less than 500 bytes, encrypted ones, too. */
#define MAX_PEM (16 * 1024)

static int failed(int ret, struct ut_err *err)
{
	return ut_err_errno(err, UT_EXIT_FAILURE, ret,
			    "the process with the new key failed");
}

/* --- making it --- */

struct wish {
	const struct ut_config_tls *tls;
	enum ut_pki_role role;
	const char *name;
};

struct made {
	int ret;
	struct ut_err err;
	struct ut_csr csr;
};

static void make(const void *arg, void *result)
{
	const struct wish *w = arg;
	struct made *m = result;
	struct ut_buf pem = { 0 };

	m->ret = ut_renew_key(w->tls, w->role, w->name, &pem, &m->csr, &m->err);
	if (!m->ret && write(UT_TASK_KEEP, pem.data, pem.len) !=
		       (ssize_t)pem.len)
		m->ret = ut_err_set(&m->err, UT_EXIT_FAILURE, EIO,
				    "cannot keep the new key");
	ut_buf_free(&pem);
}

int ut_new_key_make(const struct ut_config_tls *tls, enum ut_pki_role role,
		    const char *name, struct ut_csr *csr, struct ut_err *err)
{
	const struct wish w = { tls, role, name };
	struct made m;
	int fd, ret;

	fd = memfd_create("usbip-tls new key", MFD_CLOEXEC);
	if (fd < 0)
		return ut_err_errno(err, UT_EXIT_FAILURE, errno,
				    "cannot keep a new key in memory");
	ret = ut_task_wait(make, &w, &m, sizeof(m), fd);
	if (ret)
		ret = failed(ret, err);
	else if (m.ret)
		*err = m.err;
	if (!ret)
		ret = m.ret;
	if (ret) {
		close(fd);
		return ret;
	}
	*csr = m.csr;
	return fd;
}

/* --- installing it --- */

struct came {
	const struct ut_config_tls *tls;
	const struct ut_pki_bundle *der;
	bool force;
};

struct installed {
	int ret;
	struct ut_err err;
};

static int read_key(struct ut_buf *pem, struct ut_err *err)
{
	struct stat st;

	if (fstat(UT_TASK_KEEP, &st) || st.st_size <= 0 || st.st_size > MAX_PEM)
		return failed(-EBADMSG, err);
	pem->data = calloc(1, (size_t)st.st_size + 1);
	if (!pem->data)
		return failed(-ENOMEM, err);
	pem->len = (size_t)st.st_size;
	if (pread(UT_TASK_KEEP, pem->data, pem->len, 0) != (ssize_t)pem->len)
		return failed(-EIO, err);
	return 0;
}

static void install(const void *arg, void *result)
{
	const struct came *c = arg;
	struct installed *r = result;
	struct ut_pki_bundle pem = { 0 };
	struct ut_buf key = { 0 };

	r->ret = ut_install_pem(&pem, c->der, &r->err);
	if (!r->ret)
		r->ret = read_key(&key, &r->err);
	if (!r->ret)
		r->ret = ut_pair_stage(c->tls, key.data, key.len, &r->err);
	if (!r->ret)
		r->ret = ut_install(c->tls, &pem, c->force, &r->err);
	ut_buf_free(&key);
	ut_pki_bundle_free(&pem);
}

int ut_new_key_install(int fd, const struct ut_config_tls *tls,
		       const struct ut_pki_bundle *der, bool force,
		       struct ut_err *err)
{
	const struct came c = { tls, der, force };
	struct installed r;
	int ret = ut_task_wait(install, &c, &r, sizeof(r), fd);

	if (ret)
		return failed(ret, err);
	if (r.ret)
		*err = r.err;
	return r.ret;
}
