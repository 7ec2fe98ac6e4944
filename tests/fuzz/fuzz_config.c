// SPDX-License-Identifier: GPL-2.0
/*
 * Configuration text: whatever is accepted keeps to its limits, says the same
 * when it is written out and read again, and can be asked for verdicts.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/verdict.h"

static void fail(const char *what)
{
	fprintf(stderr, "fuzz_config: %s\n", what);
	abort();
}

static void write_entry(void *arg, const struct ut_config_entry *e)
{
	fprintf(arg, "[%s]\n%s = %s\n", e->section, e->key,
		e->value ? e->value : "");
}

/* All values, one section header each. */
static char *written(const struct ut_config *cfg)
{
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	if (!f)
		abort();
	ut_config_each(cfg, write_entry, f);
	if (fclose(f))
		abort();
	return text;
}

static void rules_in_bounds(const struct ut_rules *rules, size_t max)
{
	size_t i, k;

	if (rules->n > max)
		fail("too many rules");
	for (i = 0; i < rules->n; i++) {
		if (rules->v[i].terms.n > UT_RULE_MAX_TERMS)
			fail("too many terms");
		if (!rules->v[i].where.file || !rules->v[i].where.line)
			fail("a rule from nowhere");
		for (k = 0; k < rules->v[i].terms.n; k++)
			if (!rules->v[i].terms.v[k].glob)
				fail("a term without a glob");
	}
}

static void ask(const struct ut_config *cfg)
{
	struct ut_op_device op = {
		.busid = "1-2", .busnum = 1, .vid = 0x46d, .pid = 0xc31c,
		.manufacturer = "A b", .product = "C", .serial = "X 1",
		.nif = 1, .interfaces = { { 3, 1, 1 } },
	};
	struct ut_facts facts;
	struct ut_verdict one, any;
	int port;

	ut_facts_of_op(&op, &facts);
	ut_policy_tablet(cfg, &facts, "lea", &one);
	ut_policy_anyone(cfg, &facts, &any);
	if (one.kind == UT_VERDICT_ALLOW && any.kind != UT_VERDICT_ALLOW &&
	    ut_config_tablet_allowed(cfg, "lea"))
		fail("somebody gets what nobody gets");
	port = ut_policy_pin(cfg, &facts, "desk", &one);
	if (port < -1 || port > UT_PIN_MAX_PORT)
		fail("a port that is none");
	ut_policy_attach(cfg, &facts, "desk", &one);
	if (one.kind != UT_VERDICT_ALLOW && one.kind != UT_VERDICT_DENY)
		fail("a tablet hides a device");
	facts.classes_known = false;
	ut_policy_tablet(cfg, &facts, "", &one);
	ut_facts_protect(&facts, "");
	ut_policy_anyone(cfg, &facts, &any);
	if (any.kind != UT_VERDICT_PROTECTED)
		fail("a protected device is given away");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = strndup((const char *)data, size), *first, *second;
	struct ut_config cfg, again;
	struct ut_err err;

	if (!text || ut_config_default(&cfg))
		abort();
	ut_err_clear(&err);
	if (ut_config_parse(&cfg, "fuzz", text, &err)) {
		if (err.code != UT_EXIT_CONFIG || !err.msg[0] || cfg.files.v)
			fail("an error that says nothing, or leaves something");
		free(text);
		return 0;
	}
	rules_in_bounds(&cfg.policy.rules, UT_RULE_MAX);
	rules_in_bounds(&cfg.tablet.attach, UT_RULE_MAX);
	rules_in_bounds(&cfg.tablet.pins, UT_PIN_MAX);
	ask(&cfg);
	first = written(&cfg);
	if (ut_config_default(&again) ||
	    ut_config_parse(&again, "again", first, &err))
		fail("what was accepted is refused");
	second = written(&again);
	if (strcmp(first, second))
		fail("what was accepted changes");
	ut_config_free(&again);
	ut_config_free(&cfg);
	free(second);
	free(first);
	free(text);
	return 0;
}
