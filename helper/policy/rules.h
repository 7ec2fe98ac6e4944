/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Rules about devices: how they are written, and whether one fits. Pure.
 *
 *	rule   = allow|deny|hide [take-over] TERM...
 *	attach = allow|deny TERM...
 *	pin    = PORT TERM...
 *	TERM   = KEY=GLOB or KEY!=GLOB, a glob with blanks in double quotes
 *
 * A rule fits if all its terms do. Globs are those of fnmatch(3), always in the
 * C locale, so that the command and the daemon agree whatever the language of
 * the machine is; upper and lower case of ASCII letters are the same except in
 * serial numbers and names of tablets.
 */
#ifndef UT_POLICY_RULES_H
#define UT_POLICY_RULES_H

#include <stdbool.h>
#include <stddef.h>

#include "policy/facts.h"
#include "base/vec.h"

#define UT_RULE_MAX		256	/* in [policy], and attach in [tablet] */
#define UT_RULE_MAX_TERMS	16
#define UT_PIN_MAX		64
#define UT_PIN_MAX_PORT		3839	/* UT_VHCI_MAX_PORTS - 1 */
#define UT_GROUP_MAX		64
#define UT_GROUP_MAX_GLOBS	64
#define UT_RULE_WHY_SIZE	256

/**
 * struct ut_origin - a place in a file
 * @file: borrowed from the configuration; NULL: no file
 * @line: counted from 1
 */
struct ut_origin {
	const char *file;
	unsigned int line;
};

/** enum ut_rule_kind - which of the three lists a rule is for */
enum ut_rule_kind {
	UT_RULE_DOCK,
	UT_RULE_ATTACH,
	UT_RULE_PIN,
};

enum ut_rule_action {
	UT_ALLOW,
	UT_DENY,
	UT_HIDE,
};

enum ut_term_key {
	UT_TERM_ID,
	UT_TERM_SERIAL,
	UT_TERM_CLASS,
	UT_TERM_PATH,
	UT_TERM_BUS,
	UT_TERM_NAME,
	UT_TERM_TABLET,
	UT_TERM_GROUP,
	UT_TERM_DOCK,
	UT_TERM_KEYS
};

/**
 * struct ut_term - one condition
 * @key: of what
 * @negated: "!="
 * @glob: pattern
 */
struct ut_term {
	enum ut_term_key key;
	bool negated;
	char *glob;
};

/**
 * struct ut_rule - one rule
 * @action: what happens to a device that fits; a pin allows
 * @take_over: a tablet may take the device from another
 * @port: of a pin
 * @terms: all must fit; none: every device does
 * @where: it stands
 * @text: as it is written, blanks at its ends left out
 */
struct ut_rule {
	enum ut_rule_action action;
	bool take_over;
	unsigned int port;
	UT_VEC(struct ut_term) terms;
	struct ut_origin where;
	char *text;
};

struct ut_rules {
	struct ut_rule *v;
	size_t n;
};

/**
 * struct ut_group - a name for several tablets
 * @name: of the group
 * @globs: of certificate names
 */
struct ut_group {
	char *name;
	struct ut_texts globs;
};

/*
 * Reads a rule; @rule->where stays as it is. False: @why says what is wrong,
 * and ut_rule_drop() frees what there is. @rule must be all zero before.
 */
bool ut_rule_parse(enum ut_rule_kind kind, const char *text,
		   struct ut_rule *rule, char why[UT_RULE_WHY_SIZE]);

/* "NAME GLOB..."; the same with ut_group_drop(). */
bool ut_group_parse(const char *text, struct ut_group *group,
		    char why[UT_RULE_WHY_SIZE]);

/* Free what an item holds; it is a struct ut_rule, or a struct ut_group. */
void ut_rule_drop(void *rule);
void ut_group_drop(void *group);

/*
 * Takes the next word at *p: up to a blank, or between double quotes. 1: *word
 * is allocated; 0: none is left; -1: @why says what is wrong.
 */
int ut_rule_word(const char **p, char **word, char why[UT_RULE_WHY_SIZE]);

/**
 * enum ut_fit - does a rule or term fit?
 * @UT_FIT_UNKNOWN: it depends on the classes of interfaces that are not known
 */
enum ut_fit {
	UT_FIT_NO,
	UT_FIT_YES,
	UT_FIT_UNKNOWN,
};

/**
 * struct ut_peer - the other machine
 * @tablet: certificate name of the tablet; "": it has none
 * @dock: certificate name of the dock; "": it has none
 * @groups: of tablets
 * @n_groups: how many
 */
struct ut_peer {
	const char *tablet;
	const char *dock;
	const struct ut_group *groups;
	size_t n_groups;
};

/* Is the term about the peer, not about the device? */
bool ut_term_is_peer(const struct ut_term *term);

/* All terms about the device. */
enum ut_fit ut_rule_fits_device(const struct ut_rule *rule,
				const struct ut_facts *facts);

/* All terms about the peer. */
bool ut_rule_fits_peer(const struct ut_rule *rule, const struct ut_peer *peer);

#endif /* UT_POLICY_RULES_H */
