// SPDX-License-Identifier: GPL-2.0
/* Verdicts: see verdict.h. */
#include <string.h>

#include "policy/plain.h"
#include "policy/terms.h"
#include "policy/verdict.h"

const char *ut_verdict_name(enum ut_verdict_kind kind)
{
	switch (kind) {
	case UT_VERDICT_ALLOW:
		return "allow";
	case UT_VERDICT_HIDE:
		return "hide";
	case UT_VERDICT_PROTECTED:
		return "protected";
	default:
		return "deny";
	}
}

static void no_rule(struct ut_verdict *v)
{
	*v = (struct ut_verdict){
		.kind = UT_VERDICT_DENY, .rule = -1, .text = "no rule matches",
	};
}

static bool protected(const struct ut_facts *facts, struct ut_verdict *v)
{
	if (!facts->protected)
		return false;
	*v = (struct ut_verdict){
		.kind = UT_VERDICT_PROTECTED, .rule = -1, .text = facts->why,
	};
	return true;
}

static void by_rule(const struct ut_rules *rules, size_t i, enum ut_fit fit,
		    struct ut_verdict *v)
{
	const struct ut_rule *r = &rules->v[i];

	*v = (struct ut_verdict){
		.kind = r->action == UT_ALLOW ? UT_VERDICT_ALLOW :
			r->action == UT_HIDE ? UT_VERDICT_HIDE :
			UT_VERDICT_DENY,
		.take_over = r->take_over,
		.guessed = fit == UT_FIT_UNKNOWN,
		.rule = (int)i,
		.where = r->where,
		.text = r->text,
	};
}

/* Does the rule fit the device? What is not known is held against it. */
static enum ut_fit device(const struct ut_rule *r, const struct ut_facts *facts)
{
	enum ut_fit fit = ut_rule_fits_device(r, facts);

	if (fit == UT_FIT_UNKNOWN && r->action == UT_ALLOW)
		return UT_FIT_NO;
	return fit;
}

static void first_match(const struct ut_rules *rules,
			const struct ut_facts *facts,
			const struct ut_peer *peer, struct ut_verdict *v)
{
	enum ut_fit fit;
	size_t i;

	no_rule(v);
	for (i = 0; i < rules->n; i++) {
		fit = device(&rules->v[i], facts);
		if (fit == UT_FIT_NO || !ut_rule_fits_peer(&rules->v[i], peer))
			continue;
		by_rule(rules, i, fit, v);
		return;
	}
}

void ut_policy_tablet(const struct ut_config *cfg, const struct ut_facts *facts,
		      const char *tablet, struct ut_verdict *v)
{
	const struct ut_peer peer = {
		.tablet = tablet, .dock = "",
		.groups = cfg->policy.groups.v,
		.n_groups = cfg->policy.groups.n,
	};

	if (!protected(facts, v))
		first_match(&cfg->policy.rules, facts, &peer, v);
}

static const struct ut_peer *dock_peer(const char *dock, struct ut_peer *peer)
{
	*peer = (struct ut_peer){ .tablet = "", .dock = dock };
	return peer;
}

void ut_policy_attach(const struct ut_config *cfg, const struct ut_facts *facts,
		      const char *dock, struct ut_verdict *v)
{
	struct ut_peer peer;

	first_match(&cfg->tablet.attach, facts, dock_peer(dock, &peer), v);
}

int ut_policy_pin(const struct ut_config *cfg, const struct ut_facts *facts,
		  const char *dock, struct ut_verdict *v)
{
	struct ut_verdict own;
	struct ut_peer peer;

	if (!v)
		v = &own;
	first_match(&cfg->tablet.pins, facts, dock_peer(dock, &peer), v);
	return v->rule < 0 ? -1 : (int)cfg->tablet.pins.v[v->rule].port;
}

bool ut_policy_dock_allowed(const struct ut_config *cfg, const char *dock)
{
	return dock[0] && !ut_globs_fit(&cfg->tablet.deny_docks, dock, true) &&
	       ut_globs_fit(&cfg->tablet.allow_docks, dock, true);
}

unsigned int ut_policy_dock_priority(const struct ut_config *cfg,
				     const char *dock)
{
	size_t i;

	for (i = 0; dock[0] && i < cfg->tablet.priority.n; i++)
		if (ut_glob_fits(cfg->tablet.priority.v[i].glob, dock, true))
			return cfg->tablet.priority.v[i].value;
	return 0;
}

/* --- may anyone have it? --- */

/* Has the rule terms about the tablet? */
static bool has_peer_terms(const struct ut_rule *r)
{
	size_t i;

	for (i = 0; i < r->terms.n; i++)
		if (ut_term_is_peer(&r->terms.v[i]))
			return true;
	return false;
}

