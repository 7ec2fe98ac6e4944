// SPDX-License-Identifier: GPL-2.0
/* usbip-tls policy test */
#include <stdio.h>
#include <string.h>

#include "cli/local.h"
#include "dock/rights.h"
#include "policy/plain.h"

/**
 * struct answer - what comes out
 * @dev: the device
 * @tablet: the tablet; "": one without a certificate
 * @v: what the rules say
 * @shut_out: why the tablet cannot come in at all; NULL: it can
 */
struct answer {
	struct ut_usb_device dev;
	const char *tablet;
	struct ut_verdict v;
	const char *shut_out;
};

static bool allowed(const struct answer *a)
{
	return !a->shut_out && a->v.kind == UT_VERDICT_ALLOW;
}

static void print_rule(const struct ut_verdict *v)
{
	if (v->rule >= 0)
		printf("  rule %d, %s:%u: %s\n", v->rule + 1, v->where.file,
		       v->where.line, v->text);
	else
		printf("  %s%s\n", v->kind == UT_VERDICT_PROTECTED ?
		       "protected, whatever the rules say: " : "", v->text);
	if (v->kind == UT_VERDICT_HIDE)
		printf("  hidden from everybody: usbip-tls bind refuses it\n");
	if (v->guessed)
		printf("  Its interfaces are not all known; a rule that denies counts as fitting.\n");
	if (v->take_over)
		printf("  It may be taken from another tablet.\n");
}

static int print_text(const struct answer *a)
{
	char text[300], tablet[UT_CONFIG_NAME_SIZE];

	snprintf(tablet, sizeof(tablet), "%s", a->tablet);
	ut_sanitize(tablet);
	printf("%s (%s) for %s%s: %s\n", a->dev.op.busid,
	       ut_op_text(&a->dev.op, text, sizeof(text)),
	       tablet[0] ? "tablet " : "a tablet without a certificate", tablet,
	       allowed(a) ? "allowed" : "refused");
	if (a->shut_out)
		printf("  The tablet cannot come in: %s\n", a->shut_out);
	print_rule(&a->v);
	return UT_EXIT_OK;
}

static int print_json(const struct answer *a)
{
	struct json_object *o = ut_json_new();

	json_object_object_add(o, "device", ut_json_op(&a->dev.op));
	ut_json_string(o, "tablet", a->tablet);
	ut_json_bool(o, "allowed", allowed(a));
	ut_json_string(o, "verdict", ut_verdict_name(a->v.kind));
	ut_json_string(o, "text", a->v.text);
	if (a->v.rule >= 0) {
		ut_json_uint(o, "rule", (uint64_t)a->v.rule + 1);
		ut_json_string(o, "file", a->v.where.file);
		ut_json_uint(o, "line", a->v.where.line);
	}
	ut_json_bool(o, "take_over", a->v.take_over);
	ut_json_bool(o, "interfaces_known", a->dev.classes.complete);
	ut_json_string(o, "shut_out", a->shut_out);
	return ut_json_print(o);
}

static int answer(const struct ut_config *cfg, const char *device,
		  const char *tablet, bool json)
{
	struct answer a = { .tablet = tablet };
	struct ut_protect *protect;
	struct ut_rights rights;
	struct ut_err err;
	int ret;

	ut_err_clear(&err);
	if (ut_cli_local_device(device, UT_USB_EXPORTABLE, &a.dev, &err))
		return ut_cli_fail(&err);
	/* Without it everything is protected, as it is for the daemon. */
	if (ut_protect_scan(&protect, &err))
		return ut_cli_fail(&err);
	ut_rights(cfg, protect, &a.dev, tablet, &rights);
	ut_protect_free(protect);
	a.v = rights.v;
	a.shut_out = ut_policy_shut_out(cfg, tablet);
	ret = json ? print_json(&a) : print_text(&a);
	return ret ? ret : allowed(&a) ? UT_EXIT_OK : UT_EXIT_REFUSED;
}

static int test(struct ut_cli *cli, int argc, char **argv)
{
	static const struct option opts[] = {
		UT_LONG_JSON, UT_LONG_HELP, UT_LONG_END,
	};
	struct ut_config *cfg;
	struct ut_err err;
	bool json = false;
	int c, ret;

	while ((c = getopt_long(argc, argv, "h", opts, NULL)) != -1) {
		ret = ut_cli_option(&ut_verb_policy, c, &json);
		if (ret)
			return ret - 1;
	}
	if (argc - optind < 2)
		return ut_cli_usage(&ut_verb_policy,
				    "which device for which tablet? Give DEVICE TABLET");
	if (argc - optind > 2)
		return ut_cli_unexpected(&ut_verb_policy, argv[optind + 2]);
	ut_err_clear(&err);
	cfg = ut_cli_config(cli, &err);
	if (!cfg)
		return ut_cli_fail(&err);
	ret = answer(cfg, argv[optind], argv[optind + 1], json);
	ut_cli_config_free(cfg);
	return ret;
}

static int run(struct ut_cli *cli, int argc, char **argv)
{
	static const struct ut_subverb subs[] = { { "test", test } };

	return ut_cli_subverb(&ut_verb_policy, subs, 1, cli, argc, argv);
}

const struct ut_verb ut_verb_policy = {
	.name = "policy",
	.summary = "say which tablet may have which device, and by which rule",
	.help =
	"Usage: usbip-tls policy test DEVICE TABLET [--json]\n"
	"\n"
	"Says whether a tablet may have a device of this machine, and which rule of the\n"
	"configuration decides. The device need not be shared, and nothing is changed.\n"
	"\n"
	"  DEVICE      bus id (1-2), vid:pid, serial number or name\n"
	"  TABLET      the name in its certificate, \"\" for one without a certificate,\n"
	"              plaintext@ADDRESS for a client without TLS\n"
	"  --json      output as JSON\n"
	"  -h, --help  this text\n"
	"\n"
	"Exit codes: 0 allowed, 5 no such device, 6 several fit, 8 refused, 13 wrong\n"
	"configuration.\n",
	.run = run,
};
