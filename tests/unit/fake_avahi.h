/* SPDX-License-Identifier: GPL-2.0 */
/*
 * An avahi-client that does what a test says. It defines the functions that the
 * helper calls; what belongs to avahi-common is real.
 */
#ifndef UT_TEST_FAKE_AVAHI_H
#define UT_TEST_FAKE_AVAHI_H

#include <avahi-common/error.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "discovery/avahi.h"

#define FAKE_MAX_RESOLVERS 1024

struct AvahiServiceResolver {
	bool used;
	AvahiIfIndex interface;
	AvahiProtocol protocol;
	AvahiProtocol asked_for;
	char name[256];
	AvahiServiceResolverCallback callback;
	void *arg;
};

/**
 * struct fake_avahi - what it was told, and what it is to say
 * @added: entries in the group; @committed: they were committed
 * @add_errors: so many add_service calls collide
 * @entry: the last that was added, as text
 * @resolvers: those that exist; @n_resolvers: how many; @made: ever
 * @no_resolver: the next cannot be made
 */
static struct fake_avahi {
	AvahiClientCallback on_client;
	void *client_arg;
	AvahiClientState first_state;
	int client_error;
	int error;
	unsigned int clients;

	AvahiEntryGroupCallback on_group;
	void *group_arg;
	unsigned int groups;
	unsigned int added;
	bool committed;
	unsigned int resets;
	unsigned int add_errors;
	char entry[256];

	AvahiServiceBrowserCallback on_browser;
	void *browser_arg;
	unsigned int browsers;
	unsigned int browsers_made;
	struct AvahiServiceResolver resolvers[FAKE_MAX_RESOLVERS];
	unsigned int n_resolvers;
	unsigned int made;
	bool no_resolver;
} fake;

#define FAKE_CLIENT	((AvahiClient *)&fake.clients)
#define FAKE_GROUP	((AvahiEntryGroup *)&fake.groups)
#define FAKE_BROWSER	((AvahiServiceBrowser *)&fake.browsers)

/* --- client --- */

AvahiClient *avahi_client_new(const AvahiPoll *poll, AvahiClientFlags flags,
			      AvahiClientCallback callback, void *arg,
			      int *error)
{
	assert_int_equal(flags, AVAHI_CLIENT_NO_FAIL);
	if (fake.client_error) {
		*error = fake.client_error;
		return NULL;
	}
	fake.on_client = callback;
	fake.client_arg = arg;
	fake.clients++;
	callback(FAKE_CLIENT, fake.first_state, arg);
	return FAKE_CLIENT;
}

void avahi_client_free(AvahiClient *client)
{
	assert_ptr_equal(client, FAKE_CLIENT);
	fake.clients--;
}

int avahi_client_errno(AvahiClient *client)
{
	assert_ptr_equal(client, FAKE_CLIENT);
	return fake.error;
}

static inline void fake_state(AvahiClientState state)
{
	fake.on_client(FAKE_CLIENT, state, fake.client_arg);
}

/* --- entries --- */

AvahiEntryGroup *avahi_entry_group_new(AvahiClient *client,
				       AvahiEntryGroupCallback callback,
				       void *arg)
{
	assert_ptr_equal(client, FAKE_CLIENT);
	fake.on_group = callback;
	fake.group_arg = arg;
	fake.groups++;
	callback(FAKE_GROUP, AVAHI_ENTRY_GROUP_UNCOMMITED, arg);
	return FAKE_GROUP;
}

int avahi_entry_group_free(AvahiEntryGroup *group)
{
	assert_ptr_equal(group, FAKE_GROUP);
	fake.groups--;
	return 0;
}

int avahi_entry_group_reset(AvahiEntryGroup *group)
{
	assert_ptr_equal(group, FAKE_GROUP);
	fake.added = 0;
	fake.committed = false;
	fake.resets++;
	return 0;
}

int avahi_entry_group_is_empty(AvahiEntryGroup *group)
{
	assert_ptr_equal(group, FAKE_GROUP);
	return !fake.added;
}

int avahi_entry_group_commit(AvahiEntryGroup *group)
{
	assert_ptr_equal(group, FAKE_GROUP);
	fake.committed = true;
	return 0;
}

