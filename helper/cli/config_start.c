// SPDX-License-Identifier: GPL-2.0
/* config check: would usbip-tlsd start? See config.h. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/config.h"
#include "base/listen.h"
#include "tls/creds.h"

/* What is looked at, and the arrays for what is found. */
struct look {
	const struct ut_config *cfg;
	struct json_object *errors;
	struct json_object *warnings;
};

static void complain(const struct look *l, int ret, const struct ut_err *err)
{
	char text[UT_ERR_MSG_SIZE + UT_ERR_HINT_SIZE + 16];

	snprintf(text, sizeof(text), "%s%s%s", err->msg,
		 err->hint[0] ? "; " : "", err->hint);
	/* Whoever is not root sees less than the daemon. */
	ut_config_add(ret == -EACCES ? l->warnings : l->errors, NULL, 0, text);
}

static bool missing(const char *path)
{
	return access(path, F_OK) && errno == ENOENT;
}

/* Nothing is wrong with a machine that has not got its certificate yet. */
static bool enrolled(const struct look *l)
{
	char text[UT_CONFIG_PATH_SIZE + 128];

	if (strcmp(l->cfg->tls.cert, UT_CONFIG_DIR "/cert.pem") ||
	    !missing(l->cfg->tls.cert))
		return true;
	snprintf(text, sizeof(text),
		 "there is no %s: usbip-tlsd does not start before this machine has its certificate, see usbip-tls enroll",
		 l->cfg->tls.cert);
	ut_config_add(l->warnings, NULL, 0, text);
	return false;
}

/* The first role that the certificate is good for; any if it is not there. */
static bool role(const struct look *l, enum ut_tls_side *side)
{
	struct ut_err err;

	*side = UT_TLS_DOCK;
	if (missing(l->cfg->tls.cert) || ut_creds_fit(&l->cfg->tls, *side))
		return true;
	*side = UT_TLS_TABLET;
	if (ut_creds_fit(&l->cfg->tls, *side))
		return true;
	ut_err_set(&err, UT_EXIT_CERTIFICATE, EINVAL,
		   "the certificate %s is neither for a dock nor for a tablet",
		   l->cfg->tls.cert);
	ut_err_hint(&err, "its extended key usage has to be serverAuth or clientAuth alone, as usbip-tls pki makes it");
	complain(l, -EINVAL, &err);
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
		complain(l, ret, &err);
	else
		ut_creds_put(creds);
}

/* Any port will do: the right one is the daemon's, if it runs. */
static void look_at_address(const struct look *l, const char *address)
{
	struct ut_err err;
	int fd = ut_listen_open(address, 0, &err);

	if (fd >= 0) {
		close(fd);
		return;
	}
	/* Without IPv6 the default is not listened on. */
	if (fd == -EAFNOSUPPORT)
		return;
	ut_err_errno(&err, UT_EXIT_CONFIG, fd, "cannot listen on %s", address);
	err.hint[0] = '\0';
	complain(l, fd, &err);
}

static void look_at_listeners(const struct look *l)
{
	const struct ut_texts *lists[] = {
		&l->cfg->dock.listen, &l->cfg->plaintext.listen,
	};
	struct ut_err err;
	size_t i, k;

	if (!lists[0]->n && !lists[1]->n) {
		ut_err_set(&err, UT_EXIT_CONFIG, EINVAL,
			   "there is no \"listen\", neither in [dock] nor in [plaintext]: a dock does not start");
		err.hint[0] = '\0';
		complain(l, -EINVAL, &err);
	}
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
