// SPDX-License-Identifier: GPL-2.0
/* usbip-tls enroll HOST, --from, --csr: the new machine. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/cmd_enroll.h"
#include "enroll/install.h"
#include "enroll/self.h"

static void say_installed(const struct ut_cli_enroll *a, const char *name)
{
	printf("This machine is now the %s %s. Its files: %s %s %s\n",
	       ut_pki_role_name(a->role), name, a->tls.ca, a->tls.cert,
	       a->tls.key);
	/* It is an error if it is configured and missing. */
	if (a->tls.crl[0] && access(a->tls.crl, F_OK))
		printf("No revocation list came with them. Next: put that of your CA into %s, or \"crl =\" into [tls].\n",
		       a->tls.crl);
}

/* A tablet uses the dock that enrolled it without further configuration. */
static int add_dock(const struct ut_cli_enroll *a, const char *dock,
		    struct ut_err *err)
{
	char path[UT_CONFIG_PATH_SIZE];
	int ret;

	if (a->role != UT_PKI_TABLET)
		return 0;
	if (!dock[0]) {
		printf("Next: name a dock in [tablet], see usbip-tls.conf(5); %s is none.\n",
		       a->host);
		return 0;
	}
	ret = ut_install_dock(a->dir, a->host, a->dock_port, dock, a->force,
			      path, err);
	if (ret)
		return ret;
	printf("It uses the dock %s, see %s.\n", dock, path);
	printf("Next: sudo usbip-tls list -r %s%s%s\n", a->host,
	       strcmp(a->host, dock) ? " --dock-name " : "",
	       strcmp(a->host, dock) ? dock : "");
	return 0;
}

/* --name, or the host name. */
static int own_name(const struct ut_cli_enroll *a, char name[UT_PKI_NAME_SIZE],
		    struct ut_err *err)
{
	int ret;

	if (!a->name) {
		ret = ut_self_name(name, err);
		if (ret)
			ut_err_hint(err, "choose one with --name NAME");
		return ret;
	}
	if (!ut_pki_name_ok(a->name)) {
		ret = ut_err_set(err, UT_EXIT_USAGE, EINVAL,
				 "\"%.80s\" is not a name", a->name);
		ut_err_hint(err, "letters, digits, '-', '.' and '_' are allowed, 1 to 63 of them");
		return ret;
	}
	snprintf(name, UT_PKI_NAME_SIZE, "%s", a->name);
	return 0;
}

int ut_cli_enroll_client(const struct ut_cli_enroll *a, struct ut_err *err)
{
	char name[UT_PKI_NAME_SIZE], dock[UT_PKI_NAME_SIZE] = "";
	struct ut_code code;
	struct ut_enroll_client_params params = {
		.host = a->host, .port = a->port, .role = a->role,
		.name = name, .code = &code, .tls = &a->tls, .force = a->force,
	};
	int ret;

	/* Before anybody types a code for nothing. */
	ret = a->force ? 0 : ut_install_refuse(&a->tls, err);
	if (!ret)
		ret = own_name(a, name, err);
	if (!ret)
		ret = ut_cli_code(&code, a->code_file, err);
	if (!ret)
		ret = ut_enroll(&params, dock, err);
	explicit_bzero(&code, sizeof(code));
	if (ret)
		return ret;
	say_installed(a, name);
	return add_dock(a, dock, err);
}

int ut_cli_enroll_from(const struct ut_cli_enroll *a, struct ut_err *err)
{
	const struct ut_install_from req = {
		.from = a->from, .role = a->role, .force = a->force,
	};
	char name[UT_TLS_NAME_SIZE];
	int ret = ut_install_from(&a->tls, &req, name, err);

	if (ret)
		return ret;
	say_installed(a, name);
	if (a->password_file)
		printf("Next: set key_password_file = %s in [tls].\n",
		       a->password_file);
	return 0;
}

int ut_cli_enroll_csr(const struct ut_cli_enroll *a, struct ut_err *err)
{
	char name[UT_PKI_NAME_SIZE];
	int ret = own_name(a, name, err);

	if (!ret)
		ret = ut_install_request(&a->tls, a->role, name, a->csr,
					 a->force, err);
	if (ret)
		return ret;
	printf("Request for %s %s written to %s; the key waits in %s.new\n",
	       ut_pki_role_name(a->role), name, a->csr, a->tls.key);
	printf("Next: have it signed, then sudo usbip-tls enroll --role %s --from FILE\n",
	       ut_pki_role_name(a->role));
	return 0;
}
