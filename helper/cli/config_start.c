// SPDX-License-Identifier: GPL-2.0
/* config check: would usbip-tlsd start? See config_start.h. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/net.h"
#include "cli/config_start.h"
#include "tls/creds.h"

void ut_config_add(void *array, const char *file, unsigned int line,
		   const char *text)
{
	struct json_object *o = json_object_new_object();

	ut_json_string(o, "file", file);
	ut_json_uint(o, "line", line);
	ut_json_string(o, "text", text);
	json_object_array_add(array, o);
}

/* What is looked at, and the arrays for what is found. */
struct look {
	const struct ut_config *cfg;
	struct json_object *errors;
	struct json_object *warnings;
};

static void complain(struct json_object *array, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

static void complain(struct json_object *array, const char *fmt, ...)
{
	char text[UT_ERR_MSG_SIZE + UT_ERR_HINT_SIZE + 16];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	ut_sanitize(text);
	ut_config_add(array, NULL, 0, text);
}

/* Whoever is not root sees less than the daemon. */
static struct json_object *for_error(const struct look *l, int ret)
{
	return ret == -EACCES ? l->warnings : l->errors;
}

static bool missing(const char *path)
{
	return access(path, F_OK) && errno == ENOENT;
}

/* A machine that has no certificate yet is not misconfigured. */
static bool enrolled(const struct look *l)
{
	const char *cert = l->cfg->tls.cert;

	if (strcmp(cert, UT_CONFIG_DIR "/cert.pem") || !missing(cert))
		return true;
	complain(l->warnings, "there is no %s: usbip-tlsd does not start before this machine has its certificate, see usbip-tls enroll",
		 cert);
	return false;
}

/* The first role that the certificate is good for; any if it is not there. */
static bool role(const struct look *l, enum ut_tls_side *side)
{
	*side = UT_TLS_DOCK;
	if (missing(l->cfg->tls.cert) || ut_creds_fit(&l->cfg->tls, *side))
		return true;
	*side = UT_TLS_TABLET;
	if (ut_creds_fit(&l->cfg->tls, *side))
		return true;
	complain(l->errors, "the certificate %s is neither for a dock nor for a tablet; its extended key usage has to be serverAuth or clientAuth alone, as usbip-tls pki makes it",
		 l->cfg->tls.cert);
	return false;
}

static void look_at_files(const struct look *l, enum ut_tls_side side)
{
	struct ut_creds *creds;
	struct ut_err err;
	int ret;

	ut_err_clear(&err);
	ret = ut_creds_load(&creds, side, &l->cfg->tls, NULL, &err);
	if (ret)
		complain(for_error(l, ret), "%s%s%s", err.msg,
			 err.hint[0] ? "; " : "", err.hint);
	else
		ut_creds_put(creds);
}

/* Any port will do: the right one is the daemon's, if it runs. */
static void look_at_address(const struct look *l, const char *address)
{
	int fd = ut_listen_open(address, 0, NULL);

	if (fd >= 0)
		close(fd);
	/* Without IPv6 the default is not listened on. */
	else if (fd != -EAFNOSUPPORT)
		complain(for_error(l, fd), "cannot listen on %s: %s", address,
			 strerror(-fd));
}

static void look_at_listeners(const struct look *l)
{
	const struct ut_texts *lists[] = {
		&l->cfg->dock.listen, &l->cfg->plaintext.listen,
	};
	size_t i, k;

	if (!lists[0]->n && !lists[1]->n)
		complain(l->errors, "there is no \"listen\", neither in [dock] nor in [plaintext]: a dock does not start");
	for (i = 0; i < 2; i++)
		for (k = 0; k < lists[i]->n; k++)
			look_at_address(l, lists[i]->v[k]);
}

void ut_config_start(const struct ut_config *cfg, struct json_object *errors,
		     struct json_object *warnings)
{
	const struct look l = { cfg, errors, warnings };
	enum ut_tls_side side;

	if (!enrolled(&l) || !role(&l, &side))
		return;
	look_at_files(&l, side);
	if (side == UT_TLS_DOCK)
		look_at_listeners(&l);
}
