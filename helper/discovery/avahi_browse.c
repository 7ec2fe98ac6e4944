// SPDX-License-Identifier: GPL-2.0
/*
 * Looking for docks: see avahi.h. A browser names services, a resolver for each
 * follows its address.
 *
 * Whoever is on the network can announce any number of services. So many are
 * watched at once, and the oldest makes room; so many new ones are taken a second.
 * If some were not, the browser is made anew once it is calm, and names all again.
 */
#include <avahi-common/malloc.h>
#include <avahi-common/strlst.h>
#include <stdio.h>
#include <string.h>

#include "discovery/avahi_browse.h"

static void tell(struct ut_avahi *a, enum ut_dns_sd_type type,
		 const struct ut_service *s)
{
	struct ut_dns_sd_msg msg = { .type = type, .where = s->where };

	memcpy(msg.name, s->name, sizeof(msg.name));
	a->tell(a->arg, &msg);
}

/* A machine with two interfaces in one network is seen by both. */
static bool seen_by_another(const struct ut_avahi *a,
			    const struct ut_service *s)
{
	size_t i;

	for (i = 0; i < UT_AVAHI_MAX_SERVICES; i++) {
		const struct ut_service *o = &a->services[i];

		if (o != s && o->avahi && o->resolved &&
		    ut_where_same(&o->where, &s->where))
			return true;
	}
	return false;
}

static void forget_place(struct ut_service *s)
{
	struct ut_avahi *a = s->avahi;

	if (s->resolved && !seen_by_another(a, s))
		tell(a, UT_DNS_SD_LOST, s);
	s->resolved = false;
}

static void drop(struct ut_service *s)
{
	forget_place(s);
	if (s->resolver)
		avahi_service_resolver_free(s->resolver);
	memset(s, 0, sizeof(*s));
}

/* --- resolving --- */

static bool txt_is(AvahiStringList *txt, const char *key, const char *want)
{
	AvahiStringList *item = avahi_string_list_find(txt, key);
	const size_t len = strlen(key) + 1 + strlen(want);
	char *name, *value;
	bool is;

	/* Whatever is longer is something else. */
	if (!item || avahi_string_list_get_size(item) != len)
		return false;
	if (avahi_string_list_get_pair(item, &name, &value, NULL))
		return false;
	is = value && !strcmp(value, want);
	avahi_free(name);
	avahi_free(value);
	return is;
}

static int place_of(struct ut_where *where, AvahiIfIndex interface,
		    const AvahiAddress *address, uint16_t port)
{
	union {
		struct sockaddr sa;
		struct sockaddr_in in;
		struct sockaddr_in6 in6;
	} u = { .sa = { .sa_family = AF_UNSPEC } };

	if (address->proto == AVAHI_PROTO_INET) {
		u.in.sin_family = AF_INET;
		memcpy(&u.in.sin_addr, &address->data.ipv4, 4);
	} else if (address->proto == AVAHI_PROTO_INET6) {
		u.in6.sin6_family = AF_INET6;
		memcpy(&u.in6.sin6_addr, &address->data.ipv6, 16);
		/* Where it was seen; of use to link-local addresses. */
		if (interface > 0)
			u.in6.sin6_scope_id = (uint32_t)interface;
	}
	return ut_where_set(where, &u.sa, port);
}

static bool acceptable(const struct ut_where *where, AvahiStringList *txt)
{
	return ut_where_usable(where) &&
	       txt_is(txt, "txtvers", UT_DNS_SD_TXTVERS) &&
	       txt_is(txt, "proto", UT_DNS_SD_PROTO);
}

static void on_resolver(AvahiServiceResolver *r, AvahiIfIndex interface,
			AvahiProtocol protocol, AvahiResolverEvent event,
			const char *name, const char *type, const char *domain,
			const char *host, const AvahiAddress *address,
			uint16_t port, AvahiStringList *txt,
			AvahiLookupResultFlags flags, void *arg)
{
	struct ut_service *s = arg;
	struct ut_where where;

	if (event != AVAHI_RESOLVER_FOUND || !address ||
	    place_of(&where, interface, address, port) ||
	    !acceptable(&where, txt)) {
		forget_place(s);
		return;
	}
	if (s->resolved && ut_where_same(&s->where, &where))
		return;
	forget_place(s);
	s->where = where;
	s->resolved = true;
	tell(s->avahi, UT_DNS_SD_FOUND, s);
}

