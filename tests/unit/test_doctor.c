// SPDX-License-Identifier: GPL-2.0
/* The doctor: what the facts mean, each with its cause and its cure. */
#include "lib/doctor_bed.h"
#include "tls/ktls.h"

#define NOW	1800000000	/* 2027-01-15 */
#define DAY	86400

/* --- modules and Secure Boot --- */

static struct ut_kernel_facts plain(void)
{
	return (struct ut_kernel_facts){
		.version = "0.1.0", .release = "6.1.0-56-amd64", .headers = true,
		.mok_enrolled = -1,
	};
}

static struct ut_kernel_facts locked(void)
{
	struct ut_kernel_facts k = plain();

	k.efi = true;
	k.secure_boot = 1;
	strcpy(k.lockdown, "integrity");
	strcpy(k.mok, "/var/lib/dkms/mok.pub");
	k.mok_enrolled = 0;
	return k;
}

static void module(const struct ut_kernel_facts *k, struct ut_module_facts m)
{
	m.name = m.ours ? "usbip_tls_host" : "usbip_host";
	ut_doctor_module(&found, k, &m);
}

static void test_module(void **state)
{
	struct ut_kernel_facts k = plain();
	struct ut_module_facts m = { .ours = true, .loaded = true };

	strcpy(m.version, "0.1.0");
	module(&k, m);
	only(UT_LEVEL_OK, "usbip_tls_host is loaded", NULL);
	strcpy(m.version, "0.0.1");
	module(&k, m);
	only(UT_LEVEL_WARN, "is loaded in version 0.0.1", "reboot");
	m = (struct ut_module_facts){ .ours = true };
	module(&k, m);
	only(UT_LEVEL_FAIL, "usbip_tls_host is not installed",
	     "apt install usbip-tls-dkms linux-headers-6.1.0-56-amd64");
	k.source = true;
	module(&k, m);
	only(UT_LEVEL_FAIL, "has not built it for the running kernel, 6.1.0-56-amd64",
	     "dkms autoinstall -k 6.1.0-56-amd64\ndkms status usbip-tls");
	strcpy(m.other, "6.1.0-50-amd64");
	k.headers = false;
	module(&k, m);
	only(UT_LEVEL_FAIL, "built for kernel 6.1.0-50-amd64, not for the running one, 6.1.0-56-amd64, whose headers are not installed",
	     "apt install linux-headers-6.1.0-56-amd64\ndkms autoinstall");
	m.here = true;
	module(&k, m);
	only(UT_LEVEL_FAIL, "installed for this kernel but not loaded",
	     "modprobe usbip_tls_host");
}

/* Debian's kernel has it, its kernel for clouds has not. */
static void test_stock_module(void **state)
{
	struct ut_kernel_facts k = plain();
	struct ut_module_facts m = { .here = true };

	module(&k, m);
	only(UT_LEVEL_FAIL, "not loaded", "modprobe usbip_host");
	m.here = false;
	module(&k, m);
	only(UT_LEVEL_FAIL, "lacks the module usbip_host",
	     "apt install linux-image-amd64");
	strcpy(m.other, "6.1.0-50-amd64");
	module(&k, m);
	only(UT_LEVEL_FAIL, "kernel 6.1.0-50-amd64 has it", "reboot");
}

