// SPDX-License-Identifier: GPL-2.0
/* What bind and unbind share. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "cli/local.h"

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

int ut_cli_on_device(struct ut_cli *cli, const struct ut_verb *verb, int argc,
		     char **argv, enum ut_usb_filter filter, ut_cli_act *act,
		     const char *done)
{
	static const struct option opts[] = {
		{ "busid", required_argument, NULL, 'b' },
		{ "device", required_argument, NULL, 'd' },
		UT_LONG_HELP,
		UT_LONG_END,
	};
	struct ut_usb_device dev;
	const char *what = NULL;
	char text[300];
	struct ut_err err;
	int c;

	while ((c = getopt_long(argc, argv, "b:d:h", opts, NULL)) != -1) {
		if (c == 'h')
			return ut_cli_help(verb);
		if (c != 'b' && c != 'd')
			return ut_cli_hint(verb);
		if (what)
			return ut_cli_usage(verb, "one device at a time");
		what = optarg;
	}
	if (optind < argc)
		return ut_cli_unexpected(verb, argv[optind]);
	if (!what)
		return ut_cli_usage(verb, "which device? Give -b DEVICE");
	ut_err_clear(&err);
	if (ut_cli_local_device(what, filter, &dev, &err) ||
	    act(cli, &dev, &err))
		return ut_cli_fail(&err);
	printf("%s (%s): %s\n", dev.op.busid,
	       ut_op_text(&dev.op, text, sizeof(text)), done);
	return UT_EXIT_OK;
}
