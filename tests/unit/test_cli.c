// SPDX-License-Identifier: GPL-2.0
/*
 * The verbs, with a dock, a kernel and a sysfs tree of our own: what they ask
 * for, in which order, what they print as JSON, and their exit codes.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cli/cli.h"
#include "fake_sysfs.h"
#include "mock_nl.h"
#include "tablet/client.h"

#define HEAD	"hub port sta spd dev      sockfd local_busid\n"
#define STATUS	"devices/platform/vhci_hcd.0/status"

static struct ut_cli cli;
static char conf[80], outfile[80], errfile[80];
static char out_text[16384], err_text[4096];

/* The dock: what it lists, how it answers an import. */
static struct ut_op_device dock_devs[4];
static size_t dock_n;
static int dock_ret;
static enum ut_exit dock_code;
static int imports, lists, import_fd, locks, attaches;
static const int *attach_rets;
static char import_busid[64], attach_args[64], seen_expect[64];

int ut_nl_open(struct ut_nl **nl, struct ut_err *err)
{
	(void)err;
	*nl = &mock_nl;
	return 0;
}

void ut_nl_close(struct ut_nl *nl)
{
	nl->ops->close(nl);
}

int ut_client_list(const struct ut_client_target *t,
		   struct ut_op_device **devs, size_t *n, struct ut_err *err)
{
	lists++;
	snprintf(seen_expect, sizeof(seen_expect), "%s",
		 t->expect ? t->expect : "");
	if (dock_ret)
		return ut_err_set(err, dock_code, dock_ret, "the dock says no");
	*devs = calloc(dock_n + 1, sizeof(**devs));
	assert_non_null(*devs);
	memcpy(*devs, dock_devs, dock_n * sizeof(**devs));
	*n = dock_n;
	return 0;
}

int ut_client_import(const struct ut_client_target *t, const char *busid,
		     struct ut_import *out, struct ut_err *err)
{
	(void)t;
	imports++;
	snprintf(import_busid, sizeof(import_busid), "%s", busid);
	if (dock_ret)
		return ut_err_set(err, dock_code, dock_ret, "the dock says no");
	memset(out, 0, sizeof(*out));
	import_fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	assert_true(import_fd >= 0);
	out->fd = import_fd;
	out->dev = dock_devs[0];
	strcpy(out->peer, "dock1");
	return 0;
}

int __wrap_ut_vhci_lock(int timeout_ms, struct ut_err *err);
int __wrap_ut_vhci_attach(uint32_t port, int fd, uint32_t devid,
			  uint32_t speed, struct ut_err *err);

int __wrap_ut_vhci_lock(int timeout_ms, struct ut_err *err)
{
	(void)timeout_ms;
	(void)err;
	locks++;
	return open("/dev/null", O_RDONLY | O_CLOEXEC);
}

int __wrap_ut_vhci_attach(uint32_t port, int fd, uint32_t devid,
			  uint32_t speed, struct ut_err *err)
{
	int ret = attach_rets ? attach_rets[attaches] : 0;

	attaches++;
	/* The session socket must still be open when the driver gets it. */
	assert_true(fcntl(fd, F_GETFD) >= 0);
	snprintf(attach_args, sizeof(attach_args), "%u %u %u", port, devid,
		 speed);
	if (ret)
		ut_err_set(err, UT_EXIT_BUSY, ret, "scripted");
	return ret;
}

static int setup(void **state)
{
	if (fake_setup(state))
		return -1;
	memset(&cli, 0, sizeof(cli));
	snprintf(conf, sizeof(conf), "%s/conf", fake_root);
	snprintf(outfile, sizeof(outfile), "%s/stdout", fake_root);
	snprintf(errfile, sizeof(errfile), "%s/stderr", fake_root);
	fake("", "conf");
	cli.config_path = conf;
	dock_n = 2;
	dock_ret = 0;
	imports = lists = locks = attaches = 0;
	attach_rets = NULL;
	memset(dock_devs, 0, sizeof(dock_devs));
	dock_devs[0] = (struct ut_op_device){
		.busid = "1-2", .busnum = 1, .devnum = 2, .speed = 3,
		.vid = 0x0781, .pid = 0x5567, .product = "Cruzer",
		.serial = "AAA", .path = "/sys/devices/x/1-2", .nif = 1,
		.interfaces = { { 8, 6, 0x50 } },
	};
	dock_devs[1] = dock_devs[0];
	strcpy(dock_devs[1].busid, "1-3");
	strcpy(dock_devs[1].serial, "BBB\033");
	mock_expect(NULL, 0);
	return 0;
}

