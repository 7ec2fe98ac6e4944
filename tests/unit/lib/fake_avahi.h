/* SPDX-License-Identifier: GPL-2.0 */
/*
 * An avahi-client that does what a test says. It defines the functions that the helper
 * calls; the parts of avahi-common are real.
 */
#ifndef UT_TEST_FAKE_AVAHI_H
#define UT_TEST_FAKE_AVAHI_H

#include <stdio.h>
#include <string.h>

#include <avahi-common/error.h>

#include "discovery/avahi.h"
#include "lib/unit.h"

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
struct fake_avahi {
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
};

extern struct fake_avahi fake_avahi;

#define FAKE_CLIENT	((AvahiClient *)&fake_avahi.clients)
#define FAKE_GROUP	((AvahiEntryGroup *)&fake_avahi.groups)
#define FAKE_BROWSER	((AvahiServiceBrowser *)&fake_avahi.browsers)

/* --- client --- */

void fake_state(AvahiClientState state);

/* --- entries --- */

void fake_group(AvahiEntryGroupState state);

/* --- services --- */

void fake_browser(AvahiBrowserEvent event, AvahiIfIndex interface,
		  AvahiProtocol protocol, const char *name);

/* The resolver of a service answers; @address may be NULL. */
void fake_resolve(const char *name, AvahiProtocol protocol,
		  AvahiResolverEvent event, const char *address, uint16_t port,
		  AvahiStringList *txt);

#endif /* UT_TEST_FAKE_AVAHI_H */
