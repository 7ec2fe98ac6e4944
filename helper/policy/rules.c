// SPDX-License-Identifier: GPL-2.0
/* Reads rules: see rules.h. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/terms.h"

#define BLANKS		" \t"
#define KEY_LETTERS	"abcdefghijklmnopqrstuvwxyz"

static bool wrong(char why[UT_RULE_WHY_SIZE], const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

static bool wrong(char why[UT_RULE_WHY_SIZE], const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(why, UT_RULE_WHY_SIZE, fmt, ap);
	va_end(ap);
	return false;
}

/* Where the word ends that begins at p, and at *next what follows it. */
static const char *word_end(const char *p, const char **next,
			    char why[UT_RULE_WHY_SIZE])
{
	const char *end = p;

	if (*p != '"') {
		end += strcspn(p, BLANKS);
		*next = end;
		if (!memchr(p, '"', (size_t)(end - p)))
			return end;
		wrong(why, "a quote in the middle of \"%.*s\"; put all that stands behind the \"=\" between quotes",
		      (int)(end - p), p);
		return NULL;
	}
	for (end = p + 1; *end && *end != '"'; end++)
		if (*end == '\\' && end[1])
			end++;
	*next = end + 1;
	if (!*end)
		wrong(why, "a double quote is not closed");
	else if (end[1] && !strchr(BLANKS, end[1]))
		wrong(why, "a blank is missing behind a closing quote");
	else
		return end;
	return NULL;
}

int ut_rule_word(const char **p, char **word, char why[UT_RULE_WHY_SIZE])
{
	const char *begin = *p + strspn(*p, BLANKS), *end, *next;

	if (!*begin)
		return 0;
	end = word_end(begin, &next, why);
	if (!end)
		return -1;
	if (*begin == '"')
		begin++;
	*word = strndup(begin, (size_t)(end - begin));
	if (!*word) {
		wrong(why, "no memory");
		return -1;
	}
	*p = next;
	return 1;
}

/* The key and the "=" or "!=" of a term; *p is behind them then. */
static bool parse_key(enum ut_rule_kind kind, const char **p,
		      struct ut_term *term, char why[UT_RULE_WHY_SIZE])
{
	size_t len = strspn(*p, KEY_LETTERS);
	size_t word = strcspn(*p, BLANKS "=");
	const char *op = *p + len;
	char keys[128];

	term->negated = *op == '!';
	if (!len || op[term->negated] != '=') {
		if (!strncmp(*p, "take-over", 9) && word == 9)
			return wrong(why, "\"take-over\" belongs directly behind \"allow\" of a rule in [policy]");
		return wrong(why, "\"%.*s\" is not KEY=GLOB or KEY!=GLOB, without blanks around the \"=\"",
			     word < 60 ? (int)word : 60, *p);
	}
	term->key = ut_term_key_find(*p, len);
	ut_term_key_list(kind, keys, sizeof(keys));
	if (term->key == UT_TERM_KEYS)
		return wrong(why, "there is no key \"%.*s\"; keys are %s",
			     len < 60 ? (int)len : 60, *p, keys);
	if (!ut_term_allowed(kind, term->key))
		return wrong(why, "\"%.*s\" has no meaning here; keys are %s",
			     (int)len, *p, keys);
	*p = op + term->negated + 1;
	if (!**p || strchr(BLANKS, **p))
		return wrong(why, "nothing stands behind \"%.*s\"; an empty value is written \"\"",
			     (int)len + term->negated + 1, op - len);
	return true;
}

static bool parse_terms(enum ut_rule_kind kind, const char *p,
			struct ut_rule *rule, char why[UT_RULE_WHY_SIZE])
{
	struct ut_term *term;

	for (p += strspn(p, BLANKS); *p; p += strspn(p, BLANKS)) {
		if (rule->terms.n == UT_RULE_MAX_TERMS)
			return wrong(why, "more than %u terms",
				     UT_RULE_MAX_TERMS);
		term = ut_vec_add(&rule->terms);
		if (!term)
			return wrong(why, "no memory");
		if (!parse_key(kind, &p, term, why) ||
		    ut_rule_word(&p, &term->glob, why) < 0 ||
		    !ut_term_glob_valid(term->key, term->glob, why))
			return false;
		if (rule->action == UT_HIDE && ut_term_is_peer(term))
			return wrong(why, "\"hide\" is for everybody; it has no \"tablet\" and no \"group\"");
	}
	return true;
}

