// SPDX-License-Identifier: GPL-2.0
#include "lib/crl_bed.h"

struct ut_err crl_err;
char crl_top[SCRATCH_SIZE], crl_dir[128], crl_other[128], crl_home[128],
	crl_kept[128];
struct ut_pki_store crl_store, crl_foreign;
struct ut_config_tls crl_tls;
struct ut_creds *crl_creds;

void crl_ok(int ret)
{
	if (ret)
		fail_msg("%s", crl_err.msg);
}

struct ut_pki_cert crl_issue(const char *name, const char *out)
{
	struct ut_pki_issue req = {
		.role = UT_PKI_TABLET, .name = name, .out = out, .force = true,
	};
	struct ut_pki_cert made;

	crl_ok(ut_pki_issue(&crl_store, &req, &made, &crl_err));
	return made;
}

static int set_up(const char *other)
{
	if (scratch_make(crl_top, "crl"))
		return -1;
	snprintf(crl_dir, sizeof(crl_dir), "%s/ca", crl_top);
	snprintf(crl_other, sizeof(crl_other), "%s/other", crl_top);
	snprintf(crl_home, sizeof(crl_home), "%s/home", crl_top);
	snprintf(crl_kept, sizeof(crl_kept), "%s/var/lib/kept", crl_top);
	crl_store = (struct ut_pki_store){ .dir = crl_dir };
	crl_foreign = (struct ut_pki_store){ .dir = crl_other };
	ut_err_clear(&crl_err);
	crl_ok(ut_pki_init(&crl_store, NULL, 0, false, &crl_err));
	crl_ok(ut_pki_init(&crl_foreign, other, 0, false, &crl_err));
	crl_ok(ut_install_files(&crl_tls, crl_home, &crl_err));
	snprintf(crl_tls.crl_state, sizeof(crl_tls.crl_state), "%s", crl_kept);
	crl_issue("lea", crl_home);
	crl_ok(ut_creds_load(&crl_creds, UT_TLS_TABLET, &crl_tls, &cage_sandbox,
			     &crl_err));
	return 0;
}

int crl_setup(void **state)
{
	return set_up("other");
}

int crl_setup_twins(void **state)
{
	return set_up(NULL);
}

int crl_teardown(void **state)
{
	ut_creds_put(crl_creds);
	crl_creds = NULL;
	memset(&crl_tls, 0, sizeof(crl_tls));
	return scratch_drop(crl_top);
}

struct ut_buf crl_list_of(const char *ca)
{
	struct ut_buf buf;
	char path[256];

	snprintf(path, sizeof(path), "%s/crl.pem", ca);
	crl_ok(ut_file_read(path, &buf, &crl_err));
	return buf;
}

void crl_put(const void *data, size_t len)
{
	crl_ok(ut_file_write(crl_tls.crl, data, len, 0644, true, &crl_err));
}

void crl_copy(const char *ca)
{
	struct ut_buf buf = crl_list_of(ca);

	crl_put(buf.data, buf.len);
	ut_buf_free(&buf);
}

int crl_reload(void)
{
	ut_err_clear(&crl_err);
	return ut_crl_reload(crl_creds, &crl_tls, &crl_err);
}

int crl_restart(void)
{
	ut_creds_put(crl_creds);
	crl_creds = NULL;
	ut_err_clear(&crl_err);
	return ut_creds_load(&crl_creds, UT_TLS_TABLET, &crl_tls, &cage_sandbox,
			     &crl_err);
}
