/* SPDX-License-Identifier: GPL-2.0 */
/* A CA, and a machine with a certificate from it, in a temporary directory. */
#ifndef UT_TEST_RENEW_BED_H
#define UT_TEST_RENEW_BED_H

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "enroll/install.h"
#include "lib/caged.h"
#include "lib/scratch.h"
#include "lib/unit.h"
#include "pki/ca.h"
#include "pki/renew.h"
#include "tls/pair.h"

extern struct ut_err renew_err;

#define DAY 86400

extern char renew_top[SCRATCH_SIZE], renew_dir[128], renew_home[128];
extern struct ut_pki_store renew_store;
extern struct ut_config_tls renew_tls;

int renew_setup(void **state);
int renew_teardown(void **state);

/* A machine with a certificate that began @age days ago and has @left. */
struct ut_pki_cert renew_machine(enum ut_pki_role role, int age, int left);

bool renew_there(const char *name);
struct ut_pki_holder renew_holder(void);

/* Does the daemon take the pair, and is the certificate this one? */
void renew_expect_pair(const char *serial);

/* Makes a request and gets the answer; *made describes it. */
struct ut_pki_bundle renew_answer(struct ut_pki_cert *made);

#define T(f) cmocka_unit_test_setup_teardown(f, renew_setup, renew_teardown)

#endif /* UT_TEST_RENEW_BED_H */
