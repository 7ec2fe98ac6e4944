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
 * @rh: goes here
 * @key: that is read
 * @use_tls: of this file, whosesoever it is
 * @seen: keys that the file has
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
 * @exact: upper and lower case differ
 * @side: whose file has it
 * @set: takes a value of the type to @at. 0, or -EINVAL and the reader's error is set
 * @at: offset in struct ut_remotehub
 */
struct ut_rh_key {
	const char *name;
	bool exact;
	enum ut_rh_side side;
	enum json_type type;
	int (*set)(struct ut_rh_reader *r, struct json_object *v, void *at);
	size_t at;
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

/* Something is wrong with the key that is read; returns -EINVAL. */
int ut_rh_bad(const struct ut_rh_reader *r, const char *what);

#endif /* UT_CLI_REMOTEHUB_KEYS_H */
