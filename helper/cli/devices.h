/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Inside of cli/: which device is meant, of this machine for bind, unbind and
 * policy, or of a dock for list and attach.
 */
#ifndef UT_CLI_DEVICES_H
#define UT_CLI_DEVICES_H

#include "cli/cli.h"
#include "tablet/client.h"

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

/* Rows of the table of a verb whose arguments have a struct ut_client_target dock. */
#define UT_ROWS_DOCK(type, forms) \
	{ 0, "dock-name", "NAME", \
	  "name that the dock's certificate must have (default:\n" \
	  "the rule \"expect\" of the configuration, or HOST)", \
	  UT_TEXT(type, dock.expect), .in = forms }, \
	{ 0, "tcp-port", "PORT", "TCP port of the dock (default: 3240)", \
	  UT_PORT(type, dock.port), .in = forms }

/* ut_client_list(), and what came from the dock made fit to be printed. */
int ut_cli_dock_list(const struct ut_client_target *dock,
		     struct ut_op_device **devs, size_t *n,
		     struct ut_err *err);

/* Does nothing for so long. */
void ut_cli_rest(unsigned int ms);

#endif /* UT_CLI_DEVICES_H */
