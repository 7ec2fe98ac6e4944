/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One line of a configuration file: "[section]", "key = value", a comment or
 * nothing. Pure, works in place.
 *
 * A comment begins with '#' or ';' at the start of a line, or behind a section
 * or a value with a blank and ';'. Within double quotes ';' is just a
 * character; a backslash there takes the meaning from the character behind it.
 */
#ifndef UT_POLICY_INI_H
#define UT_POLICY_INI_H

#include <stddef.h>

#define UT_INI_MAX_LINE 1024	/* bytes, without the newline */

enum ut_ini_kind {
	UT_INI_BLANK,
	UT_INI_SECTION,
	UT_INI_KEY,
	UT_INI_BAD,
};

/**
 * struct ut_ini_line - what a line says; the strings are parts of that line
 * @kind: which of the rest counts
 * @name: of the section, or of the key
 * @value: of the key, without blanks around it; "" if there is none
 * @why: what is wrong with a bad line
 */
struct ut_ini_line {
	enum ut_ini_kind kind;
	char *name;
	char *value;
	const char *why;
};

/* @line: @len bytes with a NUL behind them and no newline; it is cut up. */
void ut_ini_parse(char *line, size_t len, struct ut_ini_line *out);

#endif /* UT_POLICY_INI_H */
