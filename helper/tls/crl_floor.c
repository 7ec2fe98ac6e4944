// SPDX-License-Identifier: GPL-2.0
/* The number below which no revocation list is used again: see crl_floor.h. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"
#include "tls/crl_floor.h"
#include "tls/verify.h"

#define KEY_BYTES 32	/* of a SHA-256 */

void ut_crl_age(gnutls_x509_crl_t crl, struct ut_crl_age *age)
{
	size_t size = UT_CRL_NUMBER;
	uint8_t raw[UT_CRL_NUMBER];

	memset(age, 0, sizeof(*age));
	age->date = gnutls_x509_crl_get_this_update(crl);
	if (gnutls_x509_crl_get_number(crl, raw, &size, NULL) < 0 ||
	    size > sizeof(raw))
		return;
	age->has_number = true;
	memcpy(age->number + UT_CRL_NUMBER - size, raw, size);
}

int ut_crl_age_compare(const struct ut_crl_age *a, const struct ut_crl_age *b)
{
	if (a->has_number && b->has_number)
		return memcmp(a->number, b->number, UT_CRL_NUMBER);
	return a->date < b->date ? -1 : a->date > b->date;
}

/* --- the record --- */

static int record_path(char path[PATH_MAX], const char *dir,
		       gnutls_x509_crt_t ca, struct ut_err *err)
{
	unsigned char id[KEY_BYTES];
	char name[sizeof("crl-") + 2 * KEY_BYTES] = "crl-";
	size_t size = sizeof(id);

	if (gnutls_x509_crt_get_key_id(ca, GNUTLS_KEYID_USE_SHA256, id, &size))
		return ut_err_set(err, UT_EXIT_CERTIFICATE, EINVAL,
				  "cannot read the key of the CA");
	ut_hex(name + 4, id, size);
	return ut_path_join(path, PATH_MAX, dir, name, err);
}

static bool parse(const char *text, struct ut_crl_age *age)
{
	char number[2 * UT_CRL_NUMBER + 1], end;
	long long date;

	memset(age, 0, sizeof(*age));
	if (sscanf(text, "%40s %lld%c", number, &date, &end) != 3 ||
	    end != '\n')
		return false;
	age->date = (time_t)date;
	if (!strcmp(number, "-"))
		return true;
	age->has_number = true;
	return ut_unhex(age->number, UT_CRL_NUMBER, number);
}

/* 1: there is one; 0: none so far. */
static int read_record(const char *path, struct ut_crl_age *age,
		       struct ut_err *err)
{
	struct ut_buf buf;
	bool good;
	int ret;

	ret = ut_file_read(path, &buf, err);
	if (ret == -ENOENT)
		return 0;
	if (ret)
		return ret;
	good = parse(buf.data, age);
	ut_buf_free(&buf);
	if (good)
		return 1;
	ret = ut_err_set(err, UT_EXIT_CERTIFICATE, EINVAL,
			 "%s, which says what the newest revocation list was, is damaged",
			 path);
	ut_err_hint(err, "see that the revocation list is the newest of its CA, then delete %s",
		    path);
	return ret;
}

static int write_record(const char *path, const struct ut_crl_age *age,
			struct ut_err *err)
{
	char text[2 * UT_CRL_NUMBER + 32] = "-";
	size_t len;

	if (age->has_number)
		ut_hex(text, age->number, UT_CRL_NUMBER);
	len = strlen(text);
	len += (size_t)snprintf(text + len, sizeof(text) - len, " %lld\n",
				(long long)age->date);
	return ut_file_write(path, text, len, 0600, true, err);
}

/* --- its directory --- */

/* Of two who raise at once the second must see what the first has written. */
static int lock_dir(const char *dir)
{
	int ret = ut_dir_make(dir, 0700, true, NULL), fd;

	if (ret)
		return ret;
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (!flock(fd, LOCK_EX))
		return fd;
	ret = -errno;
	close(fd);
	return ret;
}

/* --- one CA --- */

static bool newest(gnutls_x509_crt_t ca, const gnutls_x509_crl_t *v,
		   unsigned int n, struct ut_crl_age *age)
{
	struct ut_crl_age other;
	bool found = false;
	unsigned int i;

	for (i = 0; i < n; i++) {
		if (!ut_verify_crl_by(ca, v[i]))
			continue;
		ut_crl_age(v[i], &other);
		if (!found || ut_crl_age_compare(&other, age) > 0)
			*age = other;
		found = true;
	}
	return found;
}

static int stale(bool found, const char *path, struct ut_err *err)
{
	return ut_err_set(err, UT_EXIT_CERTIFICATE, ESTALE, found ?
			  "the revocation list is older than one that was in use here before (%s)" :
			  "there is no revocation list of a CA that had one here before (%s)",
			  path);
}

/* 1: @age is more than there is; 0: the same, or no CRL and none before. */
static int compare(const char *path, gnutls_x509_crt_t ca,
		   const gnutls_x509_crl_t *v, unsigned int n,
		   struct ut_crl_age *age, struct ut_err *err)
{
	bool found = newest(ca, v, n, age);
	struct ut_crl_age floor;
	int ret, order;

	ret = read_record(path, &floor, err);
	if (ret <= 0)
		return ret ? ret : found;
	order = found ? ut_crl_age_compare(age, &floor) : -1;
	return order < 0 ? stale(found, path, err) : order > 0;
}

static void not_kept(const char *dir, const char *why)
{
	static struct ut_ratelimit limit;

	if (ut_ratelimit(&limit, 1))
		ut_log_warn("the number of the newest revocation list cannot be kept in %s, so an older one could be used after a restart: %s",
			    dir, why);
}

int ut_crl_floor_check(const char *dir, gnutls_x509_crt_t ca,
		       const gnutls_x509_crl_t *v, unsigned int n, bool raise,
		       struct ut_err *err)
{
	struct ut_crl_age age;
	struct ut_err why;
	char path[PATH_MAX];
	int lock, ret;

	if (!dir || !dir[0])
		return 0;
	ret = record_path(path, dir, ca, err);
	if (!ret)
		ret = compare(path, ca, v, n, &age, err);
	if (ret <= 0 || !raise)
		return ret < 0 ? ret : 0;
	lock = lock_dir(dir);
	ret = compare(path, ca, v, n, &age, err);
	if (ret > 0 && lock < 0)
		not_kept(dir, strerror(-lock));
	else if (ret > 0 && write_record(path, &age, &why))
		not_kept(dir, why.msg);
	if (lock >= 0)
		close(lock);
	return ret < 0 ? ret : 0;
}

static int each(const char *dir, const struct ut_trust *trust,
		const struct ut_crls *crls, bool raise, struct ut_err *err)
{
	gnutls_x509_trust_list_iter_t iter = NULL;
	gnutls_x509_crt_t ca;
	int ret = 0;

	while (!ret &&
	       !gnutls_x509_trust_list_iter_get_ca(trust->cas, &iter, &ca)) {
		ret = ut_crl_floor_check(dir, ca, crls->v, crls->n, raise,
					 err);
		gnutls_x509_crt_deinit(ca);
	}
	gnutls_x509_trust_list_iter_deinit(iter);
	return ret;
}

int ut_crl_floor_check_all(const char *dir, const struct ut_trust *trust,
			   const struct ut_crls *crls, bool raise,
			   struct ut_err *err)
{
	int ret = each(dir, trust, crls, false, err);

	return ret || !raise ? ret : each(dir, trust, crls, true, err);
}
