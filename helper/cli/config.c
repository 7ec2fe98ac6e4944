// SPDX-License-Identifier: GPL-2.0
/* usbip-tls config check|show|import; import.c has the last. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/config.h"

/* --- check --- */

/**
 * struct findings - what is wrong, or hardly meant
 * @kind: before each line
 * @n: how much
 * @array: as JSON; NULL: as lines on stderr
 */
struct findings {
	const char *kind;
	unsigned int n;
	struct json_object *array;
};

static void report(void *arg, const char *file, unsigned int line,
		   const char *text)
{
	struct findings *f = arg;
	struct json_object *o;

	f->n++;
	if (f->array) {
		o = json_object_new_object();
		ut_json_string(o, "file", file);
		ut_json_uint(o, "line", line);
		ut_json_string(o, "text", text);
		json_object_array_add(f->array, o);
	} else if (line) {
		fprintf(stderr, "%s:%u: %s%s\n", file, line, f->kind, text);
	} else {
		/* The text names the file. */
		fprintf(stderr, "%s%s\n", f->kind, text);
	}
}

static void add_files(struct json_object *o, const struct ut_config *cfg)
{
	struct json_object *files = ut_json_array(o, "files");
	size_t i;

	for (i = 0; i < cfg->files.n; i++)
		json_object_array_add(files,
				      json_object_new_string(cfg->files.v[i]));
}

static void print_good(const struct ut_config *cfg)
{
	size_t i;

	printf("The configuration is in order.\n");
	for (i = 0; i < cfg->files.n; i++)
		printf("  %s\n", cfg->files.v[i]);
	if (!i)
		printf("  There is no file; all values are defaults.\n");
}

static int check(struct ut_cli *cli, int argc, char **argv)
{
	struct json_object *o = NULL;
	struct findings f = { .kind = "" }, w = { .kind = "warning: " };
	struct ut_config cfg;
	struct ut_err err;
	bool json;
	int ret = ut_cli_json_only(&ut_verb_config, argc, argv, &json);

	if (ret)
		return ret - 1;
	if (json) {
		o = ut_json_new();
		f.array = ut_json_array(o, "errors");
		w.array = ut_json_array(o, "warnings");
	}
	ut_err_clear(&err);
	ret = ut_config_check(&cfg, cli->config_path, report, &f, &err);
	if (!ret) {
		ut_config_warn(&cfg, report, &w);
		ret = ut_config_start(&cfg, report, &f, &w);
		err.code = ret ? UT_EXIT_CONFIG : UT_EXIT_OK;
	}
	if (json) {
		ut_json_bool(o, "ok", !ret);
		add_files(o, &cfg);
		ut_json_print(o);
	} else if (ret) {
		fprintf(stderr, "%u error%s in the configuration\n", f.n,
			f.n == 1 ? "" : "s");
		fprintf(stderr, "hint: %s\n", err.code == UT_EXIT_CONFIG ?
			"usbip-tls.conf(5) describes every key" : err.hint);
	} else {
		print_good(&cfg);
	}
	ut_config_free(&cfg);
	return ret ? (int)err.code : UT_EXIT_OK;
}

/* --- show --- */

#define VALUE_WIDTH 48

/* As a line that can be read again: where it comes from is a comment. */
static void show_line(void *arg, const struct ut_config_entry *e)
{
	const char **section = arg;
	int width;

	if (*section != e->section)
		printf("%s[%s]\n", *section ? "\n" : "", e->section);
	*section = e->section;
	width = printf("%s =%s%s", e->key, e->value && e->value[0] ? " " : "",
		       e->value ? e->value : "");
	printf("%*s ; ", width < VALUE_WIDTH ? VALUE_WIDTH - width : 0, "");
	if (e->where.file)
		printf("%s:%u\n", e->where.file, e->where.line);
	else
		printf("default\n");
}

static void show_json(void *arg, const struct ut_config_entry *e)
{
	struct json_object *o = json_object_new_object();

	ut_json_string(o, "section", e->section);
	ut_json_string(o, "key", e->key);
	ut_json_string(o, "value", e->value);
	ut_json_string(o, "file", e->where.file);
	ut_json_uint(o, "line", e->where.line);
	json_object_array_add(arg, o);
}

static int show(struct ut_cli *cli, int argc, char **argv)
{
	const char *section = NULL;
	struct json_object *o;
	struct ut_config *cfg;
	struct ut_err err;
	bool json;
	int ret = ut_cli_json_only(&ut_verb_config, argc, argv, &json);

	if (ret)
		return ret - 1;
	ut_err_clear(&err);
	cfg = ut_cli_config(cli, &err);
	if (!cfg)
		return ut_cli_fail(&err);
	if (json) {
		o = ut_json_new();
		add_files(o, cfg);
		ut_config_each(cfg, show_json, ut_json_array(o, "values"));
		ret = ut_json_print(o);
	} else {
		ut_config_each(cfg, show_line, &section);
	}
	ut_cli_config_free(cfg);
	return ret;
}

static int run(struct ut_cli *cli, int argc, char **argv)
{
	static const struct ut_subverb subs[] = {
		{ "check", check }, { "show", show },
		{ "import", ut_config_import },
	};

	return ut_cli_subverb(&ut_verb_config, subs,
			      sizeof(subs) / sizeof(subs[0]), cli, argc, argv);
}

const struct ut_verb ut_verb_config = {
	.name = "config",
	.summary = "check, show or import the configuration",
	.help =
	"Usage: usbip-tls config check [--json]\n"
	"       usbip-tls config show [--json]\n"
	"       usbip-tls config import FILE... [--out FILE]\n"
	"                               [--password-out FILE] [--force]\n"
	"\n"
	"check reads the configuration with its drop-ins, or the file of -c, and tells\n"
	"all that is wrong with it, each with file and line, and what else would keep\n"
	"usbip-tlsd from starting: certificate, key, lists, addresses. show prints the\n"
	"values in effect and where each comes from; the output is a configuration, too.\n"
	"\n"
	"import converts the JSON files of RemoteHub, one of a server, one of a client\n"
	"or both, into a configuration. Each of their options has a line in it, or a\n"
	"comment that says why it has none. Read those comments before you use it. What\n"
	"a file leaves out is as RemoteHub takes it; keys that RemoteHub does not know\n"
	"are left out with a warning.\n"
	"\n"
	"  --out FILE            write there, not to standard output; a good place is\n"
	"                        " UT_CONFIG_DIR "/conf.d/remotehub.conf\n"
	"  --password-out FILE   write the passphrase of the server's key to FILE, an\n"
	"                        absolute path, for root only; needed if there is one\n"
	"  --force               replace existing files\n"
	"  --json                output as JSON\n"
	"  -h, --help            this text\n"
	"\n"
	"Exit codes: 1 exists already, 4 rights, 5 no such file, 13 something is wrong\n"
	"with the configuration, or with a file to import.\n",
	.run = run,
};
