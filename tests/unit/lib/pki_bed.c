// SPDX-License-Identifier: GPL-2.0
#include "lib/pki_bed.h"

char pki_dir[128], pki_out[128], pki_pw[128];
struct ut_pki_store pki_store;
struct ut_err pki_err;
static char top[SCRATCH_SIZE];

int pki_setup(void **state)
{
	if (scratch_make(top, "pki"))
		return -1;
	snprintf(pki_dir, sizeof(pki_dir), "%s/ca", top);
	snprintf(pki_out, sizeof(pki_out), "%s/out", top);
	snprintf(pki_pw, sizeof(pki_pw), "%s/pw", top);
	pki_store.dir = pki_dir;
	pki_store.password_file = NULL;
	ut_err_clear(&pki_err);
	return 0;
}

int pki_teardown(void **state)
{
	return scratch_drop(top);
}

void pki_make(void)
{
	if (ut_pki_init(&pki_store, NULL, 0, false, &pki_err))
		fail_msg("init: %s", pki_err.msg);
}

struct ut_pki_cert pki_issue(enum ut_pki_role role, const char *name)
{
	struct ut_pki_issue req = { .role = role, .name = name };
	struct ut_pki_cert made;

	if (ut_pki_issue(&pki_store, &req, &made, &pki_err))
		fail_msg("issue: %s", pki_err.msg);
	return made;
}

mode_t pki_mode(const char *base, const char *name)
{
	char path[256];
	struct stat st;

	snprintf(path, sizeof(path), "%s/%s", base, name);
	assert_int_equal(stat(path, &st), 0);
	return st.st_mode & 07777;
}

bool pki_there(const char *base, const char *name)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", base, name);
	return !access(path, F_OK);
}