static void ports(void)
{
	fake(HEAD "hs  0000 006 003 00010002 000003 3-1\n"
	     "hs  0001 004 000 00000000 000000 0-0\n"
	     "ss  0002 004 000 00000000 000000 0-0\n", STATUS);
	fake("", "devices/platform/vhci_hcd.0/attach");
	fake(NULL, "module/usbip_tls_vhci");
	fake("", "devices/platform/vhci_hcd.0/detach");
}

static void slurp(const char *path, char *buf, size_t size)
{
	FILE *f = fopen(path, "r");
	size_t n;

	assert_non_null(f);
	n = fread(buf, 1, size - 1, f);
	buf[n] = '\0';
	fclose(f);
}

/* Runs a verb with its words; its output lands in out_text and err_text. */
static int run(const struct ut_verb *verb, const char *words)
{
	char line[256], *argv[16], *save = NULL;
	int argc = 0, out, err, keep_out, keep_err, ret;

	snprintf(line, sizeof(line), "%s", words);
	argv[argc++] = (char *)verb->name;
	for (argv[argc] = strtok_r(line, " ", &save); argv[argc];
	     argv[argc] = strtok_r(NULL, " ", &save))
		argc++;
	fflush(stdout);
	fflush(stderr);
	out = open(outfile, O_CREAT | O_TRUNC | O_WRONLY, 0600);
	err = open(errfile, O_CREAT | O_TRUNC | O_WRONLY, 0600);
	keep_out = dup(1);
	keep_err = dup(2);
	assert_true(out >= 0 && err >= 0 && keep_out >= 0 && keep_err >= 0);
	dup2(out, 1);
	dup2(err, 2);
	optind = 0;
	ret = verb->run(&cli, argc, argv);
	fflush(stdout);
	fflush(stderr);
	dup2(keep_out, 1);
	dup2(keep_err, 2);
	close(out);
	close(err);
	close(keep_out);
	close(keep_err);
	slurp(outfile, out_text, sizeof(out_text));
	slurp(errfile, err_text, sizeof(err_text));
	return ret;
}

static struct json_object *json(void)
{
	struct json_object *o = json_tokener_parse(out_text), *schema;

	if (!o)
		fail_msg("not JSON: %s", out_text);
	assert_true(json_object_object_get_ex(o, "schema", &schema));
	assert_int_equal(json_object_get_int(schema), 1);
	return o;
}

static struct json_object *member(struct json_object *o, const char *key)
{
	struct json_object *v;

	if (!json_object_object_get_ex(o, key, &v))
		fail_msg("\"%s\" is missing in %s", key,
			 json_object_to_json_string(o));
	return v;
}

static const char *text(struct json_object *o, const char *key)
{
	return json_object_get_string(member(o, key));
}

static int64_t number(struct json_object *o, const char *key)
{
	assert_int_equal(json_object_get_type(member(o, key)), json_type_int);
	return json_object_get_int64(member(o, key));
}

static const struct mock_call new_session[] = {
	{ .op = MOCK_NEW, .id = 5, .fd = -1 },
	{ .op = MOCK_NEW, .id = 6, .fd = -1 },
	{ .op = MOCK_NEW, .id = 7, .fd = -1 },
	{ .op = MOCK_NEW, .id = 8, .fd = -1 },
};
static struct mock_call script[4];

/* A script of n SESSION_NEW, each with a descriptor of its own. */
static void expect_sessions(size_t n)
{
	size_t i;

	memcpy(script, new_session, sizeof(script));
	for (i = 0; i < n; i++)
		script[i].fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	mock_expect(script, n);
}

static void closed(int fd)
{
	assert_int_equal(fcntl(fd, F_GETFD), -1);
	assert_int_equal(errno, EBADF);
}

static void test_attach_by_busid(void **state)
{
	struct json_object *o;

	(void)state;
	ports();
	expect_sessions(1);
	assert_int_equal(run(&ut_verb_attach,
			     "-r dock1 -b 1-2 -w 0 --json"), UT_EXIT_OK);
	mock_done();
	assert_int_equal(lists, 0);
	assert_int_equal(imports, 1);
	assert_int_equal(locks, 1);
	assert_string_equal(import_busid, "1-2");
	assert_int_equal(mock_req.role, USBIP_TLS_ROLE_TABLET);
	assert_int_equal(mock_req.devid, 0x10002);
	assert_int_equal(mock_req.port, 1);
	assert_string_equal(mock_busid, "1-2");
	assert_string_equal(mock_peer, "dock1");
	assert_string_equal(attach_args, "1 65538 3");
	closed(import_fd);
	closed(script[0].fd);
	assert_int_equal(mock_closed, 1);
	o = json();
	assert_int_equal(number(o, "port"), 1);
	assert_int_equal(number(o, "session"), 5);
	assert_string_equal(text(o, "peer"), "dock1");
	assert_string_equal(text(member(o, "device"), "vid"), "0781");
	assert_true(number(o, "attach_ms") >= 0);
	json_object_put(o);
}