/* Does the tablet of this very name get the device, by whatever rule? */
static bool gets(const struct ut_config *cfg, const struct ut_facts *facts,
		 const char *tablet, struct ut_verdict *v)
{
	if (ut_policy_shut_out(cfg, tablet))
		return false;
	ut_policy_tablet(cfg, facts, tablet, v);
	return v->kind == UT_VERDICT_ALLOW;
}

/*
 * The tablets of a group, by name. 1: one of them gets the device; 0: none
 * does; -1: none does, but the group has globs, too.
 */
static int group_gets(const struct ut_config *cfg, const struct ut_facts *facts,
		      const char *group, struct ut_verdict *v)
{
	int left = 0;
	size_t i, k;

	for (i = 0; i < cfg->policy.groups.n; i++) {
		const struct ut_group *g = &cfg->policy.groups.v[i];

		if (!ut_glob_fits(group, g->name,
				  ut_term_folds(UT_TERM_GROUP)))
			continue;
		for (k = 0; k < g->globs.n; k++) {
			if (!ut_glob_is_plain(g->globs.v[k]))
				left = -1;
			else if (gets(cfg, facts, g->globs.v[k], v))
				return 1;
		}
	}
	return left;
}

/* Does every tablet with a name that fits @r fit the term, for sure? */
static bool implied(const struct ut_term *term, const struct ut_rule *r)
{
	size_t i;

	if (term->key == UT_TERM_TABLET && !term->negated &&
	    !strcmp(term->glob, "*"))
		return true;
	for (i = 0; i < r->terms.n; i++)
		if (r->terms.v[i].key == term->key &&
		    r->terms.v[i].negated == term->negated &&
		    !strcmp(r->terms.v[i].glob, term->glob))
			return true;
	return false;
}

/* Does rule @j, which denies, take all tablets with a name from rule @r? */
static bool shadows(const struct ut_rule *j, const struct ut_rule *r)
{
	size_t i;

	for (i = 0; i < j->terms.n; i++)
		if (ut_term_is_peer(&j->terms.v[i]) &&
		    !implied(&j->terms.v[i], r))
			return false;
	return true;
}

/* Does a rule before @n leave nobody with a name for it? */
static bool shadowed(const struct ut_rules *rules, size_t n,
		     const struct ut_facts *facts)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (rules->v[i].action != UT_ALLOW &&
		    device(&rules->v[i], facts) != UT_FIT_NO &&
		    shadows(&rules->v[i], &rules->v[n]))
			return true;
	return false;
}

/*
 * Is there somebody for whom rule @n, which allows and fits the device, is the
 * first that fits? If so, or if a name found on the way gets the device by
 * another rule, *v is the verdict.
 */
static bool reaches(const struct ut_config *cfg, const struct ut_facts *facts,
		    size_t n, struct ut_verdict *v)
{
	const struct ut_rule *r = &cfg->policy.rules.v[n];
	size_t i;
	int got;

	for (i = 0; i < r->terms.n; i++) {
		const struct ut_term *t = &r->terms.v[i];

		if (t->negated)
			continue;
		if (t->key == UT_TERM_TABLET && ut_glob_is_plain(t->glob))
			return gets(cfg, facts, t->glob, v);
		if (t->key != UT_TERM_GROUP)
			continue;
		got = group_gets(cfg, facts, t->glob, v);
		if (got >= 0)
			return got;
	}
	if (shadowed(&cfg->policy.rules, n, facts))
		return false;
	by_rule(&cfg->policy.rules, n, UT_FIT_YES, v);
	return true;
}

void ut_policy_anyone(const struct ut_config *cfg, const struct ut_facts *facts,
		      struct ut_verdict *v)
{
	const struct ut_rules *rules = &cfg->policy.rules;
	struct ut_verdict found;
	enum ut_fit fit;
	size_t i;

	if (protected(facts, v) || gets(cfg, facts, "", v))
		return;
	no_rule(v);
	for (i = 0; i < rules->n; i++) {
		fit = device(&rules->v[i], facts);
		if (fit == UT_FIT_NO)
			continue;
		if (rules->v[i].action == UT_ALLOW) {
			if (reaches(cfg, facts, i, &found)) {
				*v = found;
				return;
			}
			continue;
		}
		/* The first that denies is the reason, if nobody gets it. */
		if (v->rule < 0 || !has_peer_terms(&rules->v[i]))
			by_rule(rules, i, fit, v);
		if (!has_peer_terms(&rules->v[i]))
			return;
	}
}
