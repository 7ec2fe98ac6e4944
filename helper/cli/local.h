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

/* The arguments of bind and unbind, and their table. */
struct ut_device_args {
	const char *device;
};

extern const struct ut_opt ut_opts_device[];

/*
 * Finds the device among those of @filter, calls @act with it and prints
 * "DEVICE: @done". 0 or -errno.
 */
int ut_cli_on_device(struct ut_cli *cli, const struct ut_device_args *args,
		     enum ut_usb_filter filter, ut_cli_act *act,
		     const char *done, struct ut_err *err);

#endif /* UT_CLI_LOCAL_H */