static void test_unsigned(void **state)
{
	struct ut_module_facts m = { .ours = true, .here = true };
	struct ut_kernel_facts k = locked();

	module(&k, m);
	last(UT_LEVEL_FAIL, "is not signed, and with Secure Boot",
	     "dkms autoinstall");
	only(UT_LEVEL_FAIL, "", "mokutil --import /var/lib/dkms/mok.pub");
	m.is_signed = 1;
	module(&k, m);
	only(UT_LEVEL_FAIL, "signed by a key that the firmware does not know",
	     "mokutil --import /var/lib/dkms/mok.pub");
	/*
	 * A compressed file shows no signature; the key that is not enrolled is enough.
	 */
	m.is_signed = -1;
	module(&k, m);
	only(UT_LEVEL_FAIL, "signed by a key that the firmware does not know",
	     "mokutil --test-key");
	k.mok_enrolled = 1;
	module(&k, m);
	only(UT_LEVEL_FAIL, "not loaded", "modprobe");
	/* Secure Boot alone does not restrict a kernel without lockdown. */
	k = locked();
	strcpy(k.lockdown, "none");
	m.is_signed = 0;
	module(&k, m);
	only(UT_LEVEL_FAIL, "not loaded", "modprobe");
	k.sig_enforce = true;
	module(&k, m);
	only(UT_LEVEL_FAIL, "is not signed", "mokutil");
}

static void test_secure_boot(void **state)
{
	struct ut_kernel_facts k = plain();

	k.secure_boot = -1;
	ut_doctor_secure_boot(&found, &k);
	only(UT_LEVEL_OK, "no Secure Boot", NULL);
	k.efi = true;
	ut_doctor_secure_boot(&found, &k);
	only(UT_LEVEL_SKIP, "not mounted", "mount -t efivarfs");
	k.secure_boot = 0;
	ut_doctor_secure_boot(&found, &k);
	only(UT_LEVEL_OK, "Secure Boot is off", NULL);
	k = locked();
	ut_doctor_secure_boot(&found, &k);
	only(UT_LEVEL_WARN, "firmware does not know the key of dkms, /var/lib/dkms/mok.pub",
	     "mokutil --import /var/lib/dkms/mok.pub   (it asks for a password, which you need once)\n"
	     "reboot   (in the blue screen: Enroll MOK, Continue, Yes, the password, Reboot)\n"
	     "mokutil --test-key /var/lib/dkms/mok.pub");
	k.mok_enrolled = -1;
	ut_doctor_secure_boot(&found, &k);
	only(UT_LEVEL_SKIP, "could not be read", "mokutil");
	k.mok_enrolled = 1;
	ut_doctor_secure_boot(&found, &k);
	only(UT_LEVEL_OK, "firmware knows the key", NULL);
	k.mok[0] = '\0';
	k.mok_enrolled = -1;
	ut_doctor_secure_boot(&found, &k);
	only(UT_LEVEL_WARN, "dkms has no key yet", "dkms autoinstall");
}

static void test_ktls(void **state)
{
	int ret[8] = { 0 };
	size_t i;

	assert_in_range(ut_ktls_n_ciphers, 2, 8);
	ut_doctor_ktls(&found, ret, false);
	only(UT_LEVEL_OK, "kernel TLS works with", NULL);
	ret[1] = -ENOENT;
	ut_doctor_ktls(&found, ret, false);
	only(UT_LEVEL_WARN, "but not with", "apt install linux-image");
	for (i = 0; i < ut_ktls_n_ciphers; i++)
		ret[i] = -ENOENT;
	ut_doctor_ktls(&found, ret, false);
	only(UT_LEVEL_SKIP, "an ordinary user cannot load it",
	     "sudo modprobe tls");
	ut_doctor_ktls(&found, ret, true);
	only(UT_LEVEL_FAIL, "no kernel TLS (CONFIG_TLS)", "modprobe tls\n");
	ret[0] = -EINVAL;
	ut_doctor_ktls(&found, ret, true);
	only(UT_LEVEL_FAIL, "none of our ciphers: Invalid argument", "modprobe");
}

/* --- clock and certificate --- */

