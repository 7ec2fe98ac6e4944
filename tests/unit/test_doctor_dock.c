// SPDX-License-Identifier: GPL-2.0
/* The doctor: rules, devices and ports of this machine, and docks that it asks. */
#include "lib/doctor_bed.h"

/* --- rules and ports --- */

static struct ut_config cfg_of(const char *text)
{
	struct ut_config cfg;
	struct ut_err err;

	assert_int_equal(ut_config_default(&cfg), 0);
	if (ut_config_parse(&cfg, "test", text, &err))
		fail_msg("%s", err.msg);
	return cfg;
}

static void test_rules(void **state)
{
	struct ut_config cfg = cfg_of("");

	ut_doctor_rules(&found, &cfg);
	only(UT_LEVEL_FAIL, "[policy] has no rule: no tablet gets any device",
	     "rule = allow class=storage");
	ut_doctor_attach(&found, &cfg);
	only(UT_LEVEL_WARN, "no rule \"attach\"", "attach = allow dock=NAME");
	ut_config_free(&cfg);
	cfg = cfg_of("[policy]\nrule = deny\n[dock]\nallow_tablets =\n"
		     "[tablet]\nattach = deny\n");
	ut_doctor_rules(&found, &cfg);
	find_text("no rule that allows anything");
	last(UT_LEVEL_FAIL, "allow_tablets in [dock] is empty",
	     "allow_tablets = *");
	fresh();
	ut_doctor_attach(&found, &cfg);
	only(UT_LEVEL_WARN, "no rule \"attach\"", "attach");
	ut_config_free(&cfg);
	cfg = cfg_of("[policy]\nrule = allow\n[tablet]\nattach = allow\n");
	ut_doctor_rules(&found, &cfg);
	only(UT_LEVEL_OK, "1 rule in [policy]", NULL);
	ut_doctor_attach(&found, &cfg);
	only(UT_LEVEL_OK, "1 rule \"attach\"", NULL);
	ut_config_free(&cfg);
}

static void test_devices(void **state)
{
	struct ut_config cfg = cfg_of("[policy]\nrule = deny path=1-2\n"
				      "rule = hide path=1-3\nrule = allow path=1-4\n");
	const struct finding *v;

	fake_stick(FAKE_USB, "1-2", 'b');
	fake_stick(FAKE_USB, "1-3", 'c');
	fake_stick(FAKE_USB, "1-4", 'd');
	fake_stick(FAKE_USB, "1-5", 'e');
	fake_stick(FAKE_USB, "1-6", 'f');
	fake("21 1 8:81 / / rw - ext4 /dev/sdf1 rw\n", "proc/self/mountinfo");
	ut_doctor_devices(&found, &cfg);
	assert_int_equal(found_n(), 5);
	v = find_text("1-2 (");
	assert_int_equal(v->level, UT_LEVEL_WARN);
	assert_non_null(strstr(v->text, "is for nobody: test:2: deny path=1-2"));
	assert_non_null(strstr(v->cure, "usbip-tls policy test 1-2 TABLET"));
	assert_non_null(strstr(v->cure, "rule = allow id=0781:5567\" in [policy], before that rule"));
	v = find_text("1-3 (");
	assert_int_equal(v->level, UT_LEVEL_OK);
	assert_non_null(strstr(v->text, "is hidden: test:3: hide path=1-3"));
	v = find_text("1-4 (");
	assert_int_equal(v->level, UT_LEVEL_OK);
	assert_non_null(strstr(v->text, "is for tablets: test:4: allow path=1-4"));
	v = find_text("1-5 (");
	assert_int_equal(v->level, UT_LEVEL_WARN);
	assert_non_null(strstr(v->text, "no rule matches, and no rule allows it"));
	v = find_text("1-6 (");
	assert_non_null(strstr(v->text, "is never shared: it carries the root file system"));
	ut_config_free(&cfg);
}

