// SPDX-License-Identifier: GPL-2.0
/* The doctor: the facts it finds in files, and the verb as a whole. */
#include <netinet/in.h>
#include <sys/utsname.h>

#include "enroll/install.h"
#include "lib/doctor_bed.h"
#include "tls/crl.h"

#define EFIVARS		"firmware/efi/efivars/"
#define SECURE_BOOT	EFIVARS "SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c"
#define MOK_LIST	EFIVARS "MokListRT-605dab50-e046-4300-abb6-3dd810dd8b23"
#define SIGNATURE	"~Module signature appended~\n"

static char release[65], home[128];

static int look_setup(void **state)
{
	struct utsname u;

	if (doctor_setup(state) || uname(&u))
		return -1;
	snprintf(release, sizeof(release), "%s", u.release);
	snprintf(home, sizeof(home), "%s/etc", fake_root);
	return 0;
}

/* --- kernel --- */

static void test_module_facts(void **state)
{
	struct ut_module_facts m = { .name = "usbip_tls_host" };
	char dep[256];

	ut_doctor_module_facts(release, &m);
	assert_false(m.loaded || m.here || m.other[0]);
	fake("kernel/drivers/usb/usbip/usbip-host.ko: kernel/x.ko\n"
	     "updates/usbip_tls_host.ko: kernel/net/tls/tls.ko\n",
	     "lib/modules/5.0/modules.dep");
	fake("updates/usbip_tls_host_not.ko:\n", "lib/modules/9.9/modules.dep");
	ut_doctor_module_facts(release, &m);
	assert_false(m.here);
	assert_string_equal(m.other, "5.0");
	/* With '-' where the module's name has '_'. */
	m = (struct ut_module_facts){ .name = "usbip_host" };
	ut_doctor_module_facts("5.0", &m);
	assert_true(m.here);
	assert_int_equal(m.is_signed, -1);
	m = (struct ut_module_facts){ .name = "usbip_tls_host" };
	fake("ELF", "lib/modules/5.0/updates/usbip_tls_host.ko");
	ut_doctor_module_facts("5.0", &m);
	assert_int_equal(m.is_signed, -1);
	fake("ELF, and quite some more than the signature is long",
	     "lib/modules/5.0/updates/usbip_tls_host.ko");
	ut_doctor_module_facts("5.0", &m);
	assert_int_equal(m.is_signed, 0);
	fake("ELF" SIGNATURE, "lib/modules/5.0/updates/usbip_tls_host.ko");
	ut_doctor_module_facts("5.0", &m);
	assert_int_equal(m.is_signed, 1);
	fake("0.1.0\n", "module/usbip_tls_host/version");
	ut_doctor_module_facts("5.0", &m);
	assert_true(m.loaded);
	assert_string_equal(m.version, "0.1.0");
	m = (struct ut_module_facts){ .name = "tls" };
	snprintf(dep, sizeof(dep), "lib/modules/%s/modules.builtin", release);
	fake("kernel/net/tls/tls.ko\n", "%s", dep);
	ut_doctor_module_facts(release, &m);
	assert_true(m.loaded);
}