static void test_clock(void **state)
{
	struct ut_clock_facts c = {
		.now = NOW, .program = NOW - DAY, .not_before = NOW - DAY,
		.synced = 1,
	};

	ut_doctor_clock(&found, &c);
	only(UT_LEVEL_OK, "2027-01-15 08:00 UTC, synchronized", NULL);
	c.synced = 0;
	ut_doctor_clock(&found, &c);
	only(UT_LEVEL_WARN, "not synchronized", "timedatectl set-ntp true");
	c.not_before = NOW + 1;
	ut_doctor_clock(&found, &c);
	only(UT_LEVEL_FAIL, "the clock is wrong: it says 2027-01-15 08:00 UTC, but our certificate is from",
	     "timedatectl set-ntp true");
	c.not_before = 0;
	c.program = NOW + 2 * DAY;
	ut_doctor_clock(&found, &c);
	only(UT_LEVEL_FAIL, "but this program is from 2027-01-17",
	     "timedatectl set-time");
}

static struct ut_cert_facts good_cert(void)
{
	struct ut_cert_facts c = {
		.ca.path = "/ca", .cert.path = "/cert", .key.path = "/key",
		.crl.path = "/crl", .reason = UT_TLS_OK, .key_fits = 1,
		.crl_next = NOW + DAY, .renew_before = 30, .name = "desk",
		.own = {
			.role = UT_PKI_DOCK, .not_before = NOW - 50 * DAY,
			.not_after = NOW + 100 * DAY,
		},
	};

	return c;
}

/* Two findings: one about the certificate, one about the list. */
static void cert(const struct ut_cert_facts *c, enum ut_level level,
		 const char *text, const char *cure)
{
	const struct finding *v;

	ut_doctor_cert(&found, c, NOW, true);
	v = find_text(text);
	assert_int_equal(v->level, level);
	if (cure && !strstr(v->cure, cure))
		fail_msg("cure: %s", v->cure);
	fresh();
}

static void test_cert(void **state)
{
	struct ut_cert_facts c = good_cert();

	cert(&c, UT_LEVEL_OK, "this machine is dock \"desk\", until 2027-04-25",
	     NULL);
	c.own.not_after = NOW + 20 * DAY;
	cert(&c, UT_LEVEL_WARN, "\"desk\" expires on 2027-02-04 08:00 UTC, in 20 days",
	     "usbip-tls enroll HOST --force --role dock");
	/* A short-lived one is not due while half of its time is left. */
	c.own.not_before = NOW - 5 * DAY;
	c.own.not_after = NOW + 6 * DAY;
	cert(&c, UT_LEVEL_OK, "this machine is dock \"desk\"", NULL);
	c.own.not_after = NOW - 1;
	c.reason = UT_TLS_EXPIRED;
	c.when = c.own.not_after;
	cert(&c, UT_LEVEL_FAIL, "has expired: it ended on 2027-01-15",
	     "usbip-tls enroll");
	c = good_cert();
	c.own.not_before = NOW + DAY;
	cert(&c, UT_LEVEL_FAIL, "not valid yet: it begins on 2027-01-16",
	     "timedatectl");
	c = good_cert();
	c.reason = UT_TLS_EXPIRED;
	c.when = NOW - 5;
	cert(&c, UT_LEVEL_FAIL, "of the authority in /ca is not valid at this time",
	     "pki init");
	c.reason = UT_TLS_UNKNOWN_CA;
	cert(&c, UT_LEVEL_FAIL, "\"desk\" is not from the authority in ca",
	     "enroll");
	c.reason = UT_TLS_REVOKED;
	cert(&c, UT_LEVEL_FAIL, "\"desk\" is revoked", "enroll");
	c = good_cert();
	c.key_fits = 0;
	cert(&c, UT_LEVEL_FAIL, "the key /key does not belong to the certificate /cert",
	     "enroll");
}

static void test_cert_role(void **state)
{
	struct ut_cert_facts c = good_cert();

	c.own.role = UT_PKI_OTHER;
	cert(&c, UT_LEVEL_FAIL, "wrong role: it is neither for a dock nor for a tablet",
	     "enroll");
	c.own.role = UT_PKI_CA;
	cert(&c, UT_LEVEL_FAIL, "wrong role: it is that of an authority",
	     "enroll");
}