static void test_attach_by_serial(void **state)
{
	(void)state;
	ports();
	expect_sessions(1);
	assert_int_equal(run(&ut_verb_attach,
			     "-r dock1 -d AAA -w 0 --dock-name d"), UT_EXIT_OK);
	assert_int_equal(lists, 1);
	assert_string_equal(seen_expect, "d");
	assert_string_equal(import_busid, "1-2");
	assert_non_null(strstr(out_text, "port 1"));
	assert_non_null(strstr(out_text, "attached in"));
}

static void test_attach_ambiguous(void **state)
{
	(void)state;
	ports();
	assert_int_equal(run(&ut_verb_attach, "-r dock1 -b 0781:5567"),
			 UT_EXIT_AMBIGUOUS);
	assert_int_equal(imports, 0);
	assert_non_null(strstr(err_text, "1-2"));
	assert_non_null(strstr(err_text, "1-3"));
	assert_non_null(strstr(err_text, "hint: "));
	assert_int_equal(run(&ut_verb_attach, "-r dock1 -b printer"),
			 UT_EXIT_NOT_FOUND);
}

/* The stock tool took the port in between: ask again, with a new session. */
static void test_attach_busy_port(void **state)
{
	static const int rets[] = { -EBUSY, -EBUSY, 0 };

	(void)state;
	ports();
	expect_sessions(3);
	attach_rets = rets;
	assert_int_equal(run(&ut_verb_attach, "-r dock1 -b 1-2 -w 0"),
			 UT_EXIT_OK);
	mock_done();
	assert_int_equal(imports, 3);
	closed(script[0].fd);
	closed(script[2].fd);
}

static void test_attach_always_busy(void **state)
{
	static const int rets[] = { -EBUSY, -EBUSY, -EBUSY, -EBUSY };

	(void)state;
	ports();
	expect_sessions(4);
	attach_rets = rets;
	assert_int_equal(run(&ut_verb_attach, "-r dock1 -b 1-2 -w 0"),
			 UT_EXIT_BUSY);
	mock_done();
	closed(import_fd);
}

static void test_attach_refused_by_kernel(void **state)
{
	static const struct mock_call refuse[] = {
		{ .op = MOCK_NEW, .ret = -EPERM, .code = UT_EXIT_PERMISSION },
	};

	(void)state;
	ports();
	mock_expect(refuse, 1);
	assert_int_equal(run(&ut_verb_attach, "-r dock1 -b 1-2"),
			 UT_EXIT_PERMISSION);
	mock_done();
	assert_int_equal(attaches, 0);
	closed(import_fd);
}

static void test_attach_no_port(void **state)
{
	(void)state;
	ports();
	fake(HEAD "hs  0000 006 003 00010002 000003 3-1\n", STATUS);
	assert_int_equal(run(&ut_verb_attach, "-r dock1 -b 1-2"),
			 UT_EXIT_NO_PORT);
	closed(import_fd);
}

static void test_attach_dock_errors(void **state)
{
	static const enum ut_exit codes[] = {
		UT_EXIT_UNREACHABLE, UT_EXIT_REFUSED, UT_EXIT_CERTIFICATE,
		UT_EXIT_BUSY, UT_EXIT_NOT_FOUND, UT_EXIT_TIMEOUT,
		UT_EXIT_PROTOCOL,
	};
	size_t i;

	(void)state;
	ports();
	dock_ret = -EIO;
	for (i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
		dock_code = codes[i];
		assert_int_equal(run(&ut_verb_attach, "-r dock1 -b 1-2"),
				 codes[i]);
		assert_non_null(strstr(err_text, "the dock says no"));
		assert_string_equal(out_text, "");
	}
}

static void test_attach_no_module(void **state)
{
	(void)state;
	assert_int_equal(run(&ut_verb_attach, "-r dock1 -b 1-2"),
			 UT_EXIT_MODULE);
	assert_int_equal(imports, 0);
	assert_non_null(strstr(err_text, "hint: modprobe"));
}