static void test_kernel_facts(void **state)
{
	static const uint8_t on[] = { 6, 0, 0, 0, 1 };
	static const uint8_t off[] = { 6, 0, 0, 0, 0 };
	static const uint8_t list[] = { 6, 0, 0, 0, 9, 9, 'D', 'E', 'R', 0, 7 };
	struct ut_kernel_facts k;

	ut_doctor_kernel_facts(&k);
	assert_string_equal(k.release, release);
	assert_false(k.efi || k.source || k.headers || k.sig_enforce);
	assert_int_equal(k.secure_boot, -1);
	assert_string_equal(k.lockdown, "");
	fake_bytes(off, sizeof(off), SECURE_BOOT);
	ut_doctor_kernel_facts(&k);
	assert_true(k.efi);
	assert_int_equal(k.secure_boot, 0);
	fake_bytes(on, sizeof(on), SECURE_BOOT);
	fake("none [integrity] confidentiality\n", "kernel/security/lockdown");
	fake("Y\n", "module/module/parameters/sig_enforce");
	fake_bytes("DER\0", 4, "var/lib/dkms/mok.pub");
	fake(NULL, "var/lib/dkms/usbip-tls/");
	ut_doctor_kernel_facts(&k);
	assert_int_equal(k.secure_boot, 1);
	assert_string_equal(k.lockdown, "integrity");
	assert_true(k.sig_enforce && k.source);
	assert_string_equal(k.mok, "/var/lib/dkms/mok.pub");
	assert_int_equal(k.mok_enrolled, 0);
	fake_bytes(list, sizeof(list), MOK_LIST);
	ut_doctor_kernel_facts(&k);
	assert_int_equal(k.mok_enrolled, 1);
	fake_bytes("DIR\0", 4, "var/lib/dkms/mok.pub");
	ut_doctor_kernel_facts(&k);
	assert_int_equal(k.mok_enrolled, 0);
}

/* --- certificates --- */

static struct ut_cert_facts certs;
static char ca_dir[160], out_dir[160];

/* A CA, and the files that a machine of this role gets from it, in home. */
static void issue(enum ut_pki_role role)
{
	struct ut_pki_store store = { .dir = ca_dir };
	struct ut_pki_issue req = {
		.role = role, .name = "desk", .out = home, .force = true,
	};
	struct ut_err err;

	snprintf(ca_dir, sizeof(ca_dir), "%s/ca", fake_root);
	assert_int_equal(ut_pki_init(&store, NULL, 0, true, &err), 0);
	assert_int_equal(ut_pki_issue(&store, &req, NULL, &err), 0);
}

static void look_at(const char *cert)
{
	static struct ut_config cfg;

	assert_int_equal(ut_config_default(&cfg), 0);
	snprintf(cfg.tls.ca, sizeof(cfg.tls.ca), "%s/ca.pem", home);
	snprintf(cfg.tls.cert, sizeof(cfg.tls.cert), "%s/%s", home, cert);
	snprintf(cfg.tls.key, sizeof(cfg.tls.key), "%s/key.pem", home);
	snprintf(cfg.tls.crl, sizeof(cfg.tls.crl), "%s/crl.pem", home);
	snprintf(cfg.tls.crl_state, sizeof(cfg.tls.crl_state), "%s/kept",
		 fake_root);
	ut_doctor_cert_facts(&cfg, &certs);
	ut_config_free(&cfg);
}

static void test_cert_facts(void **state)
{
	struct ut_pki_store store = { .dir = ca_dir };
	char from[256], to[256];
	struct ut_err err;

	look_at("cert.pem");
	assert_int_equal(certs.cert.error, ENOENT);
	assert_int_equal(certs.ca.error, ENOENT);
	issue(UT_PKI_TABLET);
	look_at("cert.pem");
	assert_int_equal(certs.cert.error, 0);
	assert_int_equal(certs.own.role, UT_PKI_TABLET);
	assert_string_equal(certs.name, "desk");
	assert_int_equal(certs.reason, UT_TLS_OK);
	assert_int_equal(certs.key_fits, 1);
	assert_true(certs.crl_next > time(NULL));
	assert_string_equal(certs.crl.bad, "");
	/* Its own list says that it is revoked. */
	assert_int_equal(ut_pki_revoke(&store, "desk", NULL, &err), 0);
	snprintf(from, sizeof(from), "%s/crl.pem", ca_dir);
	snprintf(to, sizeof(to), "%s/crl.pem", home);
	assert_int_equal(rename(from, to), 0);
	look_at("cert.pem");
	assert_int_equal(certs.reason, UT_TLS_REVOKED);
	/* The CA's certificate in place of our own. */
	look_at("ca.pem");
	assert_int_equal(certs.own.role, UT_PKI_CA);
	assert_int_equal(certs.key_fits, 0);
	look_at("key.pem");
	assert_string_not_equal(certs.cert.bad, "");
}