static void test_cert_files(void **state)
{
	struct ut_cert_facts c = good_cert();

	c.cert.error = ENOENT;
	ut_doctor_cert(&found, &c, NOW, true);
	only(UT_LEVEL_FAIL, "our certificate /cert is not there",
	     "usbip-tls enroll DOCK");
	c.cert.error = 0;
	strcpy(c.cert.bad, "Base64 decoding error.");
	ut_doctor_cert(&found, &c, NOW, true);
	only(UT_LEVEL_FAIL, "our certificate /cert: Base64 decoding error.",
	     "enroll");
	c = good_cert();
	c.ca.error = EIO;
	cert(&c, UT_LEVEL_FAIL, "the certificate of the authority /ca cannot be read: Input/output error",
	     "ls -l /ca");
	c = good_cert();
	c.key.error = EACCES;
	c.key_fits = -1;
	cert(&c, UT_LEVEL_FAIL, "the key /key cannot be read: Permission denied",
	     "ls -l /key");
	/* For an ordinary user that is how it should be. */
	ut_doctor_cert(&found, &c, NOW, false);
	assert_int_equal(find_text("the key /key can be read only by root")->level,
			 UT_LEVEL_SKIP);
	fresh();
}

static void test_crl(void **state)
{
	struct ut_cert_facts c = good_cert();

	cert(&c, UT_LEVEL_OK, "/crl is up to date", NULL);
	c.crl_next = NOW - DAY;
	cert(&c, UT_LEVEL_WARN, "/crl is old: a new one was due on 2027-01-14",
	     "scp AUTHORITY:/etc/usbip-tls/pki/crl.pem /crl");
	strcpy(c.crl.bad, "it is not signed by our authority");
	cert(&c, UT_LEVEL_FAIL, "the revocation list /crl: it is not signed",
	     "enroll");
	c.crl.path = "";
	cert(&c, UT_LEVEL_WARN, "[tls] has no crl", "put \"crl = ");
}

/* --- daemon --- */

static void test_daemon(void **state)
{
	struct ut_daemon_facts d = {
		.running = UT_DOCTOR_DOCK, .listens = 1, .port = 3240,
	};

	ut_doctor_daemon(&found, &d, UT_DOCTOR_DOCK);
	find_text("usbip-tlsd dock runs");
	find_text("listens on TCP port 3240");
	last(UT_LEVEL_OK, "dns_sd = no", NULL);
	assert_int_equal(found_n(), 3);
	fresh();
	d.listens = 0;
	d.dns_sd = true;
	ut_doctor_daemon(&found, &d, UT_DOCTOR_DOCK);
	assert_int_equal(find_text("nothing listens on TCP port 3240")->level,
			 UT_LEVEL_FAIL);
	last(UT_LEVEL_WARN, "avahi-daemon is not installed",
	     "apt install avahi-daemon");
	fresh();
	d.running = 0;
	d.avahi_installed = true;
	ut_doctor_daemon(&found, &d, UT_DOCTOR_DOCK | UT_DOCTOR_TABLET);
	assert_int_equal(find_text("usbip-tlsd dock does not run")->level,
			 UT_LEVEL_FAIL);
	assert_non_null(strstr(find_text("usbip-tlsd tablet does not run")->cure,
			       "systemctl enable --now usbip-tls-tablet"));
	last(UT_LEVEL_WARN, "avahi-daemon does not run",
	     "systemctl enable --now avahi-daemon");
	d.avahi = true;
	fresh();
	ut_doctor_daemon(&found, &d, 0);
	only(UT_LEVEL_OK, "avahi-daemon runs", NULL);
}

static int finish(void **state)
{
	fresh();
	return 0;
}

#define T(f) cmocka_unit_test_teardown(f, finish)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		T(test_module), T(test_stock_module), T(test_unsigned),
		T(test_secure_boot), T(test_ktls), T(test_clock), T(test_cert),
		T(test_cert_role), T(test_cert_files), T(test_crl),
		T(test_daemon),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
