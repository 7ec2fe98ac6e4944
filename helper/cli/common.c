// SPDX-License-Identifier: GPL-2.0
/* What the verbs share: the list of them, errors, the configuration, devices. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"

const struct ut_verb *const ut_verbs[] = {
	&ut_verb_attach, &ut_verb_detach, &ut_verb_list, &ut_verb_port,
	&ut_verb_bind, &ut_verb_unbind, &ut_verb_status, &ut_verb_watch,
	&ut_verb_reload, &ut_verb_suspend, &ut_verb_resume, &ut_verb_config,
	&ut_verb_policy, &ut_verb_doctor, &ut_verb_enroll, &ut_verb_pki,
	&ut_verb_version, &ut_verb_help,
};

const size_t ut_n_verbs = sizeof(ut_verbs) / sizeof(ut_verbs[0]);

const struct ut_verb *ut_verb_find(const char *name)
{
	size_t i;

	for (i = 0; i < ut_n_verbs; i++)
		if (!strcmp(ut_verbs[i]->name, name))
			return ut_verbs[i];
	return NULL;
}

int ut_cli_fail(const struct ut_err *err)
{
	fflush(stdout);
	fprintf(stderr, "usbip-tls: %s\n", err->msg);
	if (err->hint[0])
		fprintf(stderr, "hint: %s\n", err->hint);
	return err->code == UT_EXIT_OK ? UT_EXIT_FAILURE : err->code;
}

struct ut_config *ut_cli_config(const struct ut_cli *cli, struct ut_err *err)
{
	struct ut_config *cfg = malloc(sizeof(*cfg));

	if (!cfg) {
		ut_err_errno(err, UT_EXIT_FAILURE, ENOMEM,
			     "cannot read the configuration");
		return NULL;
	}
	if (ut_config_load(cfg, cli->config_path, err)) {
		free(cfg);
		return NULL;
	}
	return cfg;
}

void ut_cli_config_free(struct ut_config *cfg)
{
	if (cfg)
		ut_config_free(cfg);
	free(cfg);
}

int64_t ut_cli_sleep_ms(const struct ut_cli *cli, bool tell)
{
	struct ut_config *cfg;
	struct ut_err err;
	int64_t s = UT_CONFIG_SLEEP_WAIT;

	cfg = ut_cli_config(cli, &err);
	if (cfg)
		s = cfg->tablet.sleep_wait;
	else if (tell)
		ut_cli_fail(&err);
	ut_cli_config_free(cfg);
	return s * 1000;
}

/* --- devices of this machine --- */

int ut_cli_local_device(const char *what, enum ut_usb_filter filter,
			struct ut_usb_device *out, struct ut_err *err)
{
	struct ut_usb_device *devs = NULL;
	struct ut_op_device *ops;
	size_t i, n, index;
	int ret;

	/* A bus id needs no list to choose from. */
	if (ut_busid_valid(what))
		return ut_usb_get_settled(what, out, err);
	ret = ut_usb_list(filter, &devs, &n, err);
	if (ret)
		return ret;
	ops = calloc(n + 1, sizeof(*ops));
	if (!ops) {
		free(devs);
		return ut_err_errno(err, UT_EXIT_FAILURE, ENOMEM,
				    "cannot choose a device");
	}
	for (i = 0; i < n; i++)
		ops[i] = devs[i].op;
	ret = ut_select(ops, n, what, "this machine", &index, err);
	if (!ret)
		*out = devs[index];
	free(ops);
	free(devs);
	return ret;
}

const struct ut_opt ut_opts_device[] = {
	{ 'b', "busid", "DEVICE",
	  "bus id (1-2), vid:pid, serial number or name",
	  UT_TEXT(struct ut_device_args, device), .must = 1,
	  .once = "one device at a time",
	  .missing = "missing device; give -b DEVICE" },
	{ 'd', "device", "DEVICE", "the same",
	  UT_TEXT(struct ut_device_args, device), .same = true,
	  .once = "one device at a time" },
	UT_ROW_HELP, { 0 },
};

int ut_cli_on_device(struct ut_cli *cli, const struct ut_device_args *args,
		     enum ut_usb_filter filter, ut_cli_act *act,
		     const char *done, struct ut_err *err)
{
	struct ut_usb_device dev;
	char text[300];
	int ret;

	ret = ut_cli_local_device(args->device, filter, &dev, err);
	if (!ret)
		ret = act(cli, &dev, err);
	if (!ret)
		printf("%s (%s): %s\n", dev.op.busid,
		       ut_op_text(&dev.op, text, sizeof(text)), done);
	return ret;
}
