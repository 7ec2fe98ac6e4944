/* SPDX-License-Identifier: GPL-2.0 */
/* Inside of cli/: the verb table and what the verbs share. */
#ifndef UT_CLI_CLI_H
#define UT_CLI_CLI_H

#include <getopt.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/json.h"
#include "nl/nl.h"
#include "policy/config.h"
#include "usb/device.h"
#include "usb/record.h"
#include "usb/select.h"
#include "usb/vhci.h"

/**
 * struct ut_cli - what stands before the verb
 * @config_path: -c; NULL: the default
 * @port: --tcp-port; 0: not given
 */
struct ut_cli {
	const char *config_path;
	uint16_t port;
};

/**
 * struct ut_verb - one verb
 * @name: as typed
 * @summary: one line for the list of verbs
 * @help: synopsis, options, exit codes
 * @run: parses its own arguments; argv[0] is "usbip-tls VERB". Returns an enum
 *	ut_exit
 */
struct ut_verb {
	const char *name;
	const char *summary;
	const char *help;
	int (*run)(struct ut_cli *cli, int argc, char **argv);
};

/**
 * struct ut_subverb - "usbip-tls VERB NAME"
 * @name: as typed
 * @run: as that of a verb; argv[0] is "usbip-tls VERB"
 */
struct ut_subverb {
	const char *name;
	int (*run)(struct ut_cli *cli, int argc, char **argv);
};

extern const struct ut_verb ut_verb_attach;
extern const struct ut_verb ut_verb_bind;
extern const struct ut_verb ut_verb_config;
extern const struct ut_verb ut_verb_detach;
extern const struct ut_verb ut_verb_doctor;
extern const struct ut_verb ut_verb_enroll;
extern const struct ut_verb ut_verb_help;
extern const struct ut_verb ut_verb_list;
extern const struct ut_verb ut_verb_pki;
extern const struct ut_verb ut_verb_policy;
extern const struct ut_verb ut_verb_port;
extern const struct ut_verb ut_verb_reload;
extern const struct ut_verb ut_verb_resume;
extern const struct ut_verb ut_verb_status;
extern const struct ut_verb ut_verb_suspend;
extern const struct ut_verb ut_verb_unbind;
extern const struct ut_verb ut_verb_version;
extern const struct ut_verb ut_verb_watch;

extern const struct ut_verb *const ut_verbs[];
extern const size_t ut_n_verbs;

const struct ut_verb *ut_verb_find(const char *name);

/* Prints the error; returns its exit code. */
int ut_cli_fail(const struct ut_err *err);

/* Prints a complaint about the arguments of a verb; returns UT_EXIT_USAGE. */
int ut_cli_usage(const struct ut_verb *verb, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* The same about an argument that the verb has no use for. */
int ut_cli_unexpected(const struct ut_verb *verb, const char *arg);

/* The same after getopt has complained. */
int ut_cli_bad_option(const struct ut_verb *verb);

/* Prints the help of a verb; returns UT_EXIT_OK. */
int ut_cli_help(const struct ut_verb *verb);

/*
 * Takes --json, --help or what getopt did not know, from getopt's return value
 * @c. 0: go on; else the verb is done, and this is its exit code plus one.
 */
int ut_cli_option(const struct ut_verb *verb, int c, bool *json);

/*
 * The arguments of a verb that has --json and --help only. 0: go on; else its
 * exit code plus one.
 */
int ut_cli_json_only(const struct ut_verb *verb, int argc, char **argv,
		     bool *json);

/* Runs the one of @n subverbs that argv[1] names, or tells which there are. */
int ut_cli_subverb(const struct ut_verb *verb, const struct ut_subverb *subs,
		   size_t n, struct ut_cli *cli, int argc, char **argv);

/**
 * struct ut_help_option - one option, as a help text has it
 * @brief: "-o", or empty
 * @name: "--option"
 * @arg: name of its argument; empty: it has none
 * @text: what it does, first line
 */
struct ut_help_option {
	char brief[4];
	char name[32];
	char arg[32];
	char text[96];
};

/*
 * Finds the next option in a help text. Returns where to look for the one after
 * it; NULL if there is none.
 */
const char *ut_help_option(const char *help, struct ut_help_option *o);

/*
 * Prints what the help of @verb (NULL: the general one) tells a program, see
 * usbip-tls(8): lines "sub", "arg" and "option".
 */
void ut_help_print(const char *verb, const char *help);

/* A decimal number in a range; false if it is not one. */
bool ut_cli_number(const char *text, unsigned long min, unsigned long max,
		   unsigned long *out);

/* The configuration. NULL: *err is filled. */
struct ut_config *ut_cli_config(const struct ut_cli *cli, struct ut_err *err);

/* NULL is fine. */
void ut_cli_config_free(struct ut_config *cfg);

/* Options that every verb has. */
enum {
	UT_OPT_JSON = 256,
	UT_OPT_TCP_PORT,
	UT_OPT_DOCK_NAME,
	UT_OPT_FIRST_FREE,
};

#define UT_LONG_HELP	{ "help", no_argument, NULL, 'h' }
#define UT_LONG_JSON	{ "json", no_argument, NULL, UT_OPT_JSON }
#define UT_LONG_END	{ NULL, 0, NULL, 0 }

/* Prints and frees it; returns UT_EXIT_OK, or UT_EXIT_FAILURE. */
int ut_json_print(struct json_object *o);

/* All attributes of a session, with names in the place of numbers. */
struct json_object *ut_json_session(const struct ut_session *s);

/* The members "nodes", the paths, and "drivers". */
void ut_json_nodes(struct json_object *o, const struct ut_vhci_nodes *nodes);

/* A port, with its session (may be NULL) and nodes (may be NULL). */
struct json_object *ut_json_port(const struct ut_vhci_port *port,
				 const struct ut_session *session,
				 const struct ut_op_device *dev,
				 const struct ut_vhci_nodes *nodes);

/*
 * The session that holds a vhci port: tablet, not closed, the same port. NULL
 * if there is none, e.g. because the stock tool made the attachment.
 */
const struct ut_session *ut_session_of_port(const struct ut_session *s,
					    size_t n, uint32_t port);

/* Prints " /dev/sda /dev/sg0": each path with a blank before it. */
void ut_print_nodes(const struct ut_vhci_nodes *nodes);

/* "2 d 3 h", "4 min 5 s", "6 s"; returns buf. */
const char *ut_age_text(uint64_t ms, char *buf, size_t size);

/*
 * Milliseconds in which what is in memory for devices has to be written: [tablet]
 * sleep_wait. A configuration that is wrong keeps nothing from being saved: then it
 * is the default, and what is wrong is printed if @tell.
 */
int64_t ut_cli_sleep_ms(const struct ut_cli *cli, bool tell);

#endif /* UT_CLI_CLI_H */
