// SPDX-License-Identifier: GPL-2.0
/*
 * A name that means something already is not given to whoever asks for it: one that
 * was issued before, also if that certificate is revoked or has expired, would get
 * the rules of the machine that had it, and one that a rule is about would get what
 * that rule gives. Somebody at the dock has to say that it is meant.
 */
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "enroll/enroll_server.h"
#include "policy/named.h"
#include "policy/terms.h"

/* 1: it was, *why says what became of it; 2: and it is valid, without force. */
static int issued_before(const struct ut_enroll_server_params *p,
			 const char *name, char why[UT_NAMED_WHY_SIZE],
			 struct ut_err *err)
{
	struct ut_pki_cert *certs;
	time_t now = time(NULL);
	size_t i, n;
	int ret;

	ret = ut_pki_list(&p->store, &certs, &n, err);
	if (ret)
		return ret;
	for (i = 1; i < n; i++) {
		if (strcasecmp(certs[i].name, name))
			continue;
		ret = 1;
		snprintf(why, UT_NAMED_WHY_SIZE, "was issued before (%s)",
			 certs[i].revoked ? "that certificate is revoked" :
			 certs[i].not_after < now ?
			 "that certificate has expired" :
			 "that certificate is valid");
		if (!strcmp(certs[i].name, name) && !certs[i].revoked &&
		    certs[i].not_after >= now && !p->force) {
			ret = 2;
			break;
		}
	}
	free(certs);
	return ret;
}

static bool named(const struct ut_enroll_server_params *p, const char *name,
		  char why[UT_NAMED_WHY_SIZE])
{
	char line[UT_NAMED_WHY_SIZE];

	if (!p->config ||
	    !ut_config_names(p->config, p->role == UT_PKI_DOCK, name, line))
		return false;
	snprintf(why, UT_NAMED_WHY_SIZE, "is one that %.*s",
		 UT_NAMED_WHY_SIZE - 16, line);
	return true;
}

enum ut_enroll_refusal ut_approve(const struct ut_enroll_server_params *p,
				  const char *peer, const char *name,
				  char why[UT_APPROVAL_WHY_SIZE],
				  struct ut_err *err)
{
	char what[UT_NAMED_WHY_SIZE];
	int ret;

	/* The person who started this has named it. */
	if (p->pattern && ut_glob_is_plain(p->pattern))
		return 0;
	ret = issued_before(p, name, what, err);
	if (ret < 0)
		return UT_REFUSAL_CA;
	/* There is nothing to ask: it is taken. */
	if (ret == 2 || (!ret && !named(p, name, what)))
		return 0;
	if (p->approve && p->approve(peer, name, what, p->arg))
		return 0;
	snprintf(why, UT_APPROVAL_WHY_SIZE,
		 "the name it wants %s, and %s; start with --name %s if that is meant",
		 what, p->approve ? "nobody here has said yes" :
		 "there is no terminal to ask at", name);
	return UT_REFUSAL_NOT_APPROVED;
}
