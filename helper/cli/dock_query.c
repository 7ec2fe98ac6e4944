// SPDX-License-Identifier: GPL-2.0
/* What it takes to speak to docks: see dock_query.h. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "cli/dock_query.h"

int ut_cli_home_open(struct ut_cli_home *h, const struct ut_config *config,
		     struct ut_err *err)
{
	int ret = ut_sandbox_prepare(&h->sandbox, err);

	if (ret)
		return ret;
	h->config = config;
	ret = ut_creds_load(&h->creds, UT_TLS_TABLET, &config->tls, &h->sandbox,
			    err);
	if (ret)
		ut_sandbox_close(&h->sandbox);
	return ret;
}

void ut_cli_home_close(struct ut_cli_home *h)
{
	ut_creds_put(h->creds);
	ut_sandbox_close(&h->sandbox);
}

/* Without the scope of an IPv6 address, which no certificate has. */
void ut_cli_dock_name(const struct ut_cli_home *h,
		      const struct ut_cli_dock *dock, char *buf, size_t size)
{
	const char *s = dock->expect;

	if (!s)
		s = ut_config_expected_name(h->config, dock->host);
	snprintf(buf, size, "%s", s);
	if (strchr(buf, ':'))
		buf[strcspn(buf, "%")] = '\0';
}

int ut_cli_dock_list(const struct ut_cli_home *h,
		     const struct ut_cli_dock *dock,
		     struct ut_op_device **devs, size_t *n,
		     struct ut_err *err)
{
	char name[UT_TLS_NAME_SIZE];
	const struct ut_client_target target = {
		.op = UT_START_LIST, .host = dock->host,
		.port = dock->port ? dock->port : UT_DEFAULT_PORT, .peer = -1,
		.expect = name,
		.deadline = ut_clock_ms() +
			    h->config->tablet.connect_timeout * 1000LL,
		.sandbox = &h->sandbox,
	};
	struct ut_client c;
	int ret;

	ut_cli_dock_name(h, dock, name, sizeof(name));
	ret = ut_client_open(&c, &target, h->creds, err);
	if (ret)
		return ret;
	ret = ut_client_wait(&c, err);
	if (!ret) {
		*devs = c.devs;
		*n = c.n_devs;
		c.devs = NULL;
	}
	ut_client_close(&c);
	return ret;
}
