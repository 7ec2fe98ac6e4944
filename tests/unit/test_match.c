// SPDX-License-Identifier: GPL-2.0
/* What each term of a rule fits. */
#include <locale.h>

#include "lib/rule_bed.h"

/* A keyboard with a storage interface, on port 1-2.3 of bus 1. */
static struct ut_op_device keyboard(void)
{
	return (struct ut_op_device){
		.busid = "1-2.3", .busnum = 1, .vid = 0x046d, .pid = 0xc31c,
		.manufacturer = "Logitech", .product = "USB Keyboard K120",
		.serial = "AbC 1", .nif = 2,
		.interfaces = { { 3, 1, 1 }, { 8, 6, 0x50 } },
	};
}

struct fit {
	const char *term;
	enum ut_fit fit;
};

static void fits(const struct ut_facts *facts, const struct fit *rows, size_t n)
{
	char text[128];
	size_t i;

	for (i = 0; i < n; i++) {
		snprintf(text, sizeof(text), "deny %s", rows[i].term);
		rule_good(text);
		if (ut_rule_fits_device(&rule_last, facts) != rows[i].fit)
			fail_msg("%s: not %d", rows[i].term, rows[i].fit);
	}
}

#define FITS(facts, rows) fits(facts, rows, sizeof(rows) / sizeof(rows[0]))

static void test_every_matcher(void **state)
{
	static const struct fit rows[] = {
		{ "", UT_FIT_YES },
		{ "id=046d:c31c", UT_FIT_YES },
		{ "id=046D:C31C", UT_FIT_YES },
		{ "id=046d:*", UT_FIT_YES },
		{ "id=046d:c31d", UT_FIT_NO },
		{ "id!=046d:c31d", UT_FIT_YES },
		{ "id!=046d:*", UT_FIT_NO },
		{ "id=*:c31[a-f]", UT_FIT_YES },
		{ "serial=\"AbC 1\"", UT_FIT_YES },
		{ "serial=\"abc 1\"", UT_FIT_NO },
		{ "serial!=\"abc 1\"", UT_FIT_YES },
		{ "serial=AbC*", UT_FIT_YES },
		{ "serial=AbC?1", UT_FIT_YES },
		{ "serial=AbC", UT_FIT_NO },
		{ "serial=\"\"", UT_FIT_NO },
		{ "serial!=\"\"", UT_FIT_YES },
		{ "class=hid", UT_FIT_YES },
		{ "class=03", UT_FIT_YES },
		{ "class=HID", UT_FIT_YES },
		{ "class=storage", UT_FIT_YES },
		{ "class=0[89]", UT_FIT_YES },
		{ "class=stor*", UT_FIT_YES },
		{ "class=00", UT_FIT_YES },
		{ "class=audio", UT_FIT_NO },
		{ "class!=audio", UT_FIT_YES },
		{ "class!=hid", UT_FIT_NO },
		{ "class!=08", UT_FIT_NO },
		{ "path=1-2.3", UT_FIT_YES },
		{ "path=1-2", UT_FIT_NO },
		{ "path=*-2.*", UT_FIT_YES },
		{ "path!=1-2.3", UT_FIT_NO },
		{ "bus=1", UT_FIT_YES },
		{ "bus=11", UT_FIT_NO },
		{ "bus=?", UT_FIT_YES },
		{ "bus!=1", UT_FIT_NO },
		{ "bus!=2", UT_FIT_YES },
		{ "name=\"Logitech USB Keyboard K120\"", UT_FIT_YES },
		{ "name=\"logitech usb *\"", UT_FIT_YES },
		{ "name=Logitech", UT_FIT_NO },
		{ "name!=*k120", UT_FIT_NO },
		{ "id=046d:* class=hid bus=1", UT_FIT_YES },
		{ "id=046d:* class=hid bus=2", UT_FIT_NO },
		{ "id=046d:* class!=hid", UT_FIT_NO },
		/* Terms about the tablet are ignored here. */
		{ "id=046d:* tablet=nobody", UT_FIT_YES },
	};
	struct ut_op_device op = keyboard();
	struct ut_facts facts;

	ut_facts_of_op(&op, &facts);
	FITS(&facts, rows);
}

static void test_device_without_texts(void **state)
{
	static const struct fit rows[] = {
		{ "serial=\"\"", UT_FIT_YES },
		{ "serial=*", UT_FIT_YES },
		{ "serial=?*", UT_FIT_NO },
		{ "serial!=\"\"", UT_FIT_NO },
		{ "name=\"\"", UT_FIT_YES },
		{ "path=usbip-vudc.0", UT_FIT_YES },
		{ "bus=0", UT_FIT_YES },
	};
	struct ut_op_device op = { .busid = "usbip-vudc.0" };
	struct ut_facts facts;

	ut_facts_of_op(&op, &facts);
	FITS(&facts, rows);
}

/* Interfaces that were not reported: only the class of the device is certain. */
static void test_unknown_classes(void **state)
{
	static const struct fit rows[] = {
		{ "class=misc", UT_FIT_YES },
		{ "class!=misc", UT_FIT_NO },
		{ "class=hid", UT_FIT_UNKNOWN },
		{ "class!=hid", UT_FIT_UNKNOWN },
		{ "class=hid bus=9", UT_FIT_NO },
		{ "bus=9 class=hid", UT_FIT_NO },
		{ "class=hid bus=1", UT_FIT_UNKNOWN },
		{ "class=hid class=misc", UT_FIT_UNKNOWN },
		{ "class=hid class!=misc", UT_FIT_NO },
	};
	struct ut_op_device op = keyboard();
	struct ut_facts facts;

	op.nif = 0;
	op.dev_class = 0xef;
	ut_facts_of_op(&op, &facts);
	assert_false(facts.classes_known);
	FITS(&facts, rows);
}

