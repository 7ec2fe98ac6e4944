// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>

#include "cli/dock_query.h"
#include "control/control.h"
#include "lib/cli_bed.h"
#include "tablet/client.h"
#include "usb/announce.h"
#include "worker/connect.h"

struct ut_cli cli;
char cli_conf[80];
char cli_out[262144], cli_err[4096];
struct cli_dock cli_dock;
struct cli_vhci cli_vhci;

static char cli_out_path[80], cli_err_path[80], cli_run_dir[80];

/* There is no handshake, so no file is read. */
static struct ut_creds cli_creds = { .refs = 1 };

/* --- in the place of the kernel and the network --- */

int ut_nl_open(struct ut_nl **nl, struct ut_err *err)
{
	*nl = &mock_nl;
	return 0;
}

void ut_nl_close(struct ut_nl *nl)
{
	nl->ops->close(nl);
}

int ut_cli_home_open(struct ut_cli_home *h, const struct ut_config *config,
		     struct ut_err *err)
{
	memset(h, 0, sizeof(*h));
	h->config = config;
	h->creds = &cli_creds;
	cli_dock.homes++;
	return 0;
}

void ut_cli_home_close(struct ut_cli_home *h)
{
	assert_ptr_equal(h->creds, &cli_creds);
	assert_int_equal(cli_creds.refs, 1);
	h->creds = NULL;
	cli_dock.homes--;
}

void ut_cli_dock_name(const struct ut_cli_home *h,
		      const struct ut_cli_dock *dock, char *buf, size_t size)
{
	snprintf(buf, size, "%s", dock->host);
}

/* The texts of a device that comes from a dock are cleaned. */
int ut_cli_dock_list(const struct ut_cli_home *h,
		     const struct ut_cli_dock *dock,
		     struct ut_op_device **devs, size_t *n, struct ut_err *err)
{
	size_t i;

	cli_dock.lists++;
	snprintf(cli_dock.expect, sizeof(cli_dock.expect), "%s",
		 dock->expect ? dock->expect : "");
	if (cli_dock.ret)
		return ut_err_set(err, cli_dock.code, cli_dock.ret,
				  "the dock says no");
	*devs = calloc(cli_dock.n + 1, sizeof(**devs));
	assert_non_null(*devs);
	memcpy(*devs, cli_dock.devs, cli_dock.n * sizeof(**devs));
	*n = cli_dock.n;
	for (i = 0; i < *n; i++)
		ut_op_clean(&(*devs)[i]);
	return 0;
}

int __real_ut_connect(const char *host, uint16_t port,
		      const struct ut_sandbox *sandbox, int64_t deadline,
		      struct ut_err *err);
int __wrap_ut_connect(const char *host, uint16_t port,
		      const struct ut_sandbox *sandbox, int64_t deadline,
		      struct ut_err *err);

int __wrap_ut_connect(const char *host, uint16_t port,
		      const struct ut_sandbox *sandbox, int64_t deadline,
		      struct ut_err *err)
{
	if (cli_dock.is_real)
		return __real_ut_connect(host, port, sandbox, deadline, err);
	cli_dock.import_fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	assert_true(cli_dock.import_fd >= 0);
	return cli_dock.import_fd;
}

int __wrap_ut_connect_begin(const char *address, const char *host,
			    uint16_t port, struct ut_err *err);

int __wrap_ut_connect_begin(const char *address, const char *host,
			    uint16_t port, struct ut_err *err)
{
	fail_msg("the command does not connect like the daemon");
	return -1;
}

int ut_client_open(struct ut_client *c, const struct ut_client_target *t,
		   struct ut_creds *creds, struct ut_err *err)
{
	assert_int_equal(t->op, UT_START_IMPORT);
	assert_int_equal(t->peer, cli_dock.import_fd);
	cli_dock.imports++;
	cli_dock.replaces += t->replace;
	snprintf(cli_dock.import_busid, sizeof(cli_dock.import_busid), "%s",
		 t->busid);
	memset(c, 0, sizeof(*c));
	c->worker.fd = -1;
	return 0;
}

enum ut_client_news ut_client_read(struct ut_client *c,
				   struct ut_watch_event *event,
				   struct ut_err *err)
{
	if (cli_dock.ret)
		ut_err_set(err, cli_dock.code, cli_dock.ret,
			   "the dock says no");
	else if (cli_dock.imports <= cli_dock.busy)
		ut_err_set(err, UT_EXIT_BUSY, EBUSY, "in use");
	if (cli_dock.ret || cli_dock.imports <= cli_dock.busy)
		return UT_CLIENT_DOWN;
	c->devs = calloc(1, sizeof(*c->devs));
	assert_non_null(c->devs);
	c->devs[0] = cli_dock.devs[0];
	strcpy(c->name, "dock1");
	return UT_CLIENT_DONE;
}

void ut_client_close(struct ut_client *c)
{
	free(c->devs);
	c->devs = NULL;
}

int __wrap_ut_ktls_need(struct ut_err *err);

int __wrap_ut_ktls_need(struct ut_err *err)
{
	return 0;
}