static void test_attach_bad_config(void **state)
{
	(void)state;
	ports();
	fake("[dock]\nport = 0\n", "conf");
	assert_int_equal(run(&ut_verb_attach, "-r dock1 -b 1-2"),
			 UT_EXIT_CONFIG);
	assert_int_equal(imports, 0);
	assert_non_null(strstr(err_text, "conf:2: "));
}

static void test_usage(void **state)
{
	size_t i;

	(void)state;
	assert_int_equal(run(&ut_verb_attach, ""), UT_EXIT_USAGE);
	assert_int_equal(run(&ut_verb_attach, "-r h"), UT_EXIT_USAGE);
	assert_int_equal(run(&ut_verb_attach, "-b 1-1"), UT_EXIT_USAGE);
	assert_int_equal(run(&ut_verb_attach, "-r h -b 1-1 x"), UT_EXIT_USAGE);
	assert_int_equal(run(&ut_verb_attach, "-r h -b 1-1 -b 1-2"),
			 UT_EXIT_USAGE);
	assert_int_equal(run(&ut_verb_attach, "-r h -b 1-1 --tcp-port 0"),
			 UT_EXIT_USAGE);
	assert_int_equal(run(&ut_verb_detach, "-p x"), UT_EXIT_USAGE);
	assert_int_equal(run(&ut_verb_detach, ""), UT_EXIT_USAGE);
	assert_int_equal(run(&ut_verb_list, ""), UT_EXIT_USAGE);
	assert_int_equal(run(&ut_verb_list, "-l -r h"), UT_EXIT_USAGE);
	assert_int_equal(run(&ut_verb_bind, ""), UT_EXIT_USAGE);
	assert_int_equal(run(&ut_verb_pki, "make"), UT_EXIT_USAGE);
	assert_int_equal(run(&ut_verb_pki, "issue x"), UT_EXIT_USAGE);
	for (i = 0; i < ut_n_verbs; i++) {
		assert_int_equal(run(ut_verbs[i], "--frobnicate"),
				 UT_EXIT_USAGE);
		assert_non_null(strstr(err_text, "hint: usbip-tls help "));
		assert_int_equal(run(ut_verbs[i], "--help"), UT_EXIT_OK);
		assert_int_equal(strncmp(out_text, "Usage: usbip-tls ", 17), 0);
		assert_string_equal(out_text, ut_verbs[i]->help);
	}
}

static void test_help_fits_a_terminal(void **state)
{
	const char *line, *end;
	size_t i;

	(void)state;
	for (i = 0; i < ut_n_verbs; i++)
		for (line = ut_verbs[i]->help; *line; line = end + 1) {
			end = strchr(line, '\n');
			assert_non_null(end);
			if (end - line > 80)
				fail_msg("too long: %.*s", (int)(end - line),
					 line);
		}
}

static void test_list_remote(void **state)
{
	struct json_object *o, *a, *d;

	(void)state;
	assert_int_equal(run(&ut_verb_list, "-r dock1 --json"), UT_EXIT_OK);
	o = json();
	assert_string_equal(text(o, "host"), "dock1");
	a = member(o, "devices");
	assert_int_equal(json_object_array_length(a), 2);
	d = json_object_array_get_idx(a, 1);
	assert_string_equal(text(d, "busid"), "1-3");
	assert_string_equal(text(d, "pid"), "5567");
	assert_string_equal(text(d, "serial"), "BBB?");
	assert_int_equal(number(d, "speed"), 3);
	assert_string_equal(text(json_object_array_get_idx(
			    member(d, "interfaces"), 0), "class"), "08");
	json_object_put(o);
	assert_int_equal(run(&ut_verb_list, "-p -r dock1"), UT_EXIT_OK);
	assert_string_equal(out_text, "busid=1-2#usbid=0781:5567#\n"
			    "busid=1-3#usbid=0781:5567#\n");
	assert_int_equal(run(&ut_verb_list, "-r dock1"), UT_EXIT_OK);
	assert_non_null(strstr(out_text, "1-2: "));
	assert_null(strchr(out_text, '\033'));
}

