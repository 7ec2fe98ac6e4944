/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Inside of cli/: choosing a device of this machine; options of bind, unbind.
 */
#ifndef UT_CLI_LOCAL_H
#define UT_CLI_LOCAL_H

#include "cli/cli.h"

/*
 * The device that @what names, among those of @filter unless it is a bus id. 0
 * or -errno.
 */
int ut_cli_local_device(const char *what, enum ut_usb_filter filter,
			struct ut_usb_device *out, struct ut_err *err);

/* What a verb does with a device. 0 or -errno. */
typedef int ut_cli_act(struct ut_cli *cli, const struct ut_usb_device *dev,
		       struct ut_err *err);

/*
 * Parses "-b|-d DEVICE", finds the device among those of @filter, calls @act
 * with it and prints "DEVICE: @done". Returns an enum ut_exit.
 */
int ut_cli_on_device(struct ut_cli *cli, const struct ut_verb *verb, int argc,
		     char **argv,
		     enum ut_usb_filter filter,
		     ut_cli_act *act, const char *done);

#endif /* UT_CLI_LOCAL_H */
