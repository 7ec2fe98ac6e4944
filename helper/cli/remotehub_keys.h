/* SPDX-License-Identifier: GPL-2.0 */
/* Inside of cli/: the keys of RemoteHub's files. */
#ifndef UT_CLI_REMOTEHUB_KEYS_H
#define UT_CLI_REMOTEHUB_KEYS_H

#include <json-c/json.h>

#include "cli/remotehub.h"

#define UT_RH_N_KEYS 10

/* Whose file has the key. */
enum ut_rh_side {
	UT_RH_BOTH,
	UT_RH_SERVER,
	UT_RH_CLIENT,
};

/**
 * struct ut_rh_reader - one file while it is read
 * @seen: keys that the file has
 * @rh: goes here
 * @file: its name
 * @text: what is in it, of @len bytes
 * @key: that is read
 * @use_tls: of this file, whosesoever it is
 * @err: what is wrong
 */
struct ut_rh_reader {
	struct ut_remotehub *rh;
	const char *file;
	const char *text;
	size_t len;
	const char *key;
	bool use_tls;
	bool seen[UT_RH_N_KEYS];
	struct ut_err *err;
};

/**
 * struct ut_rh_key - one key
 * @name: of it
 * @exact: upper and lower case differ
 * @side: whose file has it
 * @type: of its value
 * @set: takes a value of that type. 0, or -EINVAL and the reader's error is set
 */
struct ut_rh_key {
	const char *name;
	bool exact;
	enum ut_rh_side side;
	enum json_type type;
	int (*set)(struct ut_rh_reader *r, struct json_object *v);
};

/* UT_RH_N_KEYS of them. */
extern const struct ut_rh_key ut_rh_keys[];

/*
 * As RemoteHub looks for it: but for "disable_array", upper and lower case are
 * the same. NULL: there is none such.
 */
const struct ut_rh_key *ut_rh_key_find(const char *name);

/* Is it of the type? 3240.0 is a whole number. */
bool ut_rh_is_type(struct json_object *v, enum json_type type);

/*
 * The line of a key of the outermost object, of the last one if it is there
 * twice. 0: it is not there, or written with escapes.
 */
unsigned int ut_rh_line(const char *text, size_t len, const char *key);

/* Something is wrong with the key that is read; returns -EINVAL. */
int ut_rh_bad(const struct ut_rh_reader *r, const char *what);

/* The key that is read means nothing. */
void ut_rh_warn(const struct ut_rh_reader *r, const char *what);

#endif /* UT_CLI_REMOTEHUB_KEYS_H */
