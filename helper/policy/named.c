// SPDX-License-Identifier: GPL-2.0
/* Names that the configuration is about: see named.h. */
#include <stdio.h>
#include <string.h>

#include "policy/named.h"
#include "policy/terms.h"

static bool is_about(const char *glob, const char *name, enum ut_term_key key)
{
	return strcmp(glob, "*") && ut_glob_fits(glob, name, ut_term_folds(key));
}

static bool say(char why[UT_NAMED_WHY_SIZE], const char *what, const char *text)
{
	snprintf(why, UT_NAMED_WHY_SIZE, "%s (%.200s) is about", what, text);
	return true;
}

static bool in_rules(const struct ut_rules *rules, enum ut_term_key key,
		     const char *what, const char *name,
		     char why[UT_NAMED_WHY_SIZE])
{
	const struct ut_rule *rule;
	size_t i, k;

	for (i = 0; i < rules->n; i++) {
		rule = &rules->v[i];
		for (k = 0; k < rule->terms.n; k++)
			if (rule->terms.v[k].key == key &&
			    is_about(rule->terms.v[k].glob, name, key))
				return say(why, what, rule->text);
	}
	return false;
}

static bool in_list(const struct ut_texts *list, enum ut_term_key key,
		    const char *what, const char *name,
		    char why[UT_NAMED_WHY_SIZE])
{
	size_t i;

	for (i = 0; i < list->n; i++)
		if (is_about(list->v[i], name, key))
			return say(why, what, list->v[i]);
	return false;
}

static bool names_tablet(const struct ut_config *cfg, const char *name,
			 char why[UT_NAMED_WHY_SIZE])
{
	const struct ut_group *group;
	size_t i, k;

	if (in_rules(&cfg->policy.rules, UT_TERM_TABLET, "a rule", name, why) ||
	    in_list(&cfg->dock.allow_tablets, UT_TERM_TABLET, "allow_tablets",
		    name, why))
		return true;
	/* Also if no rule has the group so far. */
	for (i = 0; i < cfg->policy.groups.n; i++) {
		group = &cfg->policy.groups.v[i];
		for (k = 0; k < group->globs.n; k++)
			if (is_about(group->globs.v[k], name, UT_TERM_TABLET))
				return say(why, "the group", group->name);
	}
	return false;
}

static bool names_dock(const struct ut_config *cfg, const char *name,
		       char why[UT_NAMED_WHY_SIZE])
{
	const struct ut_config_tablet *t = &cfg->tablet;
	size_t i;

	if (in_rules(&t->attach, UT_TERM_DOCK, "attach", name, why) ||
	    in_rules(&t->pins, UT_TERM_DOCK, "pin", name, why) ||
	    in_list(&t->allow_docks, UT_TERM_DOCK, "allow_docks", name, why) ||
	    in_list(&t->deny_docks, UT_TERM_DOCK, "deny_docks", name, why))
		return true;
	for (i = 0; i < t->docks.n; i++)
		if (!strcmp(t->docks.v[i].name, name) ||
		    !strcmp(t->docks.v[i].host, name))
			return say(why, "dock", t->docks.v[i].host);
	for (i = 0; i < t->expect.n; i++)
		if (!strcmp(t->expect.v[i].name, name))
			return say(why, "expect", t->expect.v[i].host);
	for (i = 0; i < t->priority.n; i++)
		if (is_about(t->priority.v[i].glob, name, UT_TERM_DOCK))
			return say(why, "priority", t->priority.v[i].glob);
	return false;
}

bool ut_config_names(const struct ut_config *cfg, bool dock, const char *name,
		     char why[UT_NAMED_WHY_SIZE])
{
	return dock ? names_dock(cfg, name, why) : names_tablet(cfg, name, why);
}
