/* SPDX-License-Identifier: GPL-2.0 */
/* Inside of policy/: the table of configuration keys, and a file while it is read. */
#ifndef UT_POLICY_KEYS_H
#define UT_POLICY_KEYS_H

#include <stddef.h>

#include "policy/config.h"

struct ut_key;

/**
 * struct ut_set - a value on its way into the configuration
 * @key: its key
 * @member: where it goes: the member, or a new item of a list, all zero
 * @value: the text
 * @where: it stands
 * @why: what is wrong with it, if there is more to say than what is allowed
 */
struct ut_set {
	const struct ut_key *key;
	void *member;
	const char *value;
	struct ut_origin where;
	char why[UT_RULE_WHY_SIZE];
};

/**
 * struct ut_key - one key
 * @section: without brackets
 * @name: the key
 * @def: default, as it would be written; of a list one a line, NULL: empty
 * @allowed: what a value may be, for the error message
 * @offset: of the member in struct ut_config
 * @min: least number
 * @max: greatest number; of a list how many items
 * @item: size of an item of a list; 0: not a list
 * @set: stores a value; false if it is not allowed. A list's value is not empty
 * @drop: frees what an item holds; NULL: nothing
 * @words: of an enum, in the order of its values, each with a NUL behind it
 */
struct ut_key {
	const char *section;
	const char *name;
	const char *def;
	const char *allowed;
	size_t offset;
	unsigned int min;
	unsigned int max;
	size_t item;
	bool (*set)(struct ut_set *s);
	void (*drop)(void *item);
	const char *words;
};

extern const struct ut_key ut_keys[];
extern const size_t ut_n_keys;

/* The index of a key, or ut_n_keys. */
size_t ut_key_find(const char *section, const char *name);

/* "[tls], [dock], ..."; returns buf. */
const char *ut_section_list(char *buf, size_t size);

/* "ca, cert, ..." of one section; returns buf. */
const char *ut_key_list(const char *section, char *buf, size_t size);

/* values.c: single values */
bool ut_set_path(struct ut_set *s);
bool ut_set_path_or_none(struct ut_set *s);
bool ut_set_number(struct ut_set *s);
bool ut_set_port(struct ut_set *s);
bool ut_set_yes_no(struct ut_set *s);
bool ut_set_min_version(struct ut_set *s);
bool ut_set_word(struct ut_set *s);
bool ut_set_own_name(struct ut_set *s);

/* items.c: items of lists */
bool ut_set_address(struct ut_set *s);
bool ut_set_glob(struct ut_set *s);
bool ut_set_net(struct ut_set *s);
bool ut_set_expect(struct ut_set *s);
bool ut_set_known_dock(struct ut_set *s);
bool ut_set_priority(struct ut_set *s);
bool ut_set_group(struct ut_set *s);
bool ut_set_rule(struct ut_set *s);
bool ut_set_attach(struct ut_set *s);
bool ut_set_pin(struct ut_set *s);

/* --- load.c --- */

/**
 * struct ut_loader - one configuration while it is read
 * @cfg: goes here
 * @report: told of all that is wrong; may be NULL
 * @arg: for it
 * @err: the first thing that is wrong
 * @ret: 0, or -errno of that
 * @file: that is read; belongs to @cfg
 * @line: in it
 * @section: of that line; "": before the first one; NULL: an unknown one
 * @complaints: about this file
 * @seen: keys of this file
 */
struct ut_loader {
	struct ut_config *cfg;
	ut_config_report *report;
	void *arg;
	struct ut_err *err;
	int ret;
	const char *file;
	unsigned int line;
	const char *section;
	unsigned int complaints;
	bool seen[UT_CONFIG_MAX_KEYS];
};

/* Puts the defaults of all keys in. 0 or -errno, also in @l->ret. */
int ut_load_defaults(struct ut_loader *l);

/* One file. @text: @len bytes and a NUL; it is cut up. */
void ut_load_text(struct ut_loader *l, const char *file, char *text,
		  size_t len);

/* Something is wrong with a line of a file. */
void ut_load_complain_at(struct ut_loader *l, const char *file,
			 unsigned int line, const char *text);

/* Or with the file as a whole: *err says what, @ret is -errno. */
void ut_load_complain_file(struct ut_loader *l, const char *file,
			   const struct ut_err *err, int ret);

/*
 * check.c: what only shows when all files are read. Calls @complain for each
 * thing that is wrong.
 */
void ut_config_cross_check(const struct ut_config *cfg,
			   void (*complain)(void *arg,
					    const struct ut_origin *where,
					    const char *text), void *arg);

#endif /* UT_POLICY_KEYS_H */