static void test_other_authority(void **state)
{
	char from[256], to[256];

	issue(UT_PKI_DOCK);
	snprintf(from, sizeof(from), "%s/cert.pem", home);
	snprintf(to, sizeof(to), "%s/old.pem", home);
	assert_int_equal(rename(from, to), 0);
	snprintf(from, sizeof(from), "%s/key.pem", home);
	assert_int_equal(chmod(from, 0644), 0);
	snprintf(out_dir, sizeof(out_dir), "%s/crl.pem", home);
	snprintf(to, sizeof(to), "%s/old-crl.pem", home);
	assert_int_equal(rename(out_dir, to), 0);
	issue(UT_PKI_DOCK);
	assert_int_equal(rename(to, out_dir), 0);
	look_at("old.pem");
	assert_int_equal(certs.own.role, UT_PKI_DOCK);
	assert_int_equal(certs.reason, UT_TLS_UNKNOWN_CA);
	assert_int_equal(certs.key_fits, 0);
	assert_string_equal(certs.crl.bad,
			    "it is not signed by our authority");
}

/* The daemon would not start with it. */
static void test_older_list(void **state)
{
	struct ut_pki_store store = { .dir = ca_dir };
	struct ut_config_tls tls;
	struct ut_buf old, new;
	char path[256];
	struct ut_err err;

	issue(UT_PKI_DOCK);
	snprintf(path, sizeof(path), "%s/crl.pem", ca_dir);
	assert_int_equal(ut_file_read(path, &old, &err), 0);
	assert_int_equal(ut_pki_revoke(&store, "desk", NULL, &err), 0);
	assert_int_equal(ut_file_read(path, &new, &err), 0);
	assert_int_equal(ut_install_files(&tls, home, &err), 0);
	snprintf(tls.crl_state, sizeof(tls.crl_state), "%s/kept", fake_root);
	assert_int_equal(ut_crl_place(&tls, &new, &err), 0);
	look_at("cert.pem");
	assert_string_equal(certs.crl.bad, "");
	assert_int_equal(ut_file_write(tls.crl, old.data, old.len, 0644, true,
				       &err), 0);
	look_at("cert.pem");
	assert_string_equal(certs.crl.bad,
			    "it is older than one that was in use here before");
	ut_buf_free(&old);
	ut_buf_free(&new);
}

/* --- daemon --- */

static void test_daemon_facts(void **state)
{
	struct ut_config cfg;
	struct ut_daemon_facts d;

	assert_int_equal(ut_config_default(&cfg), 0);
	ut_doctor_daemon_facts(&cfg, &d);
	assert_int_equal(d.running, 0);
	assert_int_equal(d.listens, -1);
	assert_false(d.avahi || d.avahi_installed);
	fake("usbip-tlsd\n", "proc/77/comm");
	fake_bytes("usbip-tlsd\0-d\0tablet\0", 21, "proc/77/cmdline");
	fake("sshd\n", "proc/78/comm");
	fake_bytes("sshd\0dock\0", 10, "proc/78/cmdline");
	fake("  sl  local_address rem_address   st tx_queue\n"
	     "   0: 0100007F:0CA8 00000000:0000 01 00000000:00000000\n",
	     "proc/net/tcp");
	fake("1\n", "run/avahi-daemon/pid");
	ut_doctor_daemon_facts(&cfg, &d);
	assert_int_equal(d.running, UT_DOCTOR_TABLET);
	assert_int_equal(d.listens, 0);
	assert_true(d.avahi);
	fake("  sl  local_address remote_address st\n"
	     "   0: 00000000000000000000000000000000:0CA8 00000000000000000000000000000000:0000 0A 0\n",
	     "proc/net/tcp6");
	fake_bytes("usbip-tlsd\0both\0", 16, "proc/77/cmdline");
	ut_doctor_daemon_facts(&cfg, &d);
	assert_int_equal(d.listens, 1);
	assert_int_equal(d.running, UT_DOCTOR_TABLET | UT_DOCTOR_DOCK);
	ut_config_free(&cfg);
}

