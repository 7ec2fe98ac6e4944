// SPDX-License-Identifier: GPL-2.0
/* The lines of the configuration, and where their values go. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/ini.h"
#include "policy/keys.h"
#include "policy/load.h"

#define TEXT_SIZE 448
#define BOM "\xef\xbb\xbf"

/* The file as a whole; *err says why. */
void ut_load_complain_file(struct ut_loader *l, const char *file,
			  const struct ut_err *err, int ret)
{
	if (!l->ret) {
		l->ret = ret;
		if (l->err)
			*l->err = *err;
	}
	if (l->report)
		l->report(l->arg, file, 0, err->msg);
}

void ut_load_complain_at(struct ut_loader *l, const char *file,
			 unsigned int line, const char *text)
{
	char clean[TEXT_SIZE];

	snprintf(clean, sizeof(clean), "%s", text);
	ut_sanitize(clean);
	l->complaints++;
	if (!l->ret) {
		l->ret = ut_err_set(l->err, UT_EXIT_CONFIG, EINVAL,
				    "%s:%u: %s", file, line, clean);
		ut_err_hint(l->err, "correct the file; usbip-tls config check shows all that is wrong, usbip-tls.conf(5) every key");
	}
	if (l->report)
		l->report(l->arg, file, line, clean);
}

static void complain(struct ut_loader *l, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

static void complain(struct ut_loader *l, const char *fmt, ...)
{
	char text[TEXT_SIZE];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	ut_load_complain_at(l, l->file, l->line, text);
}

/* --- one value --- */

static void drop_values(struct ut_loader *l, size_t k)
{
	struct ut_setting *setting = &l->cfg->settings[k];
	size_t i;

	for (i = 0; i < setting->values.n; i++)
		free(setting->values.v[i].text);
	ut_list_clear(&setting->values, sizeof(struct ut_value), NULL);
	if (ut_keys[k].item)
		ut_list_clear((char *)l->cfg + ut_keys[k].offset,
			      ut_keys[k].item, ut_keys[k].drop);
}

static bool remember(struct ut_loader *l, size_t k, const struct ut_set *s)
{
	struct ut_setting *setting = &l->cfg->settings[k];
	struct ut_value *value;

	value = ut_list_add(&setting->values, sizeof(*value));
	if (!value)
		return false;
	value->where = s->where;
	value->text = strdup(s->value);
	setting->emptied.file = NULL;
	return value->text;
}

/* Stores a value of a key; what a list had before stays. */
static void store(struct ut_loader *l, size_t k, const char *text)
{
	const struct ut_key *key = &ut_keys[k];
	void *member = (char *)l->cfg + key->offset;
	struct ut_set s = {
		.key = key, .member = member, .value = text,
		.where = { l->file, l->line },
	};

	if (key->item && l->cfg->settings[k].values.n == key->max) {
		complain(l, "\"%s\" may be given only %u times", key->name,
			 key->max);
		return;
	}
	if (key->item)
		s.member = ut_list_add(member, key->item);
	if (s.member && key->set(&s)) {
		if (!remember(l, k, &s))
			complain(l, "no memory");
		return;
	}
	if (!s.member) {
		complain(l, "no memory");
		return;
	}
	if (key->item) {
		if (key->drop)
			key->drop(s.member);
		ut_list_drop_last(member, key->item);
	}
	complain(l, "bad value \"%.120s\" for \"%s\"%s%s", text, key->name,
		 s.why[0] ? ": " : "; allowed is ",
		 s.why[0] ? s.why : key->allowed);
}

static void on_value(struct ut_loader *l, size_t k, const char *text)
{
	struct ut_setting *setting = &l->cfg->settings[k];
	const struct ut_key *key = &ut_keys[k];

	if (l->seen[k] && !key->item) {
		complain(l, "\"%s\" may be given only once", key->name);
		return;
	}
	l->seen[k] = true;
	/* The default, or of a single value that of an earlier file, goes. */
	if (!setting->set || !key->item || !text[0])
		drop_values(l, k);
	setting->set = true;
	if (key->item && !text[0])
		setting->emptied = (struct ut_origin){ l->file, l->line };
	else
		store(l, k, text);
}

/* --- one file --- */

static void on_section(struct ut_loader *l, const char *name)
{
	char list[160];
	size_t i;

	l->section = NULL;
	for (i = 0; i < ut_n_keys && !l->section; i++)
		if (!strcmp(ut_keys[i].section, name))
			l->section = ut_keys[i].section;
	if (!l->section)
		complain(l, "unknown section [%.60s]; sections are %s", name,
			 ut_section_list(list, sizeof(list)));
}

static void on_key(struct ut_loader *l, const struct ut_ini_line *line)
{
	char list[256];
	size_t k;

	/* One complaint about an unknown section is enough. */
	if (!l->section)
		return;
	if (!l->section[0]) {
		complain(l, "\"%.60s\" stands before the first section; sections are %s",
			 line->name, ut_section_list(list, sizeof(list)));
		return;
	}
	k = ut_key_find(l->section, line->name);
	if (k == ut_n_keys)
		complain(l, "unknown key \"%.60s\" in [%s]; keys are %s",
			 line->name, l->section,
			 ut_key_list(l->section, list, sizeof(list)));
	else
		on_value(l, k, line->value);
}

static void on_line(struct ut_loader *l, char *line, size_t len)
{
	struct ut_ini_line parsed;

	if (memchr(line, '\0', len)) {
		complain(l, "the line holds a control character");
		return;
	}
	ut_ini_parse(line, len, &parsed);
	switch (parsed.kind) {
	case UT_INI_SECTION:
		on_section(l, parsed.name);
		break;
	case UT_INI_KEY:
		on_key(l, &parsed);
		break;
	case UT_INI_BAD:
		complain(l, "%s", parsed.why);
		break;
	default:
		break;
	}
}

/* The name is kept, as places in files point to it. */
static bool name_file(struct ut_loader *l, const char *file)
{
	char **name = ut_list_add(&l->cfg->files, sizeof(*name));

	if (name)
		*name = strdup(file);
	l->file = name && *name ? *name : file;
	l->line = 0;
	l->section = "";
	l->complaints = 0;
	memset(l->seen, 0, sizeof(l->seen));
	if (l->file == file)
		complain(l, "no memory");
	return l->file != file;
}

void ut_load_text(struct ut_loader *l, const char *file, char *text,
		  size_t len)
{
	char *end = text + len, *next;

	if (!name_file(l, file))
		return;
	if (len >= strlen(BOM) && !memcmp(text, BOM, strlen(BOM)))
		text += strlen(BOM);
	for (; text < end; text = next + 1) {
		next = memchr(text, '\n', (size_t)(end - text));
		if (!next)
			next = end;
		*next = '\0';
		l->line++;
		if (l->complaints >= UT_CONFIG_MAX_COMPLAINTS) {
			complain(l, "too much is wrong; the rest of the file is not looked at");
			return;
		}
		on_line(l, text, (size_t)(next - text));
	}
}

int ut_load_defaults(struct ut_loader *l)
{
	char text[128];
	const char *def;
	size_t k, len;

	l->file = NULL;
	for (k = 0; k < ut_n_keys && !l->ret; k++) {
		for (def = ut_keys[k].def; def; def += len + 1) {
			len = strcspn(def, "\n");
			snprintf(text, sizeof(text), "%.*s", (int)len, def);
			store(l, k, text);
			if (!def[len])
				break;
		}
	}
	return l->ret;
}