int __wrap_ut_vhci_lock(int timeout_ms, struct ut_err *err);
int __wrap_ut_vhci_attach(uint32_t port, int fd, uint32_t devid,
			  uint32_t speed, struct ut_err *err);

int __wrap_ut_vhci_lock(int timeout_ms, struct ut_err *err)
{
	cli_vhci.locks++;
	return open("/dev/null", O_RDONLY | O_CLOEXEC);
}

int __wrap_ut_vhci_attach(uint32_t port, int fd, uint32_t devid,
			  uint32_t speed, struct ut_err *err)
{
	int ret = cli_vhci.rets ? cli_vhci.rets[cli_vhci.attaches] : 0;

	cli_vhci.attaches++;
	/* The session socket must still be open when the driver gets it. */
	assert_true(fcntl(fd, F_GETFD) >= 0);
	snprintf(cli_vhci.args, sizeof(cli_vhci.args), "%u %u %u", port, devid,
		 speed);
	if (ret)
		ut_err_set(err, UT_EXIT_BUSY, ret, "scripted");
	return ret;
}

/* --- each test --- */

int cli_setup(void **state)
{
	if (fake_machine_setup(state))
		return -1;
	snprintf(cli_conf, sizeof(cli_conf), "%s/conf", fake_root);
	snprintf(cli_out_path, sizeof(cli_out_path), "%s/stdout", fake_root);
	snprintf(cli_err_path, sizeof(cli_err_path), "%s/stderr", fake_root);
	fake("", "conf");
	snprintf(cli_run_dir, sizeof(cli_run_dir), "%s/run", fake_root);
	ut_announce_dir_set(cli_run_dir);
	cli = (struct ut_cli){ .config_path = cli_conf };
	/* No daemon runs here except the test's own. */
	ut_control_dir_set(fake_root);
	memset(&cli_vhci, 0, sizeof(cli_vhci));
	memset(&cli_dock, 0, sizeof(cli_dock));
	cli_dock.n = 2;
	cli_dock.devs[0] = (struct ut_op_device){
		.busid = "1-2", .busnum = 1, .devnum = 2, .speed = 3,
		.vid = 0x0781, .pid = 0x5567, .product = "Cruzer",
		.serial = "AAA", .path = "/sys/devices/x/1-2", .nif = 1,
		.interfaces = { { 8, 6, 0x50 } },
	};
	cli_dock.devs[1] = cli_dock.devs[0];
	strcpy(cli_dock.devs[1].busid, "1-3");
	strcpy(cli_dock.devs[1].serial, "BBB\033");
	mock_expect(NULL, 0);
	return 0;
}

void cli_ports(void)
{
	fake(VHCI_HEAD "hs  0000 006 003 00010002 000003 3-1\n"
	     "hs  0001 004 000 00000000 000000 0-0\n"
	     "ss  0002 004 000 00000000 000000 0-0\n", VHCI_STATUS);
	fake("", "devices/platform/vhci_hcd.0/attach");
	fake(NULL, "module/usbip_tls_vhci");
	fake("", "devices/platform/vhci_hcd.0/detach");
}

static void cli_slurp(const char *path, char *buf, size_t size)
{
	FILE *f = fopen(path, "r");
	size_t n;

	assert_non_null(f);
	n = fread(buf, 1, size - 1, f);
	buf[n] = '\0';
	fclose(f);
}

int cli_run(const struct ut_verb *verb, const char *words)
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
	out = open(cli_out_path, O_CREAT | O_TRUNC | O_WRONLY, 0600);
	err = open(cli_err_path, O_CREAT | O_TRUNC | O_WRONLY, 0600);
	keep_out = dup(1);
	keep_err = dup(2);
	assert_true(out >= 0 && err >= 0 && keep_out >= 0 && keep_err >= 0);
	dup2(out, 1);
	dup2(err, 2);
	ret = ut_cli_run(verb, &cli, argc, argv);
	fflush(stdout);
	fflush(stderr);
	dup2(keep_out, 1);
	dup2(keep_err, 2);
	close(out);
	close(err);
	close(keep_out);
	close(keep_err);
	cli_slurp(cli_out_path, cli_out, sizeof(cli_out));
	cli_slurp(cli_err_path, cli_err, sizeof(cli_err));
	return ret;
}

struct json_object *cli_json(void)
{
	struct json_object *o = json_tokener_parse(cli_out), *schema;

	if (!o)
		fail_msg("not JSON: %s", cli_out);
	assert_true(json_object_object_get_ex(o, "schema", &schema));
	assert_int_equal(json_object_get_int(schema), 1);
	return o;
}

struct json_object *json_member(struct json_object *o, const char *key)
{
	struct json_object *v;

	if (!json_object_object_get_ex(o, key, &v))
		fail_msg("\"%s\" is missing in %s", key,
			 json_object_to_json_string(o));
	return v;
}

const char *json_text(struct json_object *o, const char *key)
{
	return json_object_get_string(json_member(o, key));
}

int64_t json_number(struct json_object *o, const char *key)
{
	struct json_object *v = json_member(o, key);

	assert_int_equal(json_object_get_type(v), json_type_int);
	return json_object_get_int64(v);
}
