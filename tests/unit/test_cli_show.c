// SPDX-License-Identifier: GPL-2.0
/* list, port and status: what they show, as text and as JSON. */
#include "lib/cli_bed.h"

static void test_list_remote(void **state)
{
	struct json_object *o, *a, *d;

	assert_int_equal(cli_run(&ut_verb_list, "-r dock1 --json"), UT_EXIT_OK);
	o = cli_json();
	assert_string_equal(json_text(o, "host"), "dock1");
	a = json_member(o, "devices");
	assert_int_equal(json_object_array_length(a), 2);
	d = json_object_array_get_idx(a, 1);
	assert_string_equal(json_text(d, "busid"), "1-3");
	assert_string_equal(json_text(d, "pid"), "5567");
	assert_string_equal(json_text(d, "serial"), "BBB?");
	assert_int_equal(json_number(d, "speed"), 3);
	assert_string_equal(json_text(json_object_array_get_idx(
			    json_member(d, "interfaces"), 0), "class"), "08");
	json_object_put(o);
	assert_int_equal(cli_run(&ut_verb_list, "-p -r dock1"), UT_EXIT_OK);
	assert_string_equal(cli_out, "busid=1-2#usbid=0781:5567#\n"
			    "busid=1-3#usbid=0781:5567#\n");
	assert_int_equal(cli_run(&ut_verb_list, "-r dock1"), UT_EXIT_OK);
	assert_non_null(strstr(cli_out, "1-2: "));
	assert_null(strchr(cli_out, '\033'));
}

static void test_list_local(void **state)
{
	static const struct fake_dev stick = {
		.parent = "devices/pci0/usb1", .busid = "1-2",
		.driver = "usb", .vid = "0781\n", .pid = "5567\n",
		.class = "00\n", .speed = "480\n", .product = "Cruzer\n",
	};
	struct json_object *o, *d;

	fake_device(&stick);
	assert_int_equal(cli_run(&ut_verb_list, "-l --json"), UT_EXIT_OK);
	o = cli_json();
	d = json_object_array_get_idx(json_member(o, "devices"), 0);
	assert_string_equal(json_text(d, "status"), "not-bound");
	assert_string_equal(json_text(d, "driver"), "usb");
	json_object_put(o);
	assert_int_equal(cli_run(&ut_verb_list, "-l -p"), UT_EXIT_OK);
	assert_string_equal(cli_out,
			    "busid=1-2#usbid=0781:5567#status=not-bound#\n");
	assert_int_equal(cli_run(&ut_verb_list, "-d -p"), UT_EXIT_OK);
	assert_string_equal(cli_out, "");
}

static const struct ut_session sessions[] = {
	{ .id = 3, .role = USBIP_TLS_ROLE_TABLET,
	  .state = USBIP_TLS_STATE_OPEN, .busid = "1-2", .port = 0,
	  .peer = "dock1", .tls_version = 0x0304, .devid = 0x10002,
	  .cipher = USBIP_TLS_CIPHER_AES_GCM_128, .age_ms = 61000,
	  .tx_bytes = 1ULL << 40, .block_limit = USBIP_TLS_GCM_BLOCK_LIMIT },
	{ .id = 4, .role = USBIP_TLS_ROLE_TABLET,
	  .state = USBIP_TLS_STATE_CLOSED, .busid = "1-9", .port = 0,
	  .reason = USBIP_TLS_REASON_BAD_PDU,
	  .reason_detail = USBIP_TLS_VIOLATION_LENGTH, .peer = "dock1" },
};
static const struct mock_call dump[] = {
	{ .op = MOCK_DUMP, .sessions = sessions, .n = 2 },
};

static void attached(void)
{
	static const struct fake_dev stick = {
		.parent = "devices/platform/vhci_hcd.0/usb3", .busid = "3-1",
		.driver = "usb", .vid = "0781\n", .pid = "5567\n",
		.class = "00\n", .speed = "480\n", .product = "Cruzer\n",
	};

	cli_ports();
	fake_device(&stick);
	fake(NULL, "bus/usb/drivers/usb-storage/");
	fake_link("bus/usb/drivers/usb-storage",
		  "devices/platform/vhci_hcd.0/usb3/3-1/3-1:1.0/driver");
	fake("DEVNAME=sda\nDEVTYPE=disk\n",
	     "devices/platform/vhci_hcd.0/usb3/3-1/3-1:1.0/block/sda/uevent");
	fake("8:0\n",
	     "devices/platform/vhci_hcd.0/usb3/3-1/3-1:1.0/block/sda/dev");
}