static void test_ports(void **state)
{
	struct ut_vhci_port p[] = {
		{ .port = 0, .state = UT_VHCI_USED },
		{ .port = 1, .state = UT_VHCI_FREE },
		{ .port = 2, .state = UT_VHCI_ERROR, .super_speed = true },
	};

	ut_doctor_ports(&found, p, 3);
	assert_int_equal(find_text("1 of 2 ports for USB 1 and 2")->level,
			 UT_LEVEL_OK);
	last(UT_LEVEL_FAIL, "no free port for USB 3: all 1 are in use",
	     "usbip-tls port");
	assert_non_null(strstr(finding(1)->cure, "usbip-tls detach -p PORT"));
}

/* --- docks --- */

static void dock(const struct ut_dock_facts *facts, const char *conf)
{
	struct ut_dock_facts d = *facts;
	struct ut_config cfg = cfg_of(conf);

	d.host = "desk.lan";
	d.port = 3240;
	d.name = "desk";
	d.tablet = "lea";
	ut_doctor_dock(&found, &cfg, &d);
	ut_config_free(&cfg);
}

static void test_not_connected(void **state)
{
	struct ut_dock_facts d = { .connect = -ECONNREFUSED };

	dock(&d, "");
	last(UT_LEVEL_FAIL, "desk.lan answers, but refuses TCP port 3240",
	     "on the dock: systemctl enable --now usbip-tls-dock");
	only(UT_LEVEL_FAIL, "", "ufw allow 3240/tcp");
	d.connect = -ETIMEDOUT;
	dock(&d, "");
	last(UT_LEVEL_FAIL, "no answer from desk.lan port 3240: a firewall drops it",
	     "firewall-cmd --permanent --add-port=3240/tcp");
	only(UT_LEVEL_FAIL, "", "ping desk.lan");
	d.connect = -EHOSTUNREACH;
	dock(&d, "");
	only(UT_LEVEL_FAIL, "unreachable: the machine is off or in another network, or a firewall rejects",
	     "nft insert rule");
	d.connect = -ENETUNREACH;
	dock(&d, "");
	only(UT_LEVEL_FAIL, "no route to the network of desk.lan", "ip route");
	d.connect = -EPERM;
	dock(&d, "");
	only(UT_LEVEL_FAIL, "Operation not permitted", "nft list ruleset");
	d.unknown = true;
	ut_err_set(&d.err, UT_EXIT_UNREACHABLE, ENXIO, "cannot find it");
	dock(&d, "");
	only(UT_LEVEL_FAIL, "cannot find it", "getent hosts desk.lan");
}

static void test_dock(void **state)
{
	struct ut_dock_facts d = { .asked = false };

	dock(&d, "");
	find_text("desk.lan answers on TCP port 3240");
	last(UT_LEVEL_SKIP, "only root can read our key", "sudo usbip-tls doctor desk.lan");
	fresh();
	d.asked = true;
	d.ret = ut_err_set(&d.err, UT_EXIT_CERTIFICATE, EACCES,
			   "is for \"a\", not for \"b\"");
	ut_err_hint(&d.err, "use that name");
	dock(&d, "");
	last(UT_LEVEL_FAIL, "is for \"a\", not for \"b\"", "use that name");
	fresh();
	d.ret = 0;
	dock(&d, "");
	last(UT_LEVEL_WARN, "dock desk.lan has no device for us now",
	     "usbip-tls policy test DEVICE lea");
	fresh();
	d.devs = cli_dock.devs;
	d.n = 2;
	dock(&d, "[tablet]\nattach = deny serial=AAA\nattach = allow id=1:*\n");
	assert_non_null(strstr(find_text("1-2 (")->text,
			       "is not attached by itself: test:2: deny serial=AAA"));
	assert_non_null(strstr(find_text("1-3 (")->cure,
			       "attach = allow id=0781:5567 dock=desk"));
	last(UT_LEVEL_OK, "2 free devices for us; rules attach 0 of them",
	     NULL);
	fresh();
	dock(&d, "[tablet]\nattach = allow\ndeny_docks = de*\n");
	find_text("nothing of dock \"desk\" is attached by itself");
	last(UT_LEVEL_OK, "rules attach 2 of them", NULL);
}

#define T(f) cmocka_unit_test_setup_teardown(f, doctor_setup, doctor_teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		T(test_rules), T(test_devices), T(test_ports),
		T(test_not_connected), T(test_dock),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
