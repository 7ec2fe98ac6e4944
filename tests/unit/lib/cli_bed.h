/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The verbs, with a dock, a kernel and a sysfs tree of our own. They are run with their
 * words, and what they print is kept.
 */
#ifndef UT_TEST_CLI_BED_H
#define UT_TEST_CLI_BED_H

#include <errno.h>
#include <fcntl.h>

#include "cli/cli.h"
#include "lib/fake_machine.h"
#include "lib/fake_sysfs.h"
#include "lib/mock_nl.h"
#include "usb/select.h"

#define VHCI_HEAD	"hub port sta spd dev      sockfd local_busid\n"
#define VHCI_STATUS	"devices/platform/vhci_hcd.0/status"

extern struct ut_cli cli;

/* Path of the configuration file, which is empty at first. */
extern char cli_conf[80];

/* What the last verb printed. */
extern char cli_out[262144], cli_err[4096];

/**
 * struct cli_dock - the dock, and what it was asked
 * @devs: what it lists, and the first of it: what it gives
 * @n: how many
 * @ret: 0, or what each request fails with
 * @code: the exit code that goes with it
 * @lists: how often it was asked for a list
 * @imports: how often for a device
 * @import_fd: the last connection handed out
 * @import_busid: the last device asked for
 * @busy: so many imports it refuses, because another tablet has the device
 * @replaces: how many imports wanted it all the same
 * @homes: what it takes to speak to docks: how many are open
 * @expect: name its certificate had to have at the last list; "": none said
 * @is_real: somebody listens there, so that it is connected to
 */
extern struct cli_dock {
	struct ut_op_device devs[4];
	size_t n;
	int ret;
	enum ut_exit code;
	int lists;
	int imports;
	int import_fd;
	char import_busid[64];
	int busy;
	int replaces;
	int homes;
	char expect[64];
	bool is_real;
} cli_dock;

/**
 * struct cli_vhci - the driver of the tablet
 * @locks: how often its lock was taken
 * @attaches: how often it was given a socket
 * @rets: what each attach returns; NULL: 0
 * @args: port, devid and speed of the last attach
 */
extern struct cli_vhci {
	int locks;
	int attaches;
	const int *rets;
	char args[64];
} cli_vhci;

/* Of each test; its end is fake_machine_teardown(). */
int cli_setup(void **state);

/* vhci-hcd with one port in use, 0, and one free port of each kind. */
void cli_ports(void);

/* Runs a verb with its words; its output lands in cli_out and cli_err. */
int cli_run(const struct ut_verb *verb, const char *words);

/* What the verb has printed, as JSON; json_object_put() it. */
struct json_object *cli_json(void);

/* A member of a JSON object, which must be there. */
struct json_object *json_member(struct json_object *o, const char *key);
const char *json_text(struct json_object *o, const char *key);
int64_t json_number(struct json_object *o, const char *key);

#endif /* UT_TEST_CLI_BED_H */
