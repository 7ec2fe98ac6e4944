// SPDX-License-Identifier: GPL-2.0
#include "lib/config_bed.h"

struct ut_config conf;
struct ut_err conf_err;
char conf_top[SCRATCH_SIZE];
char conf_path[SCRATCH_SIZE + 32], conf_main[SCRATCH_SIZE + 32];

int conf_setup(void **state)
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
	memset(&conf, 0, sizeof(conf));
	ut_err_clear(&conf_err);
	return 0;
}

int conf_teardown(void **state)
{
	ut_config_free(&conf);
	ut_config_dir_set(NULL);
	return scratch_drop(conf_top);
}

void conf_write(const char *name, const char *text)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", conf_top, name);
	scratch_write(path, text);
}

int conf_load_all(void)
{
	ut_config_free(&conf);
	ut_err_clear(&conf_err);
	return ut_config_load(&conf, NULL, &conf_err);
}

int conf_load(const char *text)
{
	conf_write("alone.conf", text);
	ut_config_free(&conf);
	ut_err_clear(&conf_err);
	return ut_config_load(&conf, conf_path, &conf_err);
}

void conf_good(const char *text)
{
	if (conf_load(text))
		fail_msg("refused: %s", conf_err.msg);
}

void conf_blamed(const char *file, int line, const char *words)
{
	char where[160];

	assert_int_equal(conf_err.code, UT_EXIT_CONFIG);
	snprintf(where, sizeof(where), "%s:%d: ", file, line);
	if (strncmp(conf_err.msg, where, strlen(where)) ||
	    !strstr(conf_err.msg, words))
		fail_msg("message is \"%s\", wanted \"%s...%s\"", conf_err.msg,
			 where, words);
	assert_true(conf_err.hint[0]);
}

void conf_refused(const char *text, int line, const char *words)
{
	if (conf_load(text) != -EINVAL)
		fail_msg("not refused: %s", text);
	conf_blamed(conf_path, line, words);
}