/* Takes @word from *p if it is the next one. */
static bool take(const char **p, const char *word)
{
	size_t len = strlen(word);

	if (strncmp(*p, word, len) || ((*p)[len] && !strchr(BLANKS, (*p)[len])))
		return false;
	*p += len + strspn(*p + len, BLANKS);
	return true;
}

static bool parse_action(enum ut_rule_kind kind, const char **p,
			 struct ut_rule *rule, char why[UT_RULE_WHY_SIZE])
{
	if (take(p, "allow")) {
		rule->action = UT_ALLOW;
		rule->take_over = kind == UT_RULE_DOCK && take(p, "take-over");
	} else if (take(p, "deny")) {
		rule->action = UT_DENY;
	} else if (kind == UT_RULE_DOCK && take(p, "hide")) {
		rule->action = UT_HIDE;
	} else {
		return wrong(why, "a rule begins with %s", kind == UT_RULE_DOCK ?
			     "allow, deny or hide" : "allow or deny");
	}
	return true;
}

static bool parse_port(const char **p, struct ut_rule *rule,
		       char why[UT_RULE_WHY_SIZE])
{
	size_t len = strspn(*p, "0123456789");

	rule->action = UT_ALLOW;
	if (len && len < 5 && (!(*p)[len] || strchr(BLANKS, (*p)[len]))) {
		rule->port = (unsigned int)strtoul(*p, NULL, 10);
		*p += len + strspn(*p + len, BLANKS);
		if (rule->port <= UT_PIN_MAX_PORT && **p)
			return true;
	}
	return wrong(why, "a pin is a port number from 0 to %u and at least one KEY=GLOB",
		     UT_PIN_MAX_PORT);
}

bool ut_rule_parse(enum ut_rule_kind kind, const char *text,
		   struct ut_rule *rule, char why[UT_RULE_WHY_SIZE])
{
	const char *p = text + strspn(text, BLANKS);

	rule->text = strdup(p);
	if (!rule->text)
		return wrong(why, "no memory");
	if (kind == UT_RULE_PIN ? !parse_port(&p, rule, why) :
				  !parse_action(kind, &p, rule, why))
		return false;
	return parse_terms(kind, p, rule, why);
}

static void term_drop(void *item)
{
	struct ut_term *term = item;

	free(term->glob);
}

void ut_rule_drop(void *item)
{
	struct ut_rule *rule = item;

	ut_vec_clear(&rule->terms, term_drop);
	free(rule->text);
}

/* Takes over @glob in any case. */
static bool add_glob(struct ut_group *group, char *glob,
		     char why[UT_RULE_WHY_SIZE])
{
	bool full = group->globs.n == UT_GROUP_MAX_GLOBS;
	char **item = full ? NULL : ut_vec_add(&group->globs);

	if (!item) {
		free(glob);
		return full ? wrong(why, "more than %u globs",
				    UT_GROUP_MAX_GLOBS) :
			      wrong(why, "no memory");
	}
	*item = glob;
	return ut_term_glob_valid(UT_TERM_TABLET, glob, why);
}

bool ut_group_parse(const char *text, struct ut_group *group,
		    char why[UT_RULE_WHY_SIZE])
{
	int got = ut_rule_word(&text, &group->name, why);
	char *glob;

	while (got > 0) {
		got = ut_rule_word(&text, &glob, why);
		if (got > 0 && !add_glob(group, glob, why))
			return false;
	}
	if (got < 0)
		return false;
	if (!group->globs.n)
		return wrong(why, "a group is a name and at least one glob of names of tablets");
	if (!group->name[0] || !ut_glob_is_plain(group->name))
		return wrong(why, "the name of a group is not a glob");
	return true;
}

void ut_group_drop(void *item)
{
	struct ut_group *group = item;

	ut_vec_clear(&group->globs, ut_text_drop);
	free(group->name);
}