int avahi_entry_group_add_service(AvahiEntryGroup *group,
				  AvahiIfIndex interface,
				  AvahiProtocol protocol,
				  AvahiPublishFlags flags, const char *name,
				  const char *type, const char *domain,
				  const char *host, uint16_t port, ...)
{
	const char *txt;
	va_list ap;

	assert_ptr_equal(group, FAKE_GROUP);
	assert_int_equal(interface, AVAHI_IF_UNSPEC);
	assert_int_equal(protocol, AVAHI_PROTO_UNSPEC);
	assert_int_equal(flags, 0);
	assert_null(domain);
	assert_null(host);
	/* Avahi would refuse it. */
	assert_in_range(strlen(name), 1, 63);
	if (fake.add_errors) {
		fake.add_errors--;
		return AVAHI_ERR_COLLISION;
	}
	snprintf(fake.entry, sizeof(fake.entry), "%s %s %u", name, type, port);
	va_start(ap, port);
	while ((txt = va_arg(ap, const char *))) {
		strcat(fake.entry, " ");
		strcat(fake.entry, txt);
	}
	va_end(ap);
	fake.added++;
	return 0;
}

static inline void fake_group(AvahiEntryGroupState state)
{
	fake.on_group(FAKE_GROUP, state, fake.group_arg);
}

/* --- services --- */

AvahiServiceBrowser *
avahi_service_browser_new(AvahiClient *client, AvahiIfIndex interface,
			  AvahiProtocol protocol, const char *type,
			  const char *domain, AvahiLookupFlags flags,
			  AvahiServiceBrowserCallback callback, void *arg)
{
	assert_ptr_equal(client, FAKE_CLIENT);
	assert_int_equal(interface, AVAHI_IF_UNSPEC);
	assert_int_equal(protocol, AVAHI_PROTO_UNSPEC);
	assert_string_equal(type, "_usbip-tls._tcp");
	assert_null(domain);
	assert_int_equal(flags, 0);
	fake.on_browser = callback;
	fake.browser_arg = arg;
	fake.browsers++;
	fake.browsers_made++;
	return FAKE_BROWSER;
}

int avahi_service_browser_free(AvahiServiceBrowser *browser)
{
	assert_ptr_equal(browser, FAKE_BROWSER);
	fake.browsers--;
	return 0;
}

static inline void fake_browser(AvahiBrowserEvent event, AvahiIfIndex interface,
			 AvahiProtocol protocol, const char *name)
{
	fake.on_browser(FAKE_BROWSER, interface, protocol, event, name,
			name ? "_usbip-tls._tcp" : NULL, name ? "local" : NULL,
			0, fake.browser_arg);
}

AvahiServiceResolver *
avahi_service_resolver_new(AvahiClient *client, AvahiIfIndex interface,
			   AvahiProtocol protocol, const char *name,
			   const char *type, const char *domain,
			   AvahiProtocol asked_for, AvahiLookupFlags flags,
			   AvahiServiceResolverCallback callback, void *arg)
{
	struct AvahiServiceResolver *r = fake.resolvers;

	assert_ptr_equal(client, FAKE_CLIENT);
	assert_string_equal(type, "_usbip-tls._tcp");
	assert_string_equal(domain, "local");
	assert_int_equal(flags, 0);
	if (fake.no_resolver) {
		fake.no_resolver = false;
		return NULL;
	}
	while (r->used)
		r++;
	assert_true(r < fake.resolvers + FAKE_MAX_RESOLVERS);
	*r = (struct AvahiServiceResolver){
		.used = true, .interface = interface, .protocol = protocol,
		.asked_for = asked_for, .callback = callback, .arg = arg,
	};
	snprintf(r->name, sizeof(r->name), "%s", name);
	fake.n_resolvers++;
	fake.made++;
	return r;
}

int avahi_service_resolver_free(AvahiServiceResolver *r)
{
	assert_true(r->used);
	r->used = false;
	fake.n_resolvers--;
	return 0;
}

/* The resolver of a service answers; @address may be NULL. */
static inline void fake_resolve(const char *name, AvahiProtocol protocol,
			 AvahiResolverEvent event, const char *address,
			 uint16_t port, AvahiStringList *txt)
{
	struct AvahiServiceResolver *r = fake.resolvers;
	AvahiAddress a;

	while (!r->used || strcmp(r->name, name) || r->protocol != protocol)
		assert_true(++r < fake.resolvers + FAKE_MAX_RESOLVERS);
	if (address)
		assert_non_null(avahi_address_parse(address, AVAHI_PROTO_UNSPEC,
						    &a));
	r->callback(r, r->interface, protocol, event, name, "_usbip-tls._tcp",
		    "local", "host.local", address ? &a : NULL, port, txt, 0,
		    r->arg);
}

#endif /* UT_TEST_FAKE_AVAHI_H */
