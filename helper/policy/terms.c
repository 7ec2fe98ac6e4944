// SPDX-License-Identifier: GPL-2.0
/* Globs, and what the terms of rules may be: see terms.h. */
#include <fnmatch.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>

#include "policy/terms.h"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define HEX "0123456789abcdefABCDEF"
#define CLASS_MAX 255

/* In which kinds of rules a key may stand. */
#define IN_DOCK		(1 << UT_RULE_DOCK)
#define IN_TABLET	(1 << UT_RULE_ATTACH | 1 << UT_RULE_PIN)

static const struct {
	const char *name;
	unsigned int in;
	bool folds;
} keys[UT_TERM_KEYS] = {
	[UT_TERM_ID] = { "id", IN_DOCK | IN_TABLET, true },
	[UT_TERM_SERIAL] = { "serial", IN_DOCK | IN_TABLET, false },
	[UT_TERM_CLASS] = { "class", IN_DOCK | IN_TABLET, true },
	[UT_TERM_PATH] = { "path", IN_DOCK | IN_TABLET, true },
	[UT_TERM_BUS] = { "bus", IN_DOCK | IN_TABLET, true },
	[UT_TERM_NAME] = { "name", IN_DOCK | IN_TABLET, true },
	[UT_TERM_TABLET] = { "tablet", IN_DOCK, false },
	[UT_TERM_GROUP] = { "group", IN_DOCK, true },
	[UT_TERM_DOCK] = { "dock", IN_TABLET, true },
};

static const struct {
	unsigned int class;
	const char *name;
} classes[] = {
	{ 0x01, "audio" }, { 0x02, "comm" }, { 0x03, "hid" },
	{ 0x05, "physical" }, { 0x06, "image" }, { 0x07, "printer" },
	{ 0x08, "storage" }, { 0x09, "hub" }, { 0x0a, "cdc-data" },
	{ 0x0b, "smartcard" }, { 0x0d, "security" }, { 0x0e, "video" },
	{ 0x0f, "health" }, { 0x10, "av" }, { 0x11, "billboard" },
	{ 0x12, "bridge" }, { 0xdc, "diagnostic" }, { 0xe0, "wireless" },
	{ 0xef, "misc" }, { 0xfe, "application" }, { 0xff, "vendor" },
};

enum ut_term_key ut_term_key_find(const char *name, size_t len)
{
	enum ut_term_key key;

	for (key = 0; key < UT_TERM_KEYS; key++)
		if (strlen(keys[key].name) == len &&
		    !memcmp(keys[key].name, name, len))
			break;
	return key;
}

bool ut_term_folds(enum ut_term_key key)
{
	return keys[key].folds;
}

bool ut_term_allowed(enum ut_rule_kind kind, enum ut_term_key key)
{
	return keys[key].in & 1U << kind;
}

const char *ut_term_key_list(enum ut_rule_kind kind, char *buf, size_t size)
{
	enum ut_term_key key;
	size_t len = 0;

	buf[0] = '\0';
	for (key = 0; key < UT_TERM_KEYS; key++)
		if (ut_term_allowed(kind, key) && len < size)
			len += (size_t)snprintf(buf + len, size - len, "%s%s",
						len ? ", " : "",
						keys[key].name);
	return buf;
}

bool ut_glob_is_plain(const char *glob)
{
	return !strpbrk(glob, "*?[\\");
}

bool ut_glob_fits(const char *glob, const char *text, bool fold)
{
	static locale_t c;
	locale_t before;
	bool fits;

	/* The C locale is part of libc: no file is read, no memory taken. */
	if (!c)
		c = newlocale(LC_ALL_MASK, "C", (locale_t)0);
	before = uselocale(c);
	fits = !fnmatch(glob, text, fold ? FNM_CASEFOLD : 0);
	uselocale(before);
	return fits;
}

bool ut_globs_fit(const struct ut_texts *globs, const char *text, bool fold)
{
	size_t i;

	for (i = 0; i < globs->n; i++)
		if (ut_glob_fits(globs->v[i], text, fold))
			return true;
	return false;
}

bool ut_class_fits(const char *glob, unsigned int class)
{
	char digits[3];
	size_t i;

	snprintf(digits, sizeof(digits), "%02x", class & CLASS_MAX);
	if (ut_glob_fits(glob, digits, true))
		return true;
	for (i = 0; i < ARRAY_SIZE(classes); i++)
		if (classes[i].class == class &&
		    ut_glob_fits(glob, classes[i].name, true))
			return true;
	return false;
}

static bool class_valid(const char *glob, char why[UT_RULE_WHY_SIZE])
{
	unsigned int class;
	size_t i, len;

	for (class = 0; class <= CLASS_MAX; class++)
		if (ut_class_fits(glob, class))
			return true;
	snprintf(why, UT_RULE_WHY_SIZE, "\"%.20s\" is no class: two hex digits, ",
		 glob);
	for (i = 0; i < ARRAY_SIZE(classes); i++) {
		len = strlen(why);
		snprintf(why + len, UT_RULE_WHY_SIZE - len, "%s%s",
			 i ? ", " : "", classes[i].name);
	}
	return false;
}

/* Four digits, ':', four digits; or a glob made of what an id is made of. */
static bool id_valid(const char *glob)
{
	if (!ut_glob_is_plain(glob))
		return strspn(glob, HEX ":*?[]!^-") == strlen(glob);
	return strspn(glob, HEX) == 4 && glob[4] == ':' &&
	       strspn(glob + 5, HEX) == 4 && !glob[9];
}

static bool bus_valid(const char *glob)
{
	size_t digits = strspn(glob, "0123456789");

	if (!ut_glob_is_plain(glob))
		return strspn(glob, "0123456789*?[]!^-") == strlen(glob);
	return digits && !glob[digits] && digits <= 5 &&
	       (glob[0] != '0' || digits == 1);
}

/* fnmatch() fits nothing to a pattern whose last backslash quotes nothing. */
static bool ends_in_backslash(const char *glob)
{
	size_t len = strlen(glob), n = 0;

	while (n < len && glob[len - n - 1] == '\\')
		n++;
	return n % 2;
}

bool ut_term_glob_valid(enum ut_term_key key, const char *glob,
			char why[UT_RULE_WHY_SIZE])
{
	const char *text = NULL;

	if (ends_in_backslash(glob))
		text = "a value ends in a backslash, which quotes nothing";
	else if (key == UT_TERM_CLASS)
		return class_valid(glob, why);
	else if (key == UT_TERM_ID && !id_valid(glob))
		text = "an id is VID:PID, four hex digits each, or a glob of that";
	else if (key == UT_TERM_BUS && !bus_valid(glob))
		text = "a bus is a number without zeros before it, or a glob of that";
	else if (key == UT_TERM_PATH && ut_glob_is_plain(glob) &&
		 !ut_op_busid_valid(glob, UT_OP_BUSID_SIZE))
		text = "a path is a bus id as in \"usbip-tls list -l\", or a glob of that";
	else if (!glob[0] && key == UT_TERM_TABLET)
		text = "an empty name of a tablet; tablet!=* is one without a certificate";
	else if (!glob[0] && (key == UT_TERM_GROUP || key == UT_TERM_DOCK))
		text = "the name is empty";
	if (text)
		snprintf(why, UT_RULE_WHY_SIZE, "%s", text);
	return !text;
}
