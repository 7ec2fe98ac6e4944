/* SPDX-License-Identifier: GPL-2.0 */
/* A private CA in a directory of its own. */
#ifndef UT_TEST_PKI_BED_H
#define UT_TEST_PKI_BED_H

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/scratch.h"
#include "lib/unit.h"
#include "pki/pki.h"

/* The last two are not there yet: what is handed out, and a passphrase. */
extern char pki_dir[128], pki_out[128], pki_pw[128];
extern struct ut_pki_store pki_store;
extern struct ut_err pki_err;

int pki_setup(void **state);
int pki_teardown(void **state);

#define T(f) cmocka_unit_test_setup_teardown(f, pki_setup, pki_teardown)

/* The CA itself. */
void pki_make(void);

struct ut_pki_cert pki_issue(enum ut_pki_role role, const char *name);

mode_t pki_mode(const char *base, const char *name);
bool pki_there(const char *base, const char *name);

#endif /* UT_TEST_PKI_BED_H */
