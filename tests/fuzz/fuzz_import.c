// SPDX-License-Identifier: GPL-2.0
/*
 * RemoteHub's JSON: what is accepted becomes a configuration that can be read
 * and that does not hold the passphrase.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/remotehub.h"

#define PASS_MIN 12	/* shorter ones may be part of any text */

static void fail(const char *what)
{
	fprintf(stderr, "fuzz_import: %s\n", what);
	abort();
}

static void hide_bus(const struct ut_config *cfg,
		     const struct ut_rh_server *server)
{
	char want[32];
	unsigned int i;

	if (cfg->policy.rules.n != server->n_buses + 1)
		fail("rules are lost");
	for (i = 0; i < server->n_buses; i++) {
		snprintf(want, sizeof(want), "hide bus=%u", server->buses[i]);
		if (strcmp(cfg->policy.rules.v[i].text, want))
			fail("a bus is not hidden");
	}
}

static void compare(const struct ut_remotehub *rh, const char *ini)
{
	const struct ut_rh_server *s = &rh->server;
	struct ut_config cfg;
	struct ut_err err;

	if (ut_config_default(&cfg) ||
	    ut_config_parse(&cfg, "ini", ini, &err))
		fail("the result is no configuration");
	if (s->file) {
		hide_bus(&cfg, s);
		if ((s->cert[0] && strcmp(cfg.tls.cert, s->cert)) ||
		    (s->key[0] && strcmp(cfg.tls.key, s->key)) ||
		    strcmp(cfg.discovery.name, s->name))
			fail("a text changes");
		if (strlen(s->pass) >= PASS_MIN && strstr(ini, s->pass) &&
		    !strstr(s->cert, s->pass) && !strstr(s->key, s->pass) &&
		    !strstr(s->name, s->pass))
			fail("the passphrase gets out");
	} else if (rh->client.ca[0] && strcmp(cfg.tls.ca, rh->client.ca)) {
		fail("a text changes");
	}
	ut_config_free(&cfg);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ut_remotehub rh = { 0 };
	struct ut_err err;
	char *ini;

	ut_err_clear(&err);
	if (ut_remotehub_read(&rh, "fuzz.json", (const char *)data, size,
			      &err)) {
		if (err.code != UT_EXIT_CONFIG || !err.msg[0])
			fail("an error that says nothing");
		return 0;
	}
	/* A name may still be no good to us; then it says so. */
	if (ut_remotehub_ini(&rh, "/p", &ini, &err)) {
		if (!strstr(err.msg, "name"))
			fail("what was read cannot be written");
		return 0;
	}
	compare(&rh, ini);
	free(ini);
	return 0;
}