static void test_list_local(void **state)
{
	static const struct fake_dev stick = {
		.parent = "devices/pci0/usb1", .busid = "1-2",
		.driver = "usb", .vid = "0781\n", .pid = "5567\n",
		.class = "00\n", .speed = "480\n", .product = "Cruzer\n",
	};
	struct json_object *o, *d;

	(void)state;
	fake_device(&stick);
	assert_int_equal(run(&ut_verb_list, "-l --json"), UT_EXIT_OK);
	o = json();
	d = json_object_array_get_idx(member(o, "devices"), 0);
	assert_string_equal(text(d, "status"), "not-bound");
	assert_string_equal(text(d, "driver"), "usb");
	json_object_put(o);
	assert_int_equal(run(&ut_verb_list, "-l -p"), UT_EXIT_OK);
	assert_string_equal(out_text,
			    "busid=1-2#usbid=0781:5567#status=not-bound#\n");
	assert_int_equal(run(&ut_verb_list, "-d -p"), UT_EXIT_OK);
	assert_string_equal(out_text, "");
}

static const struct ut_session sessions[] = {
	{ .id = 3, .role = USBIP_TLS_ROLE_TABLET,
	  .state = USBIP_TLS_STATE_OPEN, .busid = "1-2", .port = 0,
	  .peer = "dock1", .tls_version = 0x0304, .devid = 0x10002,
	  .cipher = USBIP_TLS_CIPHER_AES_GCM_128, .age_ms = 61000,
	  .tx_bytes = 1ULL << 40, .record_limit = USBIP_TLS_GCM_RECORD_LIMIT },
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

	ports();
	fake_device(&stick);
	fake(NULL, "bus/usb/drivers/usb-storage/");
	fake_link("bus/usb/drivers/usb-storage",
		  "devices/platform/vhci_hcd.0/usb3/3-1/3-1:1.0/driver");
	fake("DEVNAME=sda\nDEVTYPE=disk\n",
	     "devices/platform/vhci_hcd.0/usb3/3-1/3-1:1.0/block/sda/uevent");
}

static void test_port(void **state)
{
	struct json_object *o, *a, *p;

	(void)state;
	attached();
	mock_expect(dump, 1);
	assert_int_equal(run(&ut_verb_port, "--json"), UT_EXIT_OK);
	mock_done();
	o = json();
	a = member(o, "ports");
	assert_int_equal(json_object_array_length(a), 1);
	p = json_object_array_get_idx(a, 0);
	assert_int_equal(number(p, "port"), 0);
	assert_string_equal(text(p, "state"), "used");
	assert_string_equal(text(p, "local_busid"), "3-1");
	assert_string_equal(json_object_get_string(json_object_array_get_idx(
			    member(p, "nodes"), 0)), "/dev/sda");
	/* Not the closed one, though it had the same port. */
	assert_int_equal(number(member(p, "session"), "id"), 3);
	json_object_put(o);
	mock_expect(dump, 1);
	assert_int_equal(run(&ut_verb_port, ""), UT_EXIT_OK);
	assert_non_null(strstr(out_text, "Port 00: used at High Speed"));
	assert_non_null(strstr(out_text, "1-2 on dock1"));
	assert_non_null(strstr(out_text, "/dev/sda"));
}

/* Without rights to the table nothing can be said about sessions. */
static void test_port_without_rights(void **state)
{
	static const struct mock_call call[] = {
		{ .op = MOCK_DUMP, .ret = -EPERM, .code = UT_EXIT_PERMISSION },
	};

	(void)state;
	attached();
	mock_expect(call, 1);
	assert_int_equal(run(&ut_verb_port, ""), UT_EXIT_OK);
	assert_non_null(strstr(out_text, "remote bus/dev 001/002\n"));
	assert_non_null(strstr(err_text, "sessions are not shown"));
}

/* An attachment of the stock tool has no session. */
static void test_port_of_stock_tool(void **state)
{
	static const struct mock_call empty[] = { { .op = MOCK_DUMP } };

	(void)state;
	attached();
	mock_expect(empty, 1);
	assert_int_equal(run(&ut_verb_port, ""), UT_EXIT_OK);
	assert_non_null(strstr(out_text, "not a session of usbip-tls"));
}

