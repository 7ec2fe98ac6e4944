// SPDX-License-Identifier: GPL-2.0
/* The lines of the configuration, and where their values go. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/keys.h"

#define TEXT_SIZE 448
#define MAX_LINE 1024		/* bytes, without the newline */
#define BOM "\xef\xbb\xbf"
#define BLANKS " \t"

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
	ut_vec_clear(&setting->values, NULL);
	if (ut_keys[k].item)
		ut_vec_raw_clear((char *)l->cfg + ut_keys[k].offset,
				 ut_keys[k].item, ut_keys[k].drop);
}

static bool remember(struct ut_loader *l, size_t k, const struct ut_set *s)
{
	struct ut_setting *setting = &l->cfg->settings[k];
	struct ut_value *value;

	value = ut_vec_add(&setting->values);
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
		s.member = ut_vec_raw_add(member, key->item);
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
		ut_vec_raw_drop_last(member, key->item);
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

/* --- one line --- */

static char *trim(char *s)
{
	size_t len;

	s += strspn(s, BLANKS);
	for (len = strlen(s); len && strchr(BLANKS, s[len - 1]); len--)
		s[len - 1] = '\0';
	return s;
}

static bool is_comment(const char *s)
{
	return *s == '#' || *s == ';';
}

/* Bytes that no editor shows would make a value that nobody sees. */
static bool has_control(const char *line, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		if (((unsigned char)line[i] < 0x20 && line[i] != '\t') ||
		    line[i] == 0x7f)
			return true;
	return false;
}

/* Ends the value at its comment. False: a quote is not closed. */
static bool cut_comment(char *value)
{
	bool quoted = false, blank = true;
	char *p;

	for (p = value; *p; p++) {
		if (quoted && *p == '\\' && p[1])
			p++;
		else if (*p == '"')
			quoted = !quoted;
		else if (!quoted && blank && *p == ';')
			break;
		blank = strchr(BLANKS, *p) != NULL;
	}
	*p = '\0';
	return !quoted;
}

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

/* What follows a '['. */
static void on_bracket(struct ut_loader *l, char *name)
{
	char *end = strchr(name, ']'), *rest;

	if (!end) {
		complain(l, "a section begins with '[' but does not end with ']'");
		return;
	}
	*end = '\0';
	rest = trim(end + 1);
	if (*rest && !is_comment(rest))
		complain(l, "something stands behind the ']' of a section");
	else
		on_section(l, trim(name));
}

static void on_key(struct ut_loader *l, const char *name, const char *value)
{
	char list[256];
	size_t k;

	/* One complaint about an unknown section is enough. */
	if (!l->section)
		return;
	if (!l->section[0]) {
		complain(l, "\"%.60s\" stands before the first section; sections are %s",
			 name, ut_section_list(list, sizeof(list)));
		return;
	}
	k = ut_key_find(l->section, name);
	if (k == ut_n_keys)
		complain(l, "unknown key \"%.60s\" in [%s]; keys are %s",
			 name, l->section,
			 ut_key_list(l->section, list, sizeof(list)));
	else
		on_value(l, k, value);
}

static void on_line(struct ut_loader *l, char *line, size_t len)
{
	bool control = memchr(line, '\0', len);
	char *equals;

	if (len && line[len - 1] == '\r')
		line[--len] = '\0';
	if (len > MAX_LINE && !control) {
		complain(l, "the line is longer than %u bytes", MAX_LINE);
		return;
	}
	if (control || has_control(line, len)) {
		complain(l, "the line holds a control character");
		return;
	}
	line = trim(line);
	if (!*line || is_comment(line))
		return;
	if (*line == '[') {
		on_bracket(l, line + 1);
		return;
	}
	equals = strchr(line, '=');
	if (!equals || equals == line) {
		complain(l, "neither [section] nor key = value");
		return;
	}
	*equals = '\0';
	if (cut_comment(equals + 1))
		on_key(l, trim(line), trim(equals + 1));
	else
		complain(l, "a double quote is not closed");
}

/* --- one file --- */

/* The name is kept, as places in files point to it. */
static bool name_file(struct ut_loader *l, const char *file)
{
	char **name = ut_vec_add(&l->cfg->files);

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
