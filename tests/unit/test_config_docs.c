// SPDX-License-Identifier: GPL-2.0
/* The example configuration and the man page have every key, and no others. */
#include "lib/config_bed.h"
#include "lib/scratch.h"
#include "policy/keys.h"

#define EXAMPLE UT_TOP "/helper/etc/usbip-tls.conf"
#define MANUAL UT_TOP "/Documentation/man/usbip-tls.conf.5"

static char text[SCRATCH_TEXT_SIZE];

static void all(void *arg, const struct ut_config_entry *e)
{
	char *out = arg;

	sprintf(out + strlen(out), "%s.%s=%s|", e->section, e->key,
		e->value ? e->value : "()");
}

/* As shipped, the example changes nothing. */
static void test_example_is_default(void **state)
{
	static char have[8192], want[8192];

	assert_int_equal(ut_config_load(&conf, EXAMPLE, &conf_err), 0);
	ut_config_each(&conf, all, have);
	conf_good("");
	ut_config_each(&conf, all, want);
	assert_string_equal(have, want);
}

/* Uncomments the keys of the example. */
static void uncomment(char *out)
{
	char *line, *save = NULL;

	scratch_slurp(EXAMPLE, text);
	for (line = strtok_r(text, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save)) {
		if (line[0] == '#' && line[1] && line[1] != ' ')
			line++;
		else if (line[0] != '[')
			continue;
		strcat(strcat(out, line), "\n");
	}
}

/* The default of a key, from the values read from a file. */
static const char *default_of(const struct ut_key *key)
{
	static char out[256];
	const char *p;

	out[0] = '\0';
	for (p = key->def; *p; p++)
		strncat(out, *p == '\n' ? "|" : p, 1);
	strcat(out, "|");
	return out;
}

static const char *values_of(size_t k)
{
	static char out[1024];
	size_t i;

	out[0] = '\0';
	for (i = 0; i < conf.settings[k].values.n; i++) {
		assert_non_null(conf.settings[k].values.v[i].where.file);
		strcat(strcat(out, conf.settings[k].values.v[i].text), "|");
	}
	return out;
}

static void test_example_has_every_key(void **state)
{
	static char lines[16384];
	size_t k;

	uncomment(lines);
	conf_good(lines);
	for (k = 0; k < ut_n_keys; k++) {
		if (!conf.settings[k].set)
			fail_msg("the example lacks [%s] %s",
				 ut_keys[k].section, ut_keys[k].name);
		if (ut_keys[k].def)
			assert_string_equal(values_of(k),
					    default_of(&ut_keys[k]));
		else
			assert_true(conf.settings[k].values.n > 0);
	}
}

/* The part of the manual about one section; cut out of @text. */
static char *manual_section(const char *section)
{
	char head[64], *begin, *end, *sh;

	scratch_slurp(MANUAL, text);
	snprintf(head, sizeof(head), "\n.Ss Section [%s]", section);
	begin = strstr(text, head);
	if (!begin)
		fail_msg("the manual lacks section [%s]", section);
	end = strstr(begin + 1, "\n.Ss ");
	sh = strstr(begin, "\n.Sh ");
	assert_non_null(sh);
	if (!end || sh < end)
		end = sh;
	*end = '\0';
	return begin;
}

static void test_manual_has_every_key(void **state)
{
	char item[64], first[64], *part, *at, *end;
	size_t k;

	for (k = 0; k < ut_n_keys; k++) {
		part = manual_section(ut_keys[k].section);
		snprintf(item, sizeof(item), "\n.It Cm %s\n", ut_keys[k].name);
		at = strstr(part, item);
		if (!at)
			fail_msg("the manual lacks [%s] %s", ut_keys[k].section,
				 ut_keys[k].name);
		end = strstr(at + 1, "\n.It Cm ");
		if (end)
			*end = '\0';
		/* The key's default, or the first of several, is next to it. */
		if (!ut_keys[k].def || !ut_keys[k].def[0])
			continue;
		snprintf(first, sizeof(first), "%.*s",
			 (int)strcspn(ut_keys[k].def, "\n"), ut_keys[k].def);
		if (!strstr(at, first))
			fail_msg("the manual lacks the default %s of %s", first,
				 ut_keys[k].name);
	}
}

static void test_manual_has_no_other_key(void **state)
{
	char *part, *at, name[64];
	size_t k, n;

	for (k = 0; k < ut_n_keys; k++) {
		if (k && !strcmp(ut_keys[k].section, ut_keys[k - 1].section))
			continue;
		part = manual_section(ut_keys[k].section);
		for (at = part, n = 0; (at = strstr(at, "\n.It Cm ")); n++) {
			at += strlen("\n.It Cm ");
			snprintf(name, sizeof(name), "%.*s",
				 (int)strcspn(at, "\n"), at);
			if (ut_key_find(ut_keys[k].section, name) == ut_n_keys)
				fail_msg("the manual has [%s] %s",
					 ut_keys[k].section, name);
		}
		assert_true(n > 0);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		CONF_TEST(test_example_is_default),
		CONF_TEST(test_example_has_every_key),
		CONF_TEST(test_manual_has_every_key),
		CONF_TEST(test_manual_has_no_other_key),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
