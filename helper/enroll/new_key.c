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

/* Ours have less than 500 bytes, encrypted ones, too. */
#define MAX_PEM (16 * 1024)

static const char what[] = "the process with the new key";

/* --- making it --- */

struct key_request {
	const struct ut_config_tls *tls;
	enum ut_pki_role role;
	const char *name;
};

static int make(const void *arg, void *out, struct ut_err *err)
{
	const struct key_request *w = arg;
	const char *password_file = w->tls->key_password_file;
	struct ut_buf pem = { 0 };
	int ret = ut_csr_new(password_file[0] ? password_file : NULL, w->role,
			     w->name, &pem, out, err);

	if (!ret && write(UT_TASK_KEEP, pem.data, pem.len) != (ssize_t)pem.len)
		ret = ut_err_set(err, UT_EXIT_FAILURE, EIO,
				 "cannot keep the new key");
	ut_buf_free(&pem);
	return ret;
}

int ut_new_key_make(const struct ut_config_tls *tls, enum ut_pki_role role,
		    const char *name, struct ut_csr *csr, struct ut_err *err)
{
	const struct key_request w = { tls, role, name };
	int fd, ret;

	fd = memfd_create("usbip-tls new key", MFD_CLOEXEC);
	if (fd < 0)
		return ut_err_errno(err, UT_EXIT_FAILURE, errno,
				    "cannot keep a new key in memory");
	ret = ut_task_wait(make, &w, csr, sizeof(*csr), fd, what, err);
	if (!ret)
		return fd;
	close(fd);
	return ret;
}

/* --- installing it --- */

struct came {
	const struct ut_config_tls *tls;
	const struct ut_pki_bundle *der;
	bool force;
};

static int read_key(struct ut_buf *pem, struct ut_err *err)
{
	struct stat st;

	if (!fstat(UT_TASK_KEEP, &st) && st.st_size > 0 &&
	    st.st_size <= MAX_PEM)
		pem->data = calloc(1, (size_t)st.st_size + 1);
	if (pem->data)
		pem->len = (size_t)st.st_size;
	if (!pem->data ||
	    pread(UT_TASK_KEEP, pem->data, pem->len, 0) != (ssize_t)pem->len)
		return ut_err_set(err, UT_EXIT_FAILURE, EIO,
				  "cannot read the new key back");
	return 0;
}

static int install(const void *arg, void *out, struct ut_err *err)
{
	const struct came *c = arg;
	struct ut_pki_bundle pem = { 0 };
	struct ut_buf key = { 0 };
	int ret = ut_install_pem(&pem, c->der, err);

	if (!ret)
		ret = read_key(&key, err);
	if (!ret)
		ret = ut_pair_stage(c->tls, key.data, key.len, err);
	if (!ret)
		ret = ut_install(c->tls, &pem, c->force, err);
	ut_buf_free(&key);
	ut_pki_bundle_free(&pem);
	return ret;
}

int ut_new_key_install(int fd, const struct ut_config_tls *tls,
		       const struct ut_pki_bundle *der, bool force,
		       struct ut_err *err)
{
	const struct came c = { tls, der, force };

	return ut_task_wait(install, &c, NULL, 0, fd, what, err);
}
