/* SPDX-License-Identifier: GPL-2.0 */
/* Inside of cli/: the verb table and what the verbs share. */
#ifndef UT_CLI_CLI_H
#define UT_CLI_CLI_H

#include <getopt.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/json.h"
#include "cli/dock_query.h"
#include "nl/nl.h"
#include "policy/config.h"
#include "usb/device.h"
#include "usb/record.h"
#include "usb/select.h"
#include "usb/vhci.h"

/**
 * struct ut_cli - what stands before the verb, and what all verbs have
 * @config_path: -c; NULL: the default
 * @port: --tcp-port; 0: not given
 * @debug: -d
 * @json: --json of the verb
 */
struct ut_cli {
	const char *config_path;
	uint16_t port;
	bool debug;
	bool json;
};

struct ut_verb;

/* What an option takes, and what the member is that it sets. */
enum ut_arg_kind {
	UT_ARG_END,		/* of the table */
	UT_ARG_HELP,
	UT_ARG_JSON,
	UT_ARG_FLAG,		/* takes nothing; bool */
	UT_ARG_TEXT,		/* const char * */
	UT_ARG_TEXTS,		/* const char *[@max]; may be given as often */
	UT_ARG_PORT,		/* a TCP port; uint16_t */
	UT_ARG_NUMBER,		/* from @min to @max; int or unsigned int */
	UT_ARG_CHOICE,		/* one of "dock|tablet": 1 or 2; an enum */
	UT_ARG_VERSION,		/* takes nothing; the verb version runs, no more */
	UT_ARG_REST,		/* char **: this word and all behind it, then NULL */
};

/**
 * struct ut_opt - an option of a verb; without @name an argument known by its place
 * @letter: 'o' of "-o"; 0: it has none
 * @name: "option" of "--option"
 * @arg: name of what it takes; NULL: nothing
 * @text: lines for the help; NULL: it is not listed there
 * @kind: enum ut_arg_kind
 * @at: offset of its member in the verb's arguments
 * @in: forms that have it, as bits; 0: all
 * @must: forms that want it: their synopsis has it without brackets
 * @min, @max: of NUMBER and TEXTS
 * @want: what it takes, for the complaint: "a port" for NUMBER; a TEXT that has it
 *	must not be empty
 * @once: TEXT: the complaint if it is given twice
 * @missing: the complaint if a form of @must does without it
 * @either: give it or the next row: "[-p | --json]" in the synopsis
 * @same: another name of the row before, and not in the synopsis
 */
struct ut_opt {
	char letter;
	const char *name;
	const char *arg;
	const char *text;
	enum ut_arg_kind kind;
	size_t at;
	unsigned int in;
	unsigned int must;
	unsigned int min, max;
	const char *want;
	const char *once;
	const char *missing;
	bool either;
	bool same;
};

#define UT_OPT_MAX	24	/* rows of a table */

/* Where a row puts what it takes; of another type the member does not compile. */
#define UT_AT(type, member, ...) \
	.at = offsetof(type, member) + \
	      0 * sizeof(_Generic(((type *)0)->member, __VA_ARGS__))
#define UT_FLAG(type, member) \
	.kind = UT_ARG_FLAG, UT_AT(type, member, bool: 'x')
#define UT_TEXT(type, member) \
	.kind = UT_ARG_TEXT, UT_AT(type, member, const char *: 'x')
#define UT_WORD(type, member, what) UT_TEXT(type, member), .want = what
#define UT_TEXTS(type, member, n, what) \
	.kind = UT_ARG_TEXTS, .max = n, .want = what, \
	UT_AT(type, member, const char **: 'x')
#define UT_PORT(type, member) \
	.kind = UT_ARG_PORT, UT_AT(type, member, uint16_t: 'x')
#define UT_NUMBER(type, member, from, to, what) \
	.kind = UT_ARG_NUMBER, .min = from, .max = to, .want = what, \
	UT_AT(type, member, int: 'x', unsigned int: 'x')
#define UT_CHOICE(type, member) \
	.kind = UT_ARG_CHOICE, UT_AT(type, member, int: 'x', unsigned int: 'x')
#define UT_REST(type, member) \
	.kind = UT_ARG_REST, UT_AT(type, member, char **: 'x')

#define UT_ROW_JSON_IN(forms) \
	{ 0, "json", NULL, "output as JSON", .kind = UT_ARG_JSON, .in = forms }
#define UT_ROW_JSON	UT_ROW_JSON_IN(0)
#define UT_ROW_HELP \
	{ 'h', "help", NULL, "this text", .kind = UT_ARG_HELP }

/* The tables of verbs that have no more than that. */
extern const struct ut_opt ut_opts_json[], ut_opts_help[];

/**
 * struct ut_form - one way to use a verb: a line of its synopsis
 * @sub: "init" of "usbip-tls pki init"; NULL: none, or the same in all forms
 * @run: does it. What there is to tell goes into @o, which has "schema" already; a
 *	form without @print fills it for --json only. It returns an enum ut_exit if
 *	nothing is to be added to what it has printed, or -errno with *err filled
 * @print: shows @o to a person; NULL: @run does
 */
struct ut_form {
	const char *sub;
	int (*run)(struct ut_cli *cli, void *args, struct json_object *o,
		   struct ut_err *err);
	void (*print)(struct json_object *o, const void *args);
};

