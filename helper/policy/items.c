// SPDX-License-Identifier: GPL-2.0
/* How the items of lists of the configuration are read. */
#include <arpa/inet.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "policy/keys.h"
#include "policy/terms.h"

#define BLANKS " \t"
#define DIGITS "0123456789"
#define HOST_CHARS DIGITS "abcdefghijklmnopqrstuvwxyz" \
	"ABCDEFGHIJKLMNOPQRSTUVWXYZ.:%_-"

static bool text(struct ut_set *s)
{
	char **item = s->member;

	*item = strdup(s->value);
	return *item;
}

bool ut_set_address(struct ut_set *s)
{
	struct addrinfo hints = {
		.ai_family = AF_UNSPEC,
		.ai_socktype = SOCK_STREAM,
		.ai_flags = AI_NUMERICHOST,
	};
	struct addrinfo *ai;
	struct in_addr in;

	/* getaddrinfo() knows scopes (fe80::1%eth0), but also takes "1". */
	if (!strchr(s->value, ':') && inet_pton(AF_INET, s->value, &in) != 1)
		return false;
	if (getaddrinfo(s->value, NULL, &hints, &ai))
		return false;
	freeaddrinfo(ai);
	return text(s);
}

bool ut_set_glob(struct ut_set *s)
{
	return strlen(s->value) < UT_CONFIG_NAME_SIZE &&
	       !strpbrk(s->value, BLANKS) &&
	       ut_term_glob_valid(UT_TERM_TABLET, s->value, s->why) && text(s);
}

bool ut_set_net(struct ut_set *s)
{
	const char *why;

	if (ut_cidr_parse(s->value, s->member, &why))
		return true;
	snprintf(s->why, sizeof(s->why), "%s", why);
	return false;
}

/*
 * Takes the next word at *p into dst; false: there is none, or it is too long.
 */
static bool word(const char **p, char *dst, size_t size)
{
	size_t len;

	*p += strspn(*p, BLANKS);
	len = strcspn(*p, BLANKS);
	if (!len || len >= size)
		return false;
	memcpy(dst, *p, len);
	dst[len] = '\0';
	*p += len;
	*p += strspn(*p, BLANKS);
	return true;
}

bool ut_set_expect(struct ut_set *s)
{
	struct ut_expect *e = s->member;
	const char *p = s->value;

	return word(&p, e->host, sizeof(e->host)) &&
	       word(&p, e->name, sizeof(e->name)) && !*p;
}

static bool dock_option(struct ut_set *s, char *option)
{
	struct ut_known_dock *d = s->member;
	unsigned int port;

	if (!strncmp(option, "port=", 5)) {
		if (d->port || !ut_parse_uint(option + 5, 5, 65535, &port) ||
		    !port)
			return false;
		d->port = (uint16_t)port;
		return true;
	}
	if (!strncmp(option, "name=", 5)) {
		if (d->name[0] || !option[5])
			return false;
		memcpy(d->name, option + 5, strlen(option + 5) + 1);
		return true;
	}
	d->legacy = !strcmp(option, "legacy=yes");
	if (!d->legacy && strcmp(option, "legacy=no"))
		snprintf(s->why, sizeof(s->why),
			 "\"%.60s\" is none of port=N, name=NAME, legacy=yes",
			 option);
	return !s->why[0];
}

bool ut_set_known_dock(struct ut_set *s)
{
	struct ut_known_dock *d = s->member;
	char option[UT_CONFIG_NAME_SIZE];
	const char *p = s->value;

	if (!word(&p, d->host, sizeof(d->host)) ||
	    strspn(d->host, HOST_CHARS) != strlen(d->host))
		return false;
	while (*p)
		if (!word(&p, option, sizeof(option)) ||
		    !dock_option(s, option))
			return false;
	return true;
}

bool ut_set_priority(struct ut_set *s)
{
	struct ut_priority *pr = s->member;
	const char *p = s->value;
	char digits[8];

	return word(&p, pr->glob, sizeof(pr->glob)) &&
	       word(&p, digits, sizeof(digits)) && !*p &&
	       ut_parse_uint(digits, 5, 1000, &pr->value) &&
	       ut_term_glob_valid(UT_TERM_DOCK, pr->glob, s->why);
}

bool ut_set_group(struct ut_set *s)
{
	return ut_group_parse(s->value, s->member, s->why);
}

static bool rule(struct ut_set *s, enum ut_rule_kind kind)
{
	struct ut_rule *r = s->member;

	r->where = s->where;
	return ut_rule_parse(kind, s->value, r, s->why);
}

bool ut_set_rule(struct ut_set *s)
{
	return rule(s, UT_RULE_DOCK);
}

bool ut_set_attach(struct ut_set *s)
{
	return rule(s, UT_RULE_ATTACH);
}

bool ut_set_pin(struct ut_set *s)
{
	return rule(s, UT_RULE_PIN);
}