static void test_port(void **state)
{
	struct json_object *o, *a, *p;

	attached();
	mock_expect(dump, 1);
	assert_int_equal(cli_run(&ut_verb_port, "--json"), UT_EXIT_OK);
	mock_done();
	o = cli_json();
	a = json_member(o, "ports");
	assert_int_equal(json_object_array_length(a), 1);
	p = json_object_array_get_idx(a, 0);
	assert_int_equal(json_number(p, "port"), 0);
	assert_string_equal(json_text(p, "state"), "used");
	assert_string_equal(json_text(p, "local_busid"), "3-1");
	assert_string_equal(json_object_get_string(json_object_array_get_idx(
			    json_member(p, "nodes"), 0)), "/dev/sda");
	/* Not the closed one, though it had the same port. */
	assert_int_equal(json_number(json_member(p, "session"), "id"), 3);
	json_object_put(o);
	mock_expect(dump, 1);
	assert_int_equal(cli_run(&ut_verb_port, ""), UT_EXIT_OK);
	assert_non_null(strstr(cli_out, "Port 00: used at High Speed"));
	assert_non_null(strstr(cli_out, "1-2 on dock1"));
	assert_non_null(strstr(cli_out, "/dev/sda"));
}

/* Without access to the table nothing can be said about sessions. */
static void test_port_unprivileged(void **state)
{
	static const struct mock_call call[] = {
		{ .op = MOCK_DUMP, .ret = -EPERM, .code = UT_EXIT_PERMISSION },
	};

	attached();
	mock_expect(call, 1);
	assert_int_equal(cli_run(&ut_verb_port, ""), UT_EXIT_OK);
	assert_non_null(strstr(cli_out, "remote bus/dev 001/002\n"));
	assert_non_null(strstr(cli_err, "sessions are not shown"));
}

/* An attachment of the stock tool has no session. */
static void test_port_of_stock_tool(void **state)
{
	static const struct mock_call empty[] = { { .op = MOCK_DUMP } };

	attached();
	mock_expect(empty, 1);
	assert_int_equal(cli_run(&ut_verb_port, ""), UT_EXIT_OK);
	assert_non_null(strstr(cli_out, "not a session of usbip-tls"));
}

static void test_status(void **state)
{
	struct json_object *o, *a, *s;

	attached();
	mock_expect(dump, 1);
	assert_int_equal(cli_run(&ut_verb_status, "--json"), UT_EXIT_OK);
	o = cli_json();
	a = json_member(o, "sessions");
	assert_int_equal(json_object_array_length(a), 2);
	s = json_object_array_get_idx(a, 0);
	assert_int_equal(json_number(s, "id"), 3);
	assert_string_equal(json_text(s, "role"), "tablet");
	assert_string_equal(json_text(s, "state"), "open");
	assert_string_equal(json_text(s, "reason"), "none");
	assert_string_equal(json_text(s, "cipher"), "aes-128-gcm");
	assert_string_equal(json_text(s, "tls_version"), "1.3");
	assert_true(json_number(s, "tx_bytes") == 1LL << 40);
	assert_string_equal(json_text(s, "local_busid"), "3-1");
	s = json_object_array_get_idx(a, 1);
	assert_string_equal(json_text(s, "reason"), "bad-pdu");
	assert_false(json_object_object_get_ex(s, "nodes", NULL));
	json_object_put(o);
}

/* Without --json it looks twice, half a second apart. */
static void test_status_text(void **state)
{
	struct ut_session later[] = { sessions[0], sessions[1] };
	const struct mock_call twice[] = {
		dump[0], { .op = MOCK_DUMP, .sessions = later, .n = 2 },
	};
	struct json_object *o, *s;

	attached();
	later[0].age_ms += 500;
	later[0].tx_bytes += 1000000;
	later[0].rx_bytes += 250;
	mock_expect(twice, 2);
	assert_int_equal(cli_run(&ut_verb_status, ""), UT_EXIT_OK);
	mock_done();
	assert_non_null(strstr(cli_out, "1 min 1 s"));
	assert_non_null(strstr(cli_out, "broke the USB/IP protocol (length)"));
	assert_non_null(strstr(cli_out, "2.0 MB/s sent, 500 B/s received"));
	assert_non_null(strstr(cli_out, "usbip-tlsd does not run here"));
	mock_expect(twice, 2);
	assert_int_equal(cli_run(&ut_verb_status, "--rate --json"), UT_EXIT_OK);
	mock_done();
	o = cli_json();
	s = json_object_array_get_idx(json_member(o, "sessions"), 0);
	assert_int_equal(json_number(s, "tx_rate"), 2000000);
	assert_int_equal(json_number(s, "rx_rate"), 500);
	s = json_object_array_get_idx(json_member(o, "sessions"), 1);
	assert_false(json_object_object_get_ex(s, "tx_rate", NULL));
	assert_int_equal(json_object_array_length(json_member(o, "daemons")),
			 0);
	json_object_put(o);
}