/* --- the verb --- */

static uint16_t listening(int *fd)
{
	struct sockaddr_in in = { .sin_family = AF_INET };
	socklen_t len = sizeof(in);

	in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	*fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_true(*fd >= 0);
	assert_int_equal(bind(*fd, (struct sockaddr *)&in, len), 0);
	assert_int_equal(listen(*fd, 8), 0);
	assert_int_equal(getsockname(*fd, (struct sockaddr *)&in, &len), 0);
	return ntohs(in.sin_port);
}

static void test_verb(void **state)
{
	struct json_object *o, *checks;
	size_t i, n, fails = 0;
	char conf[1024];
	int fd;

	cli.port = listening(&fd);
	cli_ports();
	cli_dock.is_real = true;
	issue(UT_PKI_TABLET);
	snprintf(conf, sizeof(conf),
		 "[tls]\nca = %s/ca.pem\ncert = %s/cert.pem\nkey = %s/key.pem\n"
		 "crl = %s/crl.pem\n", home, home, home, home);
	fake(conf, "conf");
	assert_int_equal(cli_run(&ut_verb_doctor, "--json 127.0.0.1"),
			 UT_EXIT_FAILURE);
	assert_int_equal(cli_dock.lists, 1);
	o = cli_json();
	assert_false(json_object_get_boolean(json_member(o, "ok")));
	checks = json_member(o, "checks");
	n = json_object_array_length(checks);
	for (i = 0; i < n; i++) {
		struct json_object *c = json_object_array_get_idx(checks, i);

		fails += !strcmp(json_text(c, "level"), "fail");
		json_member(c, "cure");
	}
	assert_true(fails);
	json_object_put(o);
	assert_int_equal(cli_run(&ut_verb_doctor, "127.0.0.1"),
			 UT_EXIT_FAILURE);
	assert_non_null(strstr(cli_out, "ok    network: 127.0.0.1 answers on TCP port "));
	assert_non_null(strstr(cli_out, "ok    certificate: this machine is tablet \"desk\", until "));
	/* A tablet needs no rules of a dock. */
	assert_null(strstr(cli_out, "rules: "));
	close(fd);
	assert_int_equal(cli_run(&ut_verb_doctor, "127.0.0.1"),
			 UT_EXIT_FAILURE);
	assert_non_null(strstr(cli_out, "fail  network: 127.0.0.1 answers, but refuses TCP port "));
	assert_non_null(strstr(cli_out, "      cure: on the dock: systemctl enable --now usbip-tls-dock\n"));
}

static void test_verb_bad_config(void **state)
{
	fake("[tls]\nca = x\n[dock]\nport = 0\n", "conf");
	assert_int_equal(cli_run(&ut_verb_doctor, ""), UT_EXIT_FAILURE);
	assert_non_null(strstr(cli_out, "fail  configuration: "));
	assert_non_null(strstr(cli_out, "conf:2: "));
	assert_non_null(strstr(cli_out, "conf:4: "));
	assert_non_null(strstr(cli_out, "cure: man usbip-tls.conf"));
	assert_non_null(strstr(cli_out, "skip  certificate: "));
	assert_int_equal(cli_run(&ut_verb_doctor, "a b"), UT_EXIT_USAGE);
}

#define T(f) cmocka_unit_test_setup_teardown(f, look_setup, doctor_teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		T(test_module_facts), T(test_kernel_facts), T(test_cert_facts),
		T(test_other_authority), T(test_older_list),
		T(test_daemon_facts), T(test_verb), T(test_verb_bad_config),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