static void test_status(void **state)
{
	struct json_object *o, *a, *s;

	(void)state;
	attached();
	mock_expect(dump, 1);
	assert_int_equal(run(&ut_verb_status, "--json"), UT_EXIT_OK);
	o = json();
	a = member(o, "sessions");
	assert_int_equal(json_object_array_length(a), 2);
	s = json_object_array_get_idx(a, 0);
	assert_int_equal(number(s, "id"), 3);
	assert_string_equal(text(s, "role"), "tablet");
	assert_string_equal(text(s, "state"), "open");
	assert_string_equal(text(s, "reason"), "none");
	assert_string_equal(text(s, "cipher"), "aes-128-gcm");
	assert_string_equal(text(s, "tls_version"), "1.3");
	assert_true(number(s, "tx_bytes") == 1LL << 40);
	assert_string_equal(text(s, "local_busid"), "3-1");
	s = json_object_array_get_idx(a, 1);
	assert_string_equal(text(s, "reason"), "bad-pdu");
	assert_false(json_object_object_get_ex(s, "nodes", NULL));
	json_object_put(o);
	mock_expect(dump, 1);
	assert_int_equal(run(&ut_verb_status, ""), UT_EXIT_OK);
	assert_non_null(strstr(out_text, "1 min 1 s"));
	assert_non_null(strstr(out_text, "broke the USB/IP protocol (length)"));
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

	(void)state;
	mock_expect(call, 1);
	assert_int_equal(run(&ut_verb_status, "--json"), UT_EXIT_OK);
	o = json();
	s = json_object_array_get_idx(member(o, "sessions"), 0);
	assert_string_equal(text(s, "peer"), "tab1");
	assert_false(json_object_object_get_ex(s, "port", NULL));
	json_object_put(o);
}

static void test_status_without_rights(void **state)
{
	static const struct mock_call call[] = {
		{ .op = MOCK_DUMP, .ret = -EPERM, .code = UT_EXIT_PERMISSION },
	};

	(void)state;
	mock_expect(call, 1);
	assert_int_equal(run(&ut_verb_status, ""), UT_EXIT_PERMISSION);
}

static void test_detach(void **state)
{
	(void)state;
	ports();
	assert_int_equal(run(&ut_verb_detach, "-p 1"), UT_EXIT_NOT_FOUND);
	assert_int_equal(run(&ut_verb_detach, "-p 77"), UT_EXIT_NOT_FOUND);
	assert_string_equal(fake_read("devices/platform/vhci_hcd.0/detach"),
			    "");
}

static void test_version(void **state)
{
	struct json_object *o;

	(void)state;
	assert_int_equal(run(&ut_verb_version, "--json"), UT_EXIT_OK);
	o = json();
	assert_string_equal(text(o, "version"), "unit");
	assert_int_equal(number(o, "netlink_version"),
			 USBIP_TLS_GENL_VERSION);
	json_object_put(o);
}

static void test_pki(void **state)
{
	struct json_object *o, *c;
	char words[200];

	(void)state;
	snprintf(words, sizeof(words), "init --dir %s/ca", fake_root);
	assert_int_equal(run(&ut_verb_pki, words), UT_EXIT_OK);
	snprintf(words, sizeof(words),
		 "issue --role tablet tab1 --dir %s/ca --not-before 2020-01-01 --days 2",
		 fake_root);
	assert_int_equal(run(&ut_verb_pki, words), UT_EXIT_OK);
	snprintf(words, sizeof(words), "show tab1 --dir %s/ca --json",
		 fake_root);
	assert_int_equal(run(&ut_verb_pki, words), UT_EXIT_OK);
	o = json();
	c = json_object_array_get_idx(member(o, "certificates"), 0);
	assert_string_equal(text(c, "role"), "tablet");
	assert_string_equal(text(c, "validity"), "expired");
	assert_string_equal(text(c, "not_before"), "2020-01-01T00:00:00Z");
	assert_string_equal(text(c, "not_after"), "2020-01-03T00:00:00Z");
	json_object_put(o);
	snprintf(words, sizeof(words), "show nobody --dir %s/ca", fake_root);
	assert_int_equal(run(&ut_verb_pki, words), UT_EXIT_NOT_FOUND);
	snprintf(words, sizeof(words),
		 "issue --role tablet t2 --dir %s/ca --not-before yesterday",
		 fake_root);
	assert_int_equal(run(&ut_verb_pki, words), UT_EXIT_USAGE);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, fake_teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		T(test_attach_by_busid), T(test_attach_by_serial),
		T(test_attach_ambiguous), T(test_attach_busy_port),
		T(test_attach_always_busy), T(test_attach_refused_by_kernel),
		T(test_attach_no_port), T(test_attach_dock_errors),
		T(test_attach_no_module), T(test_attach_bad_config),
		T(test_usage), T(test_help_fits_a_terminal),
		T(test_list_remote), T(test_list_local), T(test_port),
		T(test_port_of_stock_tool), T(test_port_without_rights), T(test_status),
		T(test_status_on_dock), T(test_status_without_rights),
		T(test_detach), T(test_version), T(test_pki),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