/* A dock has no vhci-hcd; its sessions are shown all the same. */
static void test_status_on_dock(void **state)
{
	static const struct ut_session one = {
		.id = 9, .role = USBIP_TLS_ROLE_DOCK, .busid = "1-2",
		.state = USBIP_TLS_STATE_OPEN, .peer = "tab1",
	};
	static const struct mock_call call[] = {
		{ .op = MOCK_DUMP, .sessions = &one, .n = 1 },
	};
	struct json_object *o, *s;

	mock_expect(call, 1);
	assert_int_equal(cli_run(&ut_verb_status, "--json"), UT_EXIT_OK);
	o = cli_json();
	s = json_object_array_get_idx(json_member(o, "sessions"), 0);
	assert_string_equal(json_text(s, "peer"), "tab1");
	assert_false(json_object_object_get_ex(s, "port", NULL));
	json_object_put(o);
}

static void test_status_unprivileged(void **state)
{
	static const struct mock_call call[] = {
		{ .op = MOCK_DUMP, .ret = -EPERM, .code = UT_EXIT_PERMISSION },
	};

	mock_expect(call, 1);
	assert_int_equal(cli_run(&ut_verb_status, ""), UT_EXIT_PERMISSION);
}

/* --- a text made of an object --- */

static const char *shown_json, *shown_format;

static int show_text(struct ut_cli *c, void *args, struct json_object *o,
		     struct ut_err *err)
{
	struct json_object *own = json_tokener_parse(shown_json);

	ut_json_printf(own, shown_format);
	json_object_put(own);
	return UT_EXIT_OK;
}

static const struct ut_verb verb_show_text = {
	.name = "show",
	.forms = (const struct ut_form[]){ { NULL, show_text, NULL }, { 0 } },
	.opts = ut_opts_help,
};

static void expect_text(const char *json, const char *format, const char *want)
{
	shown_json = json;
	shown_format = format;
	assert_int_equal(cli_run(&verb_show_text, ""), UT_EXIT_OK);
	assert_string_equal(cli_out, want);
}

static void test_text_of_json(void **state)
{
	static const char json[] =
		"{\"name\":\"desk\",\"none\":\"\",\"zero\":0,\"no\":false,"
		"\"yes\":true,\"big\":18446744073709551615,\"ms\":61000,"
		"\"esc\":\"a\\u001bb\\n\",\"null\":null,\"list\":[1],"
		"\"empty\":[],\"in\":{\"name\":\"x\",\"no\":[]}}";

	expect_text(json, "{name} {#big} {~ms}\n", "desk 18446744073709551615 1 min 1 s\n");
	expect_text(json, "<{name:6}><{name:-6}><{name:2}>", "<desk  ><  desk><desk>");
	expect_text(json, "{esc}", "a?b?");
	/* A member that is missing or has another type is ignored. */
	expect_text(json, "<{gone}><{#gone}><{~gone}><{null}><{zero}><{list}>",
		    "<><0><0 s><><><>");
	expect_text(json, "{in.name}<{in.gone}><{name.name}><{gone.name}>",
		    "x<><><>");
	expect_text(json, "[name?1][none?2][zero?3][no?4][yes?5][gone?6]"
		    "[null?7][list?8][empty?9][in?10][in.name?11][in.no?12]",
		    "1581011");
	expect_text(json, "[!name?1][!none?2][!gone?3: {name}]", "23: desk");
	expect_text(json, "a[name?b[none?{name}[yes?c]]d[yes?e {in.name}]]f",
		    "abde xf");
	expect_text("7", "<{name}>[name?1][!name?2]", "<>2");
}

#define T(f) cmocka_unit_test_setup_teardown(f, cli_setup, fake_teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		T(test_list_remote),
		T(test_list_local),
		T(test_port),
		T(test_port_of_stock_tool),
		T(test_port_unprivileged),
		T(test_status),
		T(test_status_text),
		T(test_status_on_dock),
		T(test_status_unprivileged),
		T(test_text_of_json),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
