// SPDX-License-Identifier: GPL-2.0
/* usbip-tls config import */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/config.h"
#include "cli/remotehub.h"

enum {
	OPT_OUT = UT_OPT_FIRST_FREE, OPT_PASSWORD_OUT, OPT_FORCE,
};

/**
 * struct import_args - the options
 * @out: --out; NULL: standard output
 * @password_out: --password-out
 * @force: --force
 */
struct import_args {
	const char *out;
	const char *password_out;
	bool force;
};

static int option(struct import_args *a, int c)
{
	bool json;

	switch (c) {
	case OPT_OUT:
		a->out = optarg;
		return 0;
	case OPT_PASSWORD_OUT:
		if (optarg[0] != '/')
			return 1 + ut_cli_usage(&ut_verb_config,
						"--password-out wants an absolute path, not \"%s\"",
						optarg);
		a->password_out = optarg;
		return 0;
	case OPT_FORCE:
		a->force = true;
		return 0;
	default:
		return ut_cli_option(&ut_verb_config, c, &json);
	}
}

static int parse(struct import_args *a, int argc, char **argv)
{
	static const struct option opts[] = {
		{ "out", required_argument, NULL, OPT_OUT },
		{ "password-out", required_argument, NULL, OPT_PASSWORD_OUT },
		{ "force", no_argument, NULL, OPT_FORCE },
		UT_LONG_HELP, UT_LONG_END,
	};
	int c, ret;

	while ((c = getopt_long(argc, argv, "h", opts, NULL)) != -1) {
		ret = option(a, c);
		if (ret)
			return ret;
	}
	if (optind == argc)
		return 1 + ut_cli_usage(&ut_verb_config,
					"import what? Give the file of a RemoteHub server or client");
	return 0;
}

static int read_files(struct ut_remotehub *rh, int n, char **files,
		      struct ut_err *err)
{
	struct ut_buf buf;
	int i, ret = 0;

	for (i = 0; !ret && i < n; i++) {
		ret = ut_file_read(files[i], &buf, err);
		if (ret)
			break;
		ret = ut_remotehub_read(rh, files[i], buf.data, buf.len, err);
		ut_buf_free(&buf);
	}
	return ret;
}

static int write_password(const struct ut_remotehub *rh,
			  const struct import_args *a, struct ut_err *err)
{
	char line[UT_PASSWORD_SIZE + 1];
	int len, ret;

	len = snprintf(line, sizeof(line), "%s\n", rh->server.pass);
	ret = ut_file_write(a->password_out, line, (size_t)len, 0600, a->force,
			    err);
	explicit_bzero(line, sizeof(line));
	return ret;
}

/* All or nothing: no passphrase is left behind without its configuration. */
static int write_out(const struct ut_remotehub *rh,
		     const struct import_args *a, const char *ini,
		     struct ut_err *err)
{
	bool pass = rh->server.pass[0];
	int ret = pass ? write_password(rh, a, err) : 0;

	if (ret)
		return ret;
	if (a->out)
		ret = ut_file_write(a->out, ini, strlen(ini), 0644, a->force,
				    err);
	else if (fputs(ini, stdout) < 0 || fflush(stdout))
		ret = ut_err_errno(err, UT_EXIT_FAILURE, EIO,
				   "cannot write to standard output");
	if (ret && pass && !a->force)
		unlink(a->password_out);
	return ret;
}

static int import(struct ut_remotehub *rh, const struct import_args *a, int n,
		  char **files, struct ut_err *err)
{
	char *ini = NULL;
	int ret = read_files(rh, n, files, err);

	if (!ret && rh->server.pass[0] && !a->password_out) {
		ret = ut_err_set(err, UT_EXIT_USAGE, EINVAL,
				 "%s has a key_pass, which a configuration file must not hold",
				 rh->server.file);
		ut_err_hint(err, "name a file for it: --password-out "
			    UT_CONFIG_DIR "/key.pass");
	}
	if (!ret)
		ret = ut_remotehub_ini(rh, a->password_out, &ini, err);
	if (!ret)
		ret = write_out(rh, a, ini, err);
	free(ini);
	return ret;
}

static void warn(const char *text)
{
	fprintf(stderr, "%s\n", text);
}

int ut_config_import(struct ut_cli *cli, int argc, char **argv)
{
	struct import_args a = { 0 };
	struct ut_remotehub rh = { .warn = warn };
	struct ut_err err;
	int ret = parse(&a, argc, argv);

	if (ret)
		return ret - 1;
	ut_err_clear(&err);
	ret = import(&rh, &a, argc - optind, argv + optind, &err);
	explicit_bzero(&rh, sizeof(rh));
	if (ret)
		return ut_cli_fail(&err);
	if (a.out)
		printf("%s written; read its comments, then: usbip-tls -c %s config check\n",
		       a.out, a.out);
	return UT_EXIT_OK;
}