/**
 * struct ut_verb - one verb
 * @name: as typed
 * @summary: one line for the list of verbs
 * @about: of its help: between the synopsis and the options
 * @exits: behind these; NULL: nothing
 * @forms: ends with one that has no @run; those of one @sub have the same @run
 * @opts: ends with { 0 }
 * @args: what the arguments are without any option; NULL: zeroes
 * @args_size: of the struct that they are in
 */
struct ut_verb {
	const char *name;
	const char *summary;
	const char *about;
	const char *exits;
	const struct ut_form *forms;
	const struct ut_opt *opts;
	const void *args;
	size_t args_size;
};

/* The options before the verb. */
extern const struct ut_verb ut_general;

extern const struct ut_verb ut_verb_attach, ut_verb_bind, ut_verb_config,
	ut_verb_detach, ut_verb_doctor, ut_verb_enroll, ut_verb_help,
	ut_verb_list, ut_verb_pki, ut_verb_policy, ut_verb_port, ut_verb_reload,
	ut_verb_resume, ut_verb_status, ut_verb_suspend, ut_verb_unbind,
	ut_verb_version, ut_verb_watch;
extern const struct ut_verb *const ut_verbs[];
extern const size_t ut_n_verbs;

const struct ut_verb *ut_verb_find(const char *name);

/*
 * Runs a verb: takes its options, and prints what it has to tell. argv[0] is
 * "usbip-tls VERB". Returns an enum ut_exit.
 */
int ut_cli_run(const struct ut_verb *verb, struct ut_cli *cli, int argc,
	       char **argv);

/*
 * Takes the options and arguments of the forms @forms, as bits, into @args. -1, or
 * an enum ut_exit: it is done, or was told what is wrong.
 */
int ut_cli_parse(const struct ut_verb *verb, unsigned int forms,
		 struct ut_cli *cli, void *args, int argc, char **argv);

/* Is the row one of these forms? */
static inline bool ut_opt_in(const struct ut_opt *o, unsigned int forms)
{
	return !o->in || o->in & forms;
}

/* Prints the error; returns its exit code. */
int ut_cli_fail(const struct ut_err *err);

/* Prints a complaint about the arguments of a verb; returns UT_EXIT_USAGE. */
int ut_cli_usage(const struct ut_verb *verb, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* The same after getopt has complained: says where to read more. */
int ut_cli_hint(const struct ut_verb *verb);

/* Prints the help of a verb; returns UT_EXIT_OK. */
int ut_cli_help(const struct ut_verb *verb);

/* The same as lines for a program, see usbip-tls(8). */
void ut_cli_parsable(const struct ut_verb *verb);

/* The configuration. NULL: *err is filled. */
struct ut_config *ut_cli_config(const struct ut_cli *cli, struct ut_err *err);

/* NULL is fine. */
void ut_cli_config_free(struct ut_config *cfg);

/* Returns UT_EXIT_OK, or UT_EXIT_FAILURE. */
int ut_json_print(struct json_object *o);

/*
 * Prints a text made of the members of @o:
 *	{name}		a text; {name:8}: eight columns wide at least, {name:-8}: at
 *			the right of them
 *	{#name}		a number
 *	{~name}		milliseconds as an age
 *	[name?...]	that, if the member is there and not empty, 0 or false
 *	[!name?...]	if it is not
 * The name may be that of a member of a member: "dock.name". A member that is
 * missing is "" or 0. Texts are sanitized, as they come from a daemon or a peer;
 * @format itself never does.
 */
void ut_json_printf(struct json_object *o, const char *format);

/* Each object of the array @key of @o by @print_one; @none if there is none. */
void ut_print_each(struct json_object *o, const char *key,
		   void (*print_one)(struct json_object *), const char *none);

/* The texts of the array @key of @o, each with @before and @after. */
void ut_print_list(struct json_object *o, const char *key, const char *before,
		   const char *after);

/* The members "nodes", the paths, and "drivers". */
void ut_json_nodes(struct json_object *o, const struct ut_vhci_nodes *nodes);

/* The member "device_text", which only a text for a person has: vid:pid and names. */
void ut_json_device_text(struct json_object *o,
			 const struct ut_op_device *dev);

/*
 * Milliseconds in which what is in memory for devices has to be written: [tablet]
 * sleep_wait. A configuration that is wrong keeps nothing from being saved: then it
 * is the default, and what is wrong is printed if @tell.
 */
int64_t ut_cli_sleep_ms(const struct ut_cli *cli, bool tell);

/* --- devices of this machine and of a dock --- */

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

/* Rows of the table of a verb whose arguments have a struct ut_cli_dock dock. */
#define UT_ROWS_DOCK(type, forms) \
	{ 0, "dock-name", "NAME", \
	  "name that the dock's certificate must have (default:\n" \
	  "the rule \"expect\" of the configuration, or HOST)", \
	  UT_WORD(type, dock.expect, "a name"), .in = forms }, \
	{ 0, "tcp-port", "PORT", "TCP port of the dock (default: 3240)", \
	  UT_PORT(type, dock.port), .in = forms }

/* --- status_daemon.c --- */

/*
 * What the daemons of this machine tell, as the member "daemons" of @o. Trouble with
 * a daemon is told on stderr; the kernel's part is of use without it. True: none
 * runs.
 */
bool ut_status_daemons(struct json_object *o);

/* Prints what one daemon has told. */
void ut_status_print(struct json_object *daemon);

#endif /* UT_CLI_CLI_H */
