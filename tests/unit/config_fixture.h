/* SPDX-License-Identifier: GPL-2.0 */
/* Configuration files in a directory of our own. */
#ifndef UT_TEST_CONFIG_FIXTURE_H
#define UT_TEST_CONFIG_FIXTURE_H

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/unit.h"
#include "policy/config.h"
#include "lib/scratch.h"

static struct ut_config cfg;
static struct ut_err err;
static char conf_top[SCRATCH_SIZE];

/* A file of its own, and one that stands for /etc/usbip-tls/usbip-tls.conf. */
static char conf_path[SCRATCH_SIZE + 32], conf_main[SCRATCH_SIZE + 32];

static inline int conf_setup(void **state)
{
	char dir[SCRATCH_SIZE + 32];

	if (scratch_make(conf_top, "config"))
		return -1;
	snprintf(conf_path, sizeof(conf_path), "%s/alone.conf", conf_top);
	snprintf(conf_main, sizeof(conf_main), "%s/" UT_CONFIG_FILE, conf_top);
	snprintf(dir, sizeof(dir), "%s/" UT_CONFIG_DROP_INS, conf_top);
	if (mkdir(dir, 0755))
		return -1;
	ut_config_dir_set(conf_top);
	memset(&cfg, 0, sizeof(cfg));
	ut_err_clear(&err);
	return 0;
}

static inline int conf_teardown(void **state)
{
	ut_config_free(&cfg);
	ut_config_dir_set(NULL);
	return scratch_drop(conf_top);
}

/* A file of this content below the directory; "conf.d/x.conf" is a drop-in. */
static inline void conf_write(const char *name, const char *text)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", conf_top, name);
	scratch_write(path, text);
}

/* Reads what would be read without -c. */
static inline int conf_load_all(void)
{
	ut_config_free(&cfg);
	ut_err_clear(&err);
	return ut_config_load(&cfg, NULL, &err);
}

/* Reads a file of this content that stands alone. */
static inline int conf_load(const char *text)
{
	conf_write("alone.conf", text);
	ut_config_free(&cfg);
	ut_err_clear(&err);
	return ut_config_load(&cfg, conf_path, &err);
}

/* The same, and it must be right. */
static inline void conf_good(const char *text)
{
	if (conf_load(text))
		fail_msg("refused: %s", err.msg);
}

/* The last error is about this place and has these words. */
static inline void conf_blamed(const char *file, int line, const char *words)
{
	char where[160];

	assert_int_equal(err.code, UT_EXIT_CONFIG);
	snprintf(where, sizeof(where), "%s:%d: ", file, line);
	if (strncmp(err.msg, where, strlen(where)) || !strstr(err.msg, words))
		fail_msg("message is \"%s\", wanted \"%s...%s\"", err.msg,
			 where, words);
	assert_true(err.hint[0]);
}

/* The text is refused, the message names the line and has these words. */
static inline void conf_refused(const char *text, int line, const char *words)
{
	if (conf_load(text) != -EINVAL)
		fail_msg("not refused: %s", text);
	conf_blamed(conf_path, line, words);
}

#define CONF_TEST(f) cmocka_unit_test_setup_teardown(f, conf_setup, \
						     conf_teardown)

#endif /* UT_TEST_CONFIG_FIXTURE_H */
