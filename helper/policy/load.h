/* SPDX-License-Identifier: GPL-2.0 */
/* Inside of policy/: a configuration while it is read. */
#ifndef UT_POLICY_LOAD_H
#define UT_POLICY_LOAD_H

#include "policy/config.h"

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

#endif /* UT_POLICY_LOAD_H */