/* --- services --- */

static struct ut_service *find(struct ut_avahi *a, AvahiIfIndex interface,
			       AvahiProtocol protocol, const char *name,
			       const char *domain)
{
	size_t i;

	for (i = 0; i < UT_AVAHI_MAX_SERVICES; i++) {
		struct ut_service *s = &a->services[i];

		if (s->avahi && s->interface == interface &&
		    s->protocol == protocol && !strcmp(s->name, name) &&
		    !strcmp(s->domain, domain))
			return s;
	}
	return NULL;
}

/* A free slot, or that of the oldest. */
static struct ut_service *slot(struct ut_avahi *a)
{
	struct ut_service *oldest = &a->services[0];
	size_t i;

	for (i = 0; i < UT_AVAHI_MAX_SERVICES; i++) {
		struct ut_service *s = &a->services[i];

		if (!s->avahi)
			return s;
		if (s->age < oldest->age)
			oldest = s;
	}
	a->missed = true;
	drop(oldest);
	return oldest;
}

static void add(struct ut_avahi *a, AvahiIfIndex interface,
		AvahiProtocol protocol, const char *name, const char *domain)
{
	struct ut_service *s = find(a, interface, protocol, name, domain);

	if (s) {
		s->round = a->round;
		return;
	}
	if (strlen(name) >= sizeof(s->name) ||
	    strlen(domain) >= sizeof(s->domain))
		return;
	if (!ut_bucket_take(&a->bucket, a->now)) {
		a->missed = true;
		return;
	}
	s = slot(a);
	s->avahi = a;
	s->interface = interface;
	s->protocol = protocol;
	snprintf(s->name, sizeof(s->name), "%s", name);
	snprintf(s->domain, sizeof(s->domain), "%s", domain);
	s->round = a->round;
	s->age = a->ages++;
	/* IPv4 is asked for IPv4: each has a service of its own here. */
	s->resolver = avahi_service_resolver_new(a->client, interface, protocol,
						 name, UT_DNS_SD_TYPE, domain,
						 protocol, 0, on_resolver, s);
	if (!s->resolver) {
		a->missed = true;
		drop(s);
	}
}

/* After a look: what was there before and was not named is gone. */
static void sweep(struct ut_avahi *a)
{
	size_t i;

	for (i = 0; i < UT_AVAHI_MAX_SERVICES; i++)
		if (a->services[i].avahi && a->services[i].round != a->round)
			drop(&a->services[i]);
}

static void on_browser(AvahiServiceBrowser *b, AvahiIfIndex interface,
		       AvahiProtocol protocol, AvahiBrowserEvent event,
		       const char *name, const char *type, const char *domain,
		       AvahiLookupResultFlags flags, void *arg)
{
	struct ut_avahi *a = arg;
	struct ut_service *s;

	switch (event) {
	case AVAHI_BROWSER_NEW:
		if (name && domain)
			add(a, interface, protocol, name, domain);
		break;
	case AVAHI_BROWSER_REMOVE:
		s = name && domain ?
		    find(a, interface, protocol, name, domain) : NULL;
		if (s)
			drop(s);
		break;
	case AVAHI_BROWSER_ALL_FOR_NOW:
		sweep(a);
		break;
	case AVAHI_BROWSER_FAILURE:
		ut_avahi_fail(a, avahi_client_errno(a->client));
		break;
	case AVAHI_BROWSER_CACHE_EXHAUSTED:
		break;
	}
}

void ut_avahi_browse(struct ut_avahi *a)
{
	if (a->browser)
		return;
	a->round++;
	a->missed = false;
	a->browser = avahi_service_browser_new(a->client, AVAHI_IF_UNSPEC,
					       AVAHI_PROTO_UNSPEC,
					       UT_DNS_SD_TYPE, NULL, 0,
					       on_browser, a);
	if (!a->browser)
		ut_avahi_fail(a, avahi_client_errno(a->client));
}

void ut_avahi_browse_tick(struct ut_avahi *a)
{
	if (!a->missed || !a->browser ||
	    !ut_bucket_is_full(&a->bucket, a->now))
		return;
	avahi_service_browser_free(a->browser);
	a->browser = NULL;
	ut_avahi_browse(a);
}
