/* SPDX-License-Identifier: GPL-2.0 */
/* Two CAs, and a machine with a certificate and the revocation list of one of them. */
#ifndef UT_TEST_CRL_BED_H
#define UT_TEST_CRL_BED_H

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "enroll/install.h"
#include "lib/caged.h"
#include "lib/scratch.h"
#include "lib/unit.h"
#include "pki/ca.h"
#include "pki/pki.h"
#include "tls/creds.h"
#include "tls/crl.h"

extern struct ut_err crl_err;
extern char crl_top[SCRATCH_SIZE], crl_dir[128], crl_other[128], crl_home[128],
	crl_kept[128];
extern struct ut_pki_store crl_store, crl_foreign;
extern struct ut_config_tls crl_tls;
extern struct ut_creds *crl_creds;

void crl_ok(int ret);
struct ut_pki_cert crl_issue(const char *name, const char *out);
int crl_setup(void **state);

/* Both CAs have the default name. */
int crl_setup_twins(void **state);

int crl_teardown(void **state);
struct ut_buf crl_list_of(const char *ca);
void crl_put(const void *data, size_t len);

/* Puts the list of @ca in our place, as by scp. */
void crl_copy(const char *ca);

int crl_reload(void);

/* As for SIGHUP, after a restart, and by every command. */
int crl_restart(void);

#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, crl_setup, crl_teardown)
#define TWINS(name) \
	{ #name "_twins", name, crl_setup_twins, crl_teardown, NULL }

#endif /* UT_TEST_CRL_BED_H */
