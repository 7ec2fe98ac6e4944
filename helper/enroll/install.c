// SPDX-License-Identifier: GPL-2.0
/* Puts the files of a machine into their places: see install.h. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "enroll/install.h"
#include "tls/crl.h"
#include "tls/pair.h"

int ut_install_files(struct ut_config_tls *tls, const char *dir,
		     struct ut_err *err)
{
	const struct {
		char *dst;
		const char *name;
	} rows[] = {
		{ tls->ca, "ca.pem" }, { tls->cert, "cert.pem" },
		{ tls->key, "key.pem" }, { tls->crl, "crl.pem" },
	};
	size_t i;
	int ret = 0;

	tls->key_password_file[0] = '\0';
	for (i = 0; !ret && i < sizeof(rows) / sizeof(rows[0]); i++)
		ret = ut_path_join(rows[i].dst, UT_CONFIG_PATH_SIZE, dir,
				   rows[i].name, err);
	return ret;
}

static const char replace[] =
	"this machine has a certificate; replace it with --force";

int ut_install_refuse(const struct ut_config_tls *tls, struct ut_err *err)
{
	int ret = ut_file_absent(tls->cert, replace, err);

	return ret ? ret : ut_file_absent(tls->key, replace, err);
}

/* The same CA may be there already, on a machine that has it. */
static int write_unless_same(const char *path, const struct ut_buf *pem,
			     bool force, struct ut_err *err)
{
	struct ut_buf old;
	bool same;

	if (access(path, F_OK))
		return ut_file_write(path, pem->data, pem->len, 0644, false,
				     err);
	if (force)
		return ut_file_write(path, pem->data, pem->len, 0644, true,
				     err);
	if (ut_file_read(path, &old, err))
		return -EIO;
	same = old.len == pem->len && !memcmp(old.data, pem->data, old.len);
	ut_buf_free(&old);
	if (same)
		return 0;
	ut_err_set(err, UT_EXIT_FAILURE, EEXIST, "%s exists already", path);
	ut_err_hint(err, "%s", replace);
	return -EEXIST;
}

int ut_install(const struct ut_config_tls *tls, const struct ut_pki_bundle *b,
	       bool force, struct ut_err *err)
{
	int ret;

	ret = force ? 0 : ut_install_refuse(tls, err);
	if (!ret && b->ca.len)
		ret = write_unless_same(tls->ca, &b->ca, force, err);
	/* Without a CA and a list the ones that are here stay. */
	if (!ret && tls->crl[0] && (b->crl.len || b->ca.len))
		ret = ut_crl_place(tls, &b->crl, err);
	if (!ret)
		ret = ut_pair_commit(tls, b->cert.data, b->cert.len, err);
	return ret;
}

int ut_install_pem(struct ut_pki_bundle *pem, const struct ut_pki_bundle *der,
		   struct ut_err *err)
{
	int ret;

	memset(pem, 0, sizeof(*pem));
	ret = ut_pem_encode(&pem->cert, "CERTIFICATE", der->cert.data,
			    der->cert.len, err);
	if (!ret)
		ret = ut_pem_encode(&pem->ca, "CERTIFICATE", der->ca.data,
				    der->ca.len, err);
	if (!ret)
		ret = ut_pem_encode(&pem->crl, "X509 CRL", der->crl.data,
				    der->crl.len, err);
	if (ret)
		ut_pki_bundle_free(pem);
	return ret;
}

/* What may stand there without quotes: names, addresses, a scope. */
static bool host_ok(const char *host)
{
	static const char ok[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_:%";

	return host[0] && host[strspn(host, ok)] == '\0';
}

int ut_install_dock(const char *dir, const char *host, uint16_t port,
		    const char *name, bool force,
		    char path[UT_CONFIG_PATH_SIZE], struct ut_err *err)
{
	char text[1024], number[16] = "", file[128];
	int ret, len;

	if (!host_ok(host) || !ut_pki_name_ok(name))
		return ut_err_set(err, UT_EXIT_USAGE, EINVAL,
				  "\"%s\" cannot stand in a configuration file",
				  host);
	if (port)
		snprintf(number, sizeof(number), " port=%u", port);
	len = snprintf(text, sizeof(text),
		       "# Written by \"usbip-tls enroll\". Edit it, or delete it to leave the dock.\n"
		       "[tablet]\n"
		       "dock = %s%s name=%s\n"
		       "attach = allow dock=%s\n", host, number, name, name);
	if (len >= (int)sizeof(text))
		return ut_err_set(err, UT_EXIT_USAGE, ENAMETOOLONG,
				  "the name of the host is too long");
	ret = ut_path_join(path, UT_CONFIG_PATH_SIZE, dir, "conf.d", err);
	if (!ret)
		ret = ut_dir_make(path, 0755, false, err);
	snprintf(file, sizeof(file), "conf.d/50-dock-%s.conf", name);
	if (!ret)
		ret = ut_path_join(path, UT_CONFIG_PATH_SIZE, dir, file, err);
	if (ret)
		return ret;
	/* Somebody may have edited it: then his lines stay. */
	ret = ut_file_write(path, text, (size_t)len, 0644, force, err);
	return ret == -EEXIST ? 0 : ret;
}
