/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the configuration says about a device: the only place where it is
 * decided who gets what. Pure: no I/O, no clock, no state.
 *
 * On a dock a protected device is never given away; else the first rule of
 * [policy] that fits decides, and without one nobody gets the device. Where the
 * classes of a device's interfaces are not known (a gadget, a device record of
 * a stock dock), a rule with "class" that could fit counts as fitting if it
 * denies and as not fitting if it allows.
 */
#ifndef UT_POLICY_VERDICT_H
#define UT_POLICY_VERDICT_H

#include "policy/config.h"
#include "policy/facts.h"

/**
 * enum ut_verdict_kind - what becomes of a device
 * @UT_VERDICT_DENY: no
 * @UT_VERDICT_ALLOW: yes
 * @UT_VERDICT_HIDE: no, for everybody, and it is not to be bound by hand
 * @UT_VERDICT_PROTECTED: the same, whatever the rules say
 */
enum ut_verdict_kind {
	UT_VERDICT_DENY,
	UT_VERDICT_ALLOW,
	UT_VERDICT_HIDE,
	UT_VERDICT_PROTECTED,
};

/**
 * struct ut_verdict - a verdict and its reason
 * @kind: the verdict
 * @take_over: the tablet may take the device from another one
 * @guessed: the rule counts as fitting because classes are not known
 * @rule: index of the rule that decided; -1: none did
 * @where: it stands; the file is NULL if there is none
 * @text: the rule; or why the device is protected; or "no rule matches"
 *
 * The strings belong to the configuration and the facts.
 */
struct ut_verdict {
	enum ut_verdict_kind kind;
	bool take_over;
	bool guessed;
	int rule;
	struct ut_origin where;
	const char *text;
};

/* "allow", "deny", "hide", "protected" */
const char *ut_verdict_name(enum ut_verdict_kind kind);

/*
 * Dock: may this tablet list and use the device? @tablet: name of its
 * certificate, or that of policy/plain.h; "": it has none, which fits no "tablet"
 * and no "group".
 */
void ut_policy_tablet(const struct ut_config *cfg, const struct ut_facts *facts,
		      const char *tablet, struct ut_verdict *v);

/*
 * Dock: may any tablet have the device, so that there is a point in binding it?
 * Names in rules and groups are tried as they are. A glob counts as some
 * tablet's unless a rule before denies the same glob, or all: the answer may be
 * "yes" where globs exclude each other in ways that only a closer look shows.
 * Then the device is bound and nobody gets it.
 *
 * DENY, HIDE and PROTECTED say why nobody may.
 */
void ut_policy_anyone(const struct ut_config *cfg, const struct ut_facts *facts,
		      struct ut_verdict *v);

/*
 * Tablet: should it attach this device of a dock? @dock: name of its
 * certificate; "": it has none, which fits no "dock". ALLOW or DENY.
 */
void ut_policy_attach(const struct ut_config *cfg, const struct ut_facts *facts,
		      const char *dock, struct ut_verdict *v);

/*
 * Tablet: the port of vhci-hcd that the device is to have. -1: any. @v, which
 * may be NULL, has the rule: ALLOW, or DENY if there is none.
 */
int ut_policy_pin(const struct ut_config *cfg, const struct ut_facts *facts,
		  const char *dock, struct ut_verdict *v);

/*
 * Tablet: may this dock be used at all, by allow_docks and deny_docks? One
 * without a certificate ("") never fits, so it may not.
 */
bool ut_policy_dock_allowed(const struct ut_config *cfg, const char *dock);

/* Tablet: its priority, 0..1000; higher is better. */
unsigned int ut_policy_dock_priority(const struct ut_config *cfg,
				     const char *dock);

#endif /* UT_POLICY_VERDICT_H */
