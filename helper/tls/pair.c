// SPDX-License-Identifier: GPL-2.0
/* A certificate and its key, replaced together: see pair.h. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "tls/key.h"
#include "tls/pair.h"

#define NEW_SIZE (UT_CONFIG_PATH_SIZE + 4)

#define LOCK_WAIT_MS	5000
#define LOCK_STEP_MS	20

static void new_path(char path[NEW_SIZE], const char *file)
{
	snprintf(path, NEW_SIZE, "%s.new", file);
}

static bool there(const char *path)
{
	return !access(path, F_OK);
}

/* Under the lock: the renames that are still to do. */
static int finish(const struct ut_config_tls *tls, struct ut_err *err)
{
	char key[NEW_SIZE], cert[NEW_SIZE];
	int ret = 0;

	new_path(key, tls->key);
	new_path(cert, tls->cert);
	if (!there(cert))
		return 0;
	if (there(key))
		ret = ut_file_rename(key, tls->key, err);
	return ret ? ret : ut_file_rename(cert, tls->cert, err);
}

/* Bounded, as a daemon's loop may be waiting. */
static int wait_lock(int fd)
{
	int waited;

	for (waited = 0; flock(fd, LOCK_EX | LOCK_NB); waited += LOCK_STEP_MS) {
		if (errno != EWOULDBLOCK && errno != EINTR)
			return -errno;
		if (waited >= LOCK_WAIT_MS)
			return -EBUSY;
		ut_nap(LOCK_STEP_MS);
	}
	return 0;
}

int ut_pair_lock(const struct ut_config_tls *tls, struct ut_err *err)
{
	char path[UT_CONFIG_PATH_SIZE + 5];
	int fd, ret;

	/* Not the directory: anybody may open that, and lock us out for good. */
	snprintf(path, sizeof(path), "%s.lock", tls->key);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	ret = fd < 0 ? -errno : wait_lock(fd);
	if (ret) {
		if (fd >= 0)
			close(fd);
		return ut_err_errno(err, ut_exit_of_errno(ret), ret,
				    "cannot lock %s", path);
	}
	ret = finish(tls, err);
	if (ret) {
		ut_pair_unlock(fd);
		return ret;
	}
	return fd;
}

void ut_pair_unlock(int lock)
{
	flock(lock, LOCK_UN);
	close(lock);
}

int ut_pair_stage(const struct ut_config_tls *tls, const void *pem, size_t len,
		  struct ut_err *err)
{
	int lock = ut_pair_lock(tls, err), ret;
	char path[NEW_SIZE];

	if (lock < 0)
		return lock;
	new_path(path, tls->key);
	ret = ut_file_write(path, pem, len, 0600, true, err);
	ut_pair_unlock(lock);
	return ret;
}

bool ut_pair_staged(const struct ut_config_tls *tls)
{
	char path[NEW_SIZE];

	new_path(path, tls->key);
	return there(path);
}

time_t ut_pair_staged_since(const struct ut_config_tls *tls)
{
	char path[NEW_SIZE];
	struct stat st;

	new_path(path, tls->key);
	return stat(path, &st) ? 0 : st.st_mtime;
}

void ut_pair_unstage(const struct ut_config_tls *tls)
{
	struct ut_err err;
	int lock = ut_pair_lock(tls, &err);
	char path[NEW_SIZE];

	/* Under the lock: a pair that is complete has just been put into use. */
	new_path(path, tls->key);
	if (lock < 0)
		return;
	unlink(path);
	ut_pair_unlock(lock);
}

/* 1: the key in @path is the certificate's; 0: it is not, or there is none. */
static int fits(const char *path, const struct ut_config_tls *tls,
		gnutls_x509_crt_t crt, struct ut_err *err)
{
	gnutls_privkey_t key;
	int ret;

	if (!there(path))
		return 0;
	if (gnutls_privkey_init(&key))
		return ut_err_errno(err, UT_EXIT_FAILURE, ENOMEM,
				    "cannot read the key %s", path);
	ret = ut_key_load(key, path, tls->key_password_file, err);
	if (!ret)
		ret = ut_key_fits(key, crt);
	gnutls_privkey_deinit(key);
	return ret;
}

static int switch_pair(const struct ut_config_tls *tls, const void *pem,
		       size_t len, struct ut_err *err)
{
	char cert[NEW_SIZE];
	int ret;

	new_path(cert, tls->cert);
	ret = ut_file_write(cert, pem, len, 0644, true, err);
	return ret ? ret : finish(tls, err);
}

static int commit_locked(const struct ut_config_tls *tls, const void *pem,
			 size_t len, gnutls_x509_crt_t crt, struct ut_err *err)
{
	char key[NEW_SIZE];
	int ret;

	new_path(key, tls->key);
	ret = fits(key, tls, crt, err);
	if (ret > 0)
		return switch_pair(tls, pem, len, err);
	if (!ret)
		ret = fits(tls->key, tls, crt, err);
	if (ret > 0)
		return ut_file_write(tls->cert, pem, len, 0644, true, err);
	if (ret < 0)
		return ret;
	return ut_err_set(err, UT_EXIT_CERTIFICATE, EINVAL,
			  "the certificate belongs neither to the key %s nor to %s",
			  key, tls->key);
}

int ut_pair_commit(const struct ut_config_tls *tls, const void *pem,
		   size_t len, struct ut_err *err)
{
	const gnutls_datum_t d = { (unsigned char *)pem, (unsigned int)len };
	gnutls_x509_crt_t crt;
	int lock, ret;

	ret = gnutls_x509_crt_init(&crt);
	if (ret)
		return ut_err_errno(err, UT_EXIT_FAILURE, ENOMEM,
				    "cannot read the certificate");
	/* The first one; the others lead from it to the CA. */
	ret = gnutls_x509_crt_import(crt, &d, GNUTLS_X509_FMT_PEM);
	if (ret) {
		ret = ut_err_set(err, UT_EXIT_CERTIFICATE, EINVAL,
				 "the certificate cannot be read: %s",
				 gnutls_strerror(ret));
	} else {
		lock = ut_pair_lock(tls, err);
		ret = lock < 0 ? lock : commit_locked(tls, pem, len, crt, err);
		if (lock >= 0)
			ut_pair_unlock(lock);
	}
	gnutls_x509_crt_deinit(crt);
	return ret;
}
