// SPDX-License-Identifier: GPL-2.0
/* Whether a rule fits: see rules.h. */
#include <stdio.h>
#include <string.h>

#include "policy/terms.h"

bool ut_term_is_peer(const struct ut_term *term)
{
	return term->key == UT_TERM_TABLET || term->key == UT_TERM_GROUP ||
	       term->key == UT_TERM_DOCK;
}

static enum ut_fit fits_class(const char *glob, const struct ut_facts *f)
{
	unsigned int class;

	for (class = 0; class < 256; class++)
		if (ut_facts_has_class(f, (uint8_t)class) &&
		    ut_class_fits(glob, class))
			return UT_FIT_YES;
	return f->classes_known ? UT_FIT_NO : UT_FIT_UNKNOWN;
}

/* A term about the device, as if it were not negated. */
static enum ut_fit fits(const struct ut_term *term, const struct ut_facts *f)
{
	char number[16];
	const char *text;

	switch (term->key) {
	case UT_TERM_ID:
		snprintf(number, sizeof(number), "%04x:%04x", f->vid, f->pid);
		text = number;
		break;
	case UT_TERM_SERIAL:
		text = f->serial;
		break;
	case UT_TERM_CLASS:
		return fits_class(term->glob, f);
	case UT_TERM_PATH:
		text = f->busid;
		break;
	case UT_TERM_BUS:
		snprintf(number, sizeof(number), "%u", f->busnum);
		text = number;
		break;
	case UT_TERM_NAME:
		text = f->name;
		break;
	default:
		return UT_FIT_NO;
	}
	return ut_glob_fits(term->glob, text, ut_term_folds(term->key)) ?
	       UT_FIT_YES : UT_FIT_NO;
}

enum ut_fit ut_rule_fits_device(const struct ut_rule *rule,
				const struct ut_facts *facts)
{
	enum ut_fit all = UT_FIT_YES, one;
	size_t i;

	for (i = 0; i < rule->terms.n; i++) {
		const struct ut_term *term = &rule->terms.v[i];

		if (ut_term_is_peer(term))
			continue;
		one = fits(term, facts);
		if (one == UT_FIT_UNKNOWN)
			all = UT_FIT_UNKNOWN;
		else if ((one == UT_FIT_YES) == term->negated)
			return UT_FIT_NO;
	}
	return all;
}

/* A group may stand in several lines; they add up. */
static bool in_group(const char *glob, const struct ut_peer *peer)
{
	size_t i;

	for (i = 0; i < peer->n_groups; i++) {
		const struct ut_group *g = &peer->groups[i];

		if (!ut_glob_fits(glob, g->name, ut_term_folds(UT_TERM_GROUP)))
			continue;
		if (ut_globs_fit(&g->globs, peer->tablet,
				 ut_term_folds(UT_TERM_TABLET)))
			return true;
	}
	return false;
}

/* One term about the peer. A peer without a name fits no glob, not even "*". */
static bool fits_peer(const struct ut_term *term, const struct ut_peer *peer)
{
	const char *name = term->key == UT_TERM_DOCK ? peer->dock :
						       peer->tablet;
	bool fits = false;

	if (name[0])
		fits = term->key == UT_TERM_GROUP ?
		       in_group(term->glob, peer) :
		       ut_glob_fits(term->glob, name,
				    ut_term_folds(term->key));
	return fits != term->negated;
}

bool ut_rule_fits_peer(const struct ut_rule *rule, const struct ut_peer *peer)
{
	size_t i;

	for (i = 0; i < rule->terms.n; i++)
		if (ut_term_is_peer(&rule->terms.v[i]) &&
		    !fits_peer(&rule->terms.v[i], peer))
			return false;
	return true;
}
