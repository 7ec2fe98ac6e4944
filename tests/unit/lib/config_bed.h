/* SPDX-License-Identifier: GPL-2.0 */
/* Configuration files in a directory of our own. */
#ifndef UT_TEST_CONFIG_BED_H
#define UT_TEST_CONFIG_BED_H

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/scratch.h"
#include "lib/unit.h"
#include "policy/config.h"

extern struct ut_config conf;
extern struct ut_err conf_err;
extern char conf_top[SCRATCH_SIZE];

/* A file for one test, and one that stands for /etc/usbip-tls/usbip-tls.conf. */
extern char conf_path[SCRATCH_SIZE + 32], conf_main[SCRATCH_SIZE + 32];

int conf_setup(void **state);
int conf_teardown(void **state);

/* Writes a file below the directory; "conf.d/x.conf" is a drop-in. */
void conf_write(const char *name, const char *text);

/* Reads what is read without -c. */
int conf_load_all(void);

/* Reads a file with this text that stands alone. */
int conf_load(const char *text);

/* The same; there must be no error. */
void conf_good(const char *text);

/* The last error names this place and contains these words. */
void conf_blamed(const char *file, int line, const char *words);

/* The text is refused; the message names the line and contains these words. */
void conf_refused(const char *text, int line, const char *words);

#define CONF_TEST(f) cmocka_unit_test_setup_teardown(f, conf_setup, \
						     conf_teardown)

#endif /* UT_TEST_CONFIG_BED_H */
