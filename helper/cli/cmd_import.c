// SPDX-License-Identifier: GPL-2.0
/* usbip-tls config import */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cmd_import.h"
#include "cli/remotehub.h"

static int read_files(struct ut_remotehub *rh, char **files,
		      struct ut_err *err)
{
	struct ut_buf buf;
	int ret = 0;

	for (; !ret && *files; files++) {
		ret = ut_file_read(*files, &buf, err);
		if (ret)
			break;
		ret = ut_remotehub_read(rh, *files, buf.data, buf.len, err);
		ut_buf_free(&buf);
	}
	return ret;
}

static int write_password(const struct ut_remotehub *rh,
			  const struct ut_config_args *a, struct ut_err *err)
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
		     const struct ut_config_args *a, const char *ini,
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

static int import(struct ut_remotehub *rh, const struct ut_config_args *a,
		  struct ut_err *err)
{
	char *ini = NULL;
	int ret = read_files(rh, a->files, err);

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

int ut_config_import(struct ut_cli *cli, void *args, struct json_object *o,
		     struct ut_err *err)
{
	const struct ut_config_args *a = args;
	struct ut_remotehub rh = { .warn = warn };
	int ret;

	if (a->password_out && a->password_out[0] != '/')
		return ut_cli_usage(&ut_verb_config,
				    "--password-out wants an absolute path, not \"%s\"",
				    a->password_out);
	ret = import(&rh, a, err);
	explicit_bzero(&rh, sizeof(rh));
	if (!ret && a->out)
		printf("%s written; read its comments, then: usbip-tls -c %s config check\n",
		       a->out, a->out);
	return ret;
}
