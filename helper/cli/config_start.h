/* SPDX-License-Identifier: GPL-2.0 */
/* Inside of cli/: would usbip-tlsd start? */
#ifndef UT_CLI_CONFIG_START_H
#define UT_CLI_CONFIG_START_H

#include "cli/cli.h"

/* One more in @array of what is wrong: file and line, or NULL and 0, and text. */
void ut_config_add(void *array, const char *file, unsigned int line,
		   const char *text);

/*
 * What keeps usbip-tlsd from starting with a configuration that is right in itself:
 * certificate, key, lists, addresses.
 */
void ut_config_start(const struct ut_config *cfg, struct json_object *errors,
		     struct json_object *warnings);

#endif /* UT_CLI_CONFIG_START_H */
