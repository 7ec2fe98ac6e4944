// SPDX-License-Identifier: GPL-2.0
/* Clients without TLS in rules: see plain.h. */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "policy/cidr.h"
#include "policy/plain.h"

const char *ut_plain_name(const struct sockaddr *peer,
			  char name[UT_PLAIN_NAME_SIZE])
{
	char text[INET6_ADDRSTRLEN] = "";
	uint8_t addr[16];
	int family = ut_cidr_addr(peer, addr);

	if (family)
		inet_ntop(family, addr, text, sizeof(text));
	snprintf(name, UT_PLAIN_NAME_SIZE, UT_PLAIN_PREFIX "%s", text);
	return name;
}

bool ut_plain_is(const char *name)
{
	return !strncmp(name, UT_PLAIN_PREFIX, strlen(UT_PLAIN_PREFIX));
}

static bool address_allowed(const struct ut_config *cfg, const char *text)
{
	const struct ut_config_plaintext *p = &cfg->plaintext;
	struct ut_cidr one;
	const char *why;

	return !strchr(text, '/') && ut_cidr_parse(text, &one, &why) &&
	       ut_cidrs_have(p->allow.v, p->allow.n, one.family, one.addr);
}

const char *ut_policy_shut_out(const struct ut_config *cfg, const char *name)
{
	if (!name[0])
		return cfg->tls.client_certificate == UT_CLIENT_CERT_OPTIONAL ?
		       NULL : "[tls] client_certificate = require";
	if (ut_plain_is(name)) {
		if (!cfg->plaintext.listen.n)
			return "[plaintext] has no listen";
		if (!address_allowed(cfg, name + strlen(UT_PLAIN_PREFIX)))
			return "[plaintext] allow does not have its address";
	}
	return ut_config_tablet_allowed(cfg, name) ? NULL :
	       "[dock] allow_tablets does not have its name";
}
