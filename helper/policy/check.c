// SPDX-License-Identifier: GPL-2.0
/* What only shows when all files of the configuration are read. */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "policy/keys.h"
#include "policy/terms.h"

#define TEXT_SIZE 384

/**
 * struct check - where to complain
 */
struct check {
	const struct ut_config *cfg;
	void (*complain)(void *arg, const struct ut_origin *where,
			 const char *text);
	void *arg;
};

/* Of the value, or of the n-th of a list; a bad value has none. */
static const struct ut_origin *where(const struct check *c, const char *section,
				     const char *name, size_t n)
{
	static const struct ut_origin none;
	const struct ut_setting *s =
		&c->cfg->settings[ut_key_find(section, name)];

	return n < s->values.n ? &s->values.v[n].where : &none;
}

static bool group_known(const struct ut_config *cfg, const char *glob)
{
	size_t i;

	for (i = 0; i < cfg->policy.groups.n; i++)
		if (ut_glob_fits(glob, cfg->policy.groups.v[i].name,
				 ut_term_folds(UT_TERM_GROUP)))
			return true;
	return false;
}

/* A group that is misspelt would make a rule that denies deny nobody. */
static void check_groups(const struct check *c)
{
	const struct ut_rules *rules = &c->cfg->policy.rules;
	char text[TEXT_SIZE];
	size_t i, k;

	for (i = 0; i < rules->n; i++)
		for (k = 0; k < rules->v[i].terms.n; k++) {
			const struct ut_term *t = &rules->v[i].terms.v[k];

			if (t->key != UT_TERM_GROUP ||
			    group_known(c->cfg, t->glob))
				continue;
			snprintf(text, sizeof(text),
				 "there is no group \"%.200s\"", t->glob);
			c->complain(c->arg, &rules->v[i].where, text);
		}
}

static void check_docks(const struct check *c)
{
	const struct ut_known_dock *d = c->cfg->tablet.docks.v;
	char text[TEXT_SIZE];
	size_t i, k;

	for (i = 0; i < c->cfg->tablet.docks.n; i++)
		for (k = 0; k < i; k++) {
			if (strcasecmp(d[i].host, d[k].host) ||
			    d[i].port != d[k].port)
				continue;
			snprintf(text, sizeof(text),
				 "the dock \"%.200s\" is there already",
				 d[i].host);
			c->complain(c->arg, where(c, "tablet", "dock", i),
				    text);
			break;
		}
}

static void check_retry(const struct check *c)
{
	const struct ut_config_tablet *t = &c->cfg->tablet;
	const struct ut_origin *w = where(c, "tablet", "retry_max", 0);
	char text[TEXT_SIZE];

	if (t->retry_max >= t->retry_min)
		return;
	if (!w->file)
		w = where(c, "tablet", "retry_min", 0);
	snprintf(text, sizeof(text),
		 "retry_max is %u seconds, less than retry_min, which is %u",
		 t->retry_max, t->retry_min);
	c->complain(c->arg, w, text);
}

/**
 * struct address - as a socket sees it, however it is written
 * @family: AF_INET or AF_INET6
 * @raw: its bytes, with zeros behind them
 * @scope: "%eth0", or ""
 */
struct address {
	int family;
	unsigned char raw[sizeof(struct in6_addr)];
	const char *scope;
};

static void read_address(const char *text, struct address *a)
{
	char host[INET6_ADDRSTRLEN];
	size_t len = strcspn(text, "%");

	memset(a, 0, sizeof(*a));
	a->family = strchr(text, ':') ? AF_INET6 : AF_INET;
	a->scope = text + len;
	snprintf(host, sizeof(host), "%.*s", (int)len, text);
	inet_pton(a->family, host, a->raw);
}

static bool is_any(const struct address *a)
{
	static const unsigned char any[sizeof(a->raw)];

	return !memcmp(a->raw, any, sizeof(any));
}

/* The kernel gives an address and port to one listener. */
static bool same_address(const char *one, const char *other)
{
	struct address a, b;

	read_address(one, &a);
	read_address(other, &b);
	if (a.family != b.family)
		return false;
	return is_any(&a) || is_any(&b) ||
	       (!memcmp(a.raw, b.raw, sizeof(a.raw)) &&
		!strcmp(a.scope, b.scope));
}

/* Two in one section. */
static void check_twice(const struct check *c, const char *section,
			const struct ut_texts *list, uint16_t port)
{
	char text[TEXT_SIZE];
	size_t i, k;

	for (i = 0; i < list->n; i++)
		for (k = 0; k < i; k++) {
			if (!same_address(list->v[i], list->v[k]))
				continue;
			snprintf(text, sizeof(text),
				 "[%s] listens on %.64s port %u already, by %.64s",
				 section, list->v[i], port, list->v[k]);
			c->complain(c->arg, where(c, section, "listen", i),
				    text);
			break;
		}
}

/* With TLS and without at the same place. */
static void check_both(const struct check *c)
{
	const struct ut_texts *open = &c->cfg->plaintext.listen;
	const struct ut_texts *tls = &c->cfg->dock.listen;
	char text[TEXT_SIZE];
	size_t i, k;

	if (c->cfg->plaintext.port != c->cfg->dock.port)
		return;
	for (i = 0; i < open->n; i++)
		for (k = 0; k < tls->n; k++) {
			if (!same_address(open->v[i], tls->v[k]))
				continue;
			snprintf(text, sizeof(text),
				 "[dock] listens with TLS on %.64s port %u; give [plaintext] another port",
				 tls->v[k], c->cfg->dock.port);
			c->complain(c->arg, where(c, "plaintext", "listen", i),
				    text);
			break;
		}
}

static void check_listeners(const struct check *c)
{
	check_twice(c, "dock", &c->cfg->dock.listen, c->cfg->dock.port);
	check_twice(c, "plaintext", &c->cfg->plaintext.listen,
		    c->cfg->plaintext.port);
	check_both(c);
}

void ut_config_cross_check(const struct ut_config *cfg,
			   void (*complain)(void *arg,
					    const struct ut_origin *where,
					    const char *text), void *arg)
{
	const struct check c = { cfg, complain, arg };

	check_groups(&c);
	check_docks(&c);
	check_retry(&c);
	check_listeners(&c);
}

/* --- valid, but probably unintended --- */

void ut_config_warn(const struct ut_config *cfg, ut_config_report *report,
		    void *arg)
{
	const struct ut_config_plaintext *p = &cfg->plaintext;
	const struct check c = { .cfg = cfg };
	const struct ut_origin *w;
	size_t i;

	if (!p->listen.n)
		return;
	w = where(&c, "plaintext", "listen", 0);
	if (!p->allow.n)
		report(arg, w->file, w->line,
		       "[plaintext] listens, but for nobody: there is no \"allow\"");
	for (i = 0; i < p->allow.n; i++) {
		if (p->allow.v[i].bits)
			continue;
		w = where(&c, "plaintext", "allow", i);
		report(arg, w->file, w->line,
		       "everybody who reaches the port may connect, and nothing is encrypted");
	}
}
