// SPDX-License-Identifier: GPL-2.0
/* usbip-tls config check|show|import; cmd_import.c has the last. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cli/cmd_import.h"
#include "cli/config_start.h"

/* --- check --- */

static void add_files(struct json_object *o, const struct ut_config *cfg)
{
	struct json_object *files = ut_json_array(o, "files");
	size_t i;

	for (i = 0; i < cfg->files.n; i++)
		json_object_array_add(files,
				      json_object_new_string(cfg->files.v[i]));
}

static void print_wrong(struct json_object *list, const char *kind)
{
	struct json_object *o;
	size_t i;

	for (i = 0; i < json_object_array_length(list); i++) {
		o = json_object_array_get_idx(list, i);
		/* Without a line the text names the file. */
		if (ut_json_number(o, "line"))
			fprintf(stderr, "%s:%u: ", ut_json_text(o, "file"),
				(unsigned int)ut_json_number(o, "line"));
		fprintf(stderr, "%s%s\n", kind, ut_json_text(o, "text"));
	}
}

static void print_check(struct json_object *o, const void *args)
{
	if (!ut_json_true(o, "ok"))
		return;
	printf("The configuration is in order.\n");
	ut_print_list(o, "files", "  ", "\n");
	ut_json_printf(o, "[!files?  There is no file; all values are defaults.\n]");
}

static int check(struct ut_cli *cli, void *args, struct json_object *o,
		 struct ut_err *err)
{
	struct json_object *errors = ut_json_array(o, "errors");
	struct json_object *warnings = ut_json_array(o, "warnings");
	struct ut_config cfg;
	size_t n;
	int ret;

	ret = ut_config_check(&cfg, cli->config_path, ut_config_add, errors,
			      err);
	if (!ret) {
		ut_config_warn(&cfg, ut_config_add, warnings);
		ut_config_start(&cfg, errors, warnings);
	}
	n = json_object_array_length(errors);
	if (!ret && n)
		err->code = UT_EXIT_CONFIG;
	ut_json_bool(o, "ok", !ret && !n);
	add_files(o, &cfg);
	ut_config_free(&cfg);
	if (!cli->json) {
		print_wrong(errors, "");
		print_wrong(warnings, "warning: ");
	}
	if (!cli->json && (ret || n))
		fprintf(stderr, "%zu error%s in the configuration\nhint: %s\n",
			n, n == 1 ? "" : "s", err->code == UT_EXIT_CONFIG ?
			"usbip-tls.conf(5) describes every key" : err->hint);
	return ret || n ? (int)err->code : UT_EXIT_OK;
}

/* --- show --- */

#define VALUE_WIDTH 48

/* As lines that can be read again: where a value comes from is a comment. */
static void print_show(struct json_object *o, const void *args)
{
	const char *section = "", *value;
	struct json_object *list, *e;
	size_t i, n;
	int width;

	list = ut_json_list(o, "values", &n);
	for (i = 0; i < n; i++) {
		e = json_object_array_get_idx(list, i);
		if (strcmp(section, ut_json_text(e, "section")))
			printf("%s[%s]\n", i ? "\n" : "",
			       ut_json_text(e, "section"));
		section = ut_json_text(e, "section");
		value = ut_json_text(e, "value");
		width = printf("%s =%s%s", ut_json_text(e, "key"),
			       value[0] ? " " : "", value);
		printf("%*s ; ", width < VALUE_WIDTH ? VALUE_WIDTH - width : 0,
		       "");
		ut_json_printf(e, "[file?{file}:{#line}][!file?default]\n");
	}
}

static void add_value(void *arg, const struct ut_config_entry *e)
{
	struct json_object *o = json_object_new_object();

	ut_json_string(o, "section", e->section);
	ut_json_string(o, "key", e->key);
	ut_json_string(o, "value", e->value);
	ut_json_string(o, "file", e->where.file);
	ut_json_uint(o, "line", e->where.line);
	json_object_array_add(arg, o);
}

static int show(struct ut_cli *cli, void *args, struct json_object *o,
		struct ut_err *err)
{
	struct ut_config *cfg = ut_cli_config(cli, err);

	if (!cfg)
		return -EINVAL;
	add_files(o, cfg);
	ut_config_each(cfg, add_value, ut_json_array(o, "values"));
	ut_cli_config_free(cfg);
	return UT_EXIT_OK;
}

/* --- the table --- */

#define CHECK	1u
#define SHOW	2u
#define IMPORT	4u

static const struct ut_opt opts[] = {
	{ 0, NULL, "FILE", NULL, UT_REST(struct ut_config_args, files),
	  .in = IMPORT, .must = IMPORT,
	  .missing = "missing file; give that of a RemoteHub server or client" },
	{ 0, "out", "FILE",
	  "write to FILE, not to standard output; a good place is\n"
	  UT_CONFIG_DIR "/conf.d/remotehub.conf",
	  UT_TEXT(struct ut_config_args, out), .in = IMPORT },
	{ 0, "password-out", "FILE",
	  "write the passphrase of the server's key to FILE, an\n"
	  "absolute path, for root only; needed if it has one",
	  UT_TEXT(struct ut_config_args, password_out), .in = IMPORT },
	{ 0, "force", NULL, "replace existing files",
	  UT_FLAG(struct ut_config_args, force), .in = IMPORT },
	UT_ROW_JSON_IN(CHECK | SHOW), UT_ROW_HELP, { 0 },
};

const struct ut_verb ut_verb_config = {
	.name = "config",
	.summary = "check, show or import the configuration",
	.about =
	"check reads the configuration with its drop-ins, or the file given by -c, and\n"
	"lists every mistake with its file and line, and whatever else would keep\n"
	"usbip-tlsd from starting: certificate, key, lists, addresses. show prints the\n"
	"values in effect and where each comes from; the output is a configuration, too.\n"
	"\n"
	"import converts the JSON files of RemoteHub, one of a server, one of a client\n"
	"or both, into a configuration. Each of their options becomes a line, or a\n"
	"comment that says why it cannot. Read these comments before you use the result.\n"
	"Options that a file leaves out get RemoteHub's defaults; keys that RemoteHub\n"
	"does not know are skipped with a warning.\n",
	.exits =
	"Exit codes: 1 exists already, 4 rights, 5 no such file, 13 a mistake in the\n"
	"configuration or in a file to import.\n",
	.forms = (const struct ut_form[]){
		{ "check", check, print_check }, { "show", show, print_show },
		{ "import", ut_config_import, NULL }, { 0 },
	},
	.opts = opts, .args_size = sizeof(struct ut_config_args),
};