static void test_facts(void **state)
{
	struct ut_op_device op = keyboard();
	struct ut_facts facts;

	strcpy(op.product, "X\033[2J");
	strcpy(op.serial, "\xff" "1");
	ut_facts_of_op(&op, &facts);
	assert_string_equal(facts.busid, "1-2.3");
	assert_int_equal(facts.busnum, 1);
	assert_string_equal(facts.name, "Logitech X?[2J");
	assert_string_equal(facts.serial, "?1");
	assert_true(facts.classes_known);
	assert_true(ut_facts_has_class(&facts, 3));
	assert_true(ut_facts_has_class(&facts, 0));
	assert_false(ut_facts_has_class(&facts, 9));
	assert_false(facts.protected);
	/* Texts that fill their whole buffer, as those of a peer can. */
	memset(op.manufacturer, 'm', sizeof(op.manufacturer));
	memset(op.product, 'p', sizeof(op.product));
	memset(op.serial, 's', sizeof(op.serial));
	op.nif = 255;
	ut_facts_of_op(&op, &facts);
	assert_int_equal(strlen(facts.name), 2 * 127 + 1);
	assert_int_equal(strlen(facts.serial), 127);
	ut_facts_protect(&facts, "it has the root file system");
	assert_true(facts.protected);
	assert_string_equal(facts.why, "it has the root file system");
}

struct peer_fit {
	const char *term;
	bool lea;
	bool nobody;
};

static void test_peers(void **state)
{
	static const struct peer_fit rows[] = {
		{ "tablet=lea", true, false },
		{ "tablet=Lea", false, false },
		{ "tablet=l*", true, false },
		{ "tablet=*", true, false },
		{ "tablet!=lea", false, true },
		{ "tablet!=tom", true, true },
		{ "tablet!=*", false, true },
		{ "group=office", true, false },
		{ "group=OFFICE", true, false },
		{ "group=*", true, false },
		{ "group=kids", false, false },
		{ "group!=kids", true, true },
		{ "group!=office", false, true },
		/* The second line with the same name. */
		{ "group=late", true, false },
		{ "tablet=lea group=kids", false, false },
		{ "tablet=lea group=office", true, false },
		{ "bus=77", true, true },
	};
	static const char *const lines[] = {
		"office tom le?", "kids tim", "late nobody", "late lea", "all *",
	};
	struct ut_group groups[5] = { 0 };
	struct ut_peer lea = { "lea", "", groups, 5 };
	struct ut_peer nobody = { "", "", groups, 5 };
	char text[128];
	size_t i;

	for (i = 0; i < 5; i++)
		assert_true(ut_group_parse(lines[i], &groups[i], rule_why));
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		snprintf(text, sizeof(text), "deny %s", rows[i].term);
		rule_good(text);
		if (ut_rule_fits_peer(&rule_last, &lea) != rows[i].lea ||
		    ut_rule_fits_peer(&rule_last, &nobody) != rows[i].nobody)
			fail_msg("%s", rows[i].term);
	}
	for (i = 0; i < 5; i++)
		ut_group_drop(&groups[i]);
}

static void test_dock_term(void **state)
{
	struct ut_peer desk = { "", "desk", NULL, 0 }, none = { "", "", NULL, 0 };

	assert_true(rule_parse(UT_RULE_ATTACH, "allow dock=DE*"));
	assert_true(ut_rule_fits_peer(&rule_last, &desk));
	assert_false(ut_rule_fits_peer(&rule_last, &none));
	assert_true(rule_parse(UT_RULE_ATTACH, "allow dock!=kitchen"));
	assert_true(ut_rule_fits_peer(&rule_last, &desk));
	assert_true(ut_rule_fits_peer(&rule_last, &none));
	assert_true(rule_parse(UT_RULE_ATTACH, "allow dock=*"));
	assert_false(ut_rule_fits_peer(&rule_last, &none));
}

/* The verdict must not depend on the caller's locale. */
static void test_locale(void **state)
{
	static const char *const names[] = { "C", "C.UTF-8" };
	size_t i;

	for (i = 0; i < 2; i++) {
		assert_non_null(setlocale(LC_ALL, names[i]));
		assert_false(ut_glob_fits("K?che", "K\xc3\xbc" "che", true));
		assert_true(ut_glob_fits("K??che", "K\xc3\xbc" "che", true));
		assert_false(ut_glob_fits("k\xc3\x9c*", "K\xc3\xbc" "che",
					  true));
		assert_true(ut_glob_fits("k\xc3\xbc*", "K\xc3\xbc" "che",
					 true));
		assert_true(ut_glob_fits("*", "\xff\xfe", false));
		assert_true(ut_glob_fits(".*", ".x", false));
		assert_true(ut_glob_fits("*x", ".x", false));
		assert_true(ut_glob_fits("*", "a/b", false));
	}
	setlocale(LC_ALL, "C");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		T(test_every_matcher),
		T(test_device_without_texts),
		T(test_unknown_classes),
		T(test_facts),
		T(test_peers),
		T(test_dock_term),
		T(test_locale),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
