// SPDX-License-Identifier: GPL-2.0
#include "lib/fake_avahi.h"

struct fake_avahi fake_avahi;

/* --- client --- */

AvahiClient *avahi_client_new(const AvahiPoll *poll, AvahiClientFlags flags,
			      AvahiClientCallback callback, void *arg,
			      int *error)
{
	assert_int_equal(flags, AVAHI_CLIENT_NO_FAIL);
	if (fake_avahi.client_error) {
		*error = fake_avahi.client_error;
		return NULL;
	}
	fake_avahi.on_client = callback;
	fake_avahi.client_arg = arg;
	fake_avahi.clients++;
	callback(FAKE_CLIENT, fake_avahi.first_state, arg);
	return FAKE_CLIENT;
}

void avahi_client_free(AvahiClient *client)
{
	assert_ptr_equal(client, FAKE_CLIENT);
	fake_avahi.clients--;
}

int avahi_client_errno(AvahiClient *client)
{
	assert_ptr_equal(client, FAKE_CLIENT);
	return fake_avahi.error;
}

void fake_state(AvahiClientState state)
{
	fake_avahi.on_client(FAKE_CLIENT, state, fake_avahi.client_arg);
}

/* --- entries --- */

AvahiEntryGroup *avahi_entry_group_new(AvahiClient *client,
				       AvahiEntryGroupCallback callback,
				       void *arg)
{
	assert_ptr_equal(client, FAKE_CLIENT);
	fake_avahi.on_group = callback;
	fake_avahi.group_arg = arg;
	fake_avahi.groups++;
	callback(FAKE_GROUP, AVAHI_ENTRY_GROUP_UNCOMMITED, arg);
	return FAKE_GROUP;
}

int avahi_entry_group_free(AvahiEntryGroup *group)
{
	assert_ptr_equal(group, FAKE_GROUP);
	fake_avahi.groups--;
	return 0;
}

int avahi_entry_group_reset(AvahiEntryGroup *group)
{
	assert_ptr_equal(group, FAKE_GROUP);
	fake_avahi.added = 0;
	fake_avahi.committed = false;
	fake_avahi.resets++;
	return 0;
}

int avahi_entry_group_is_empty(AvahiEntryGroup *group)
{
	assert_ptr_equal(group, FAKE_GROUP);
	return !fake_avahi.added;
}

int avahi_entry_group_commit(AvahiEntryGroup *group)
{
	assert_ptr_equal(group, FAKE_GROUP);
	fake_avahi.committed = true;
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
	/* The real Avahi would refuse it. */
	assert_in_range(strlen(name), 1, 63);
	if (fake_avahi.add_errors) {
		fake_avahi.add_errors--;
		return AVAHI_ERR_COLLISION;
	}
	snprintf(fake_avahi.entry, sizeof(fake_avahi.entry), "%s %s %u", name,
		 type, port);
	va_start(ap, port);
	while ((txt = va_arg(ap, const char *))) {
		strcat(fake_avahi.entry, " ");
		strcat(fake_avahi.entry, txt);
	}
	va_end(ap);
	fake_avahi.added++;
	return 0;
}

void fake_group(AvahiEntryGroupState state)
{
	fake_avahi.on_group(FAKE_GROUP, state, fake_avahi.group_arg);
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
	fake_avahi.on_browser = callback;
	fake_avahi.browser_arg = arg;
	fake_avahi.browsers++;
	fake_avahi.browsers_made++;
	return FAKE_BROWSER;
}

int avahi_service_browser_free(AvahiServiceBrowser *browser)
{
	assert_ptr_equal(browser, FAKE_BROWSER);
	fake_avahi.browsers--;
	return 0;
}

void fake_browser(AvahiBrowserEvent event, AvahiIfIndex interface,
		  AvahiProtocol protocol, const char *name)
{
	fake_avahi.on_browser(FAKE_BROWSER, interface, protocol, event, name,
			      name ? "_usbip-tls._tcp" : NULL,
			      name ? "local" : NULL, 0, fake_avahi.browser_arg);
}

AvahiServiceResolver *
avahi_service_resolver_new(AvahiClient *client, AvahiIfIndex interface,
			   AvahiProtocol protocol, const char *name,
			   const char *type, const char *domain,
			   AvahiProtocol asked_for, AvahiLookupFlags flags,
			   AvahiServiceResolverCallback callback, void *arg)
{
	struct AvahiServiceResolver *r = fake_avahi.resolvers;

	assert_ptr_equal(client, FAKE_CLIENT);
	assert_string_equal(type, "_usbip-tls._tcp");
	assert_string_equal(domain, "local");
	assert_int_equal(flags, 0);
	if (fake_avahi.no_resolver) {
		fake_avahi.no_resolver = false;
		return NULL;
	}
	while (r->used)
		r++;
	assert_true(r < fake_avahi.resolvers + FAKE_MAX_RESOLVERS);
	*r = (struct AvahiServiceResolver){
		.used = true, .interface = interface, .protocol = protocol,
		.asked_for = asked_for, .callback = callback, .arg = arg,
	};
	snprintf(r->name, sizeof(r->name), "%s", name);
	fake_avahi.n_resolvers++;
	fake_avahi.made++;
	return r;
}

int avahi_service_resolver_free(AvahiServiceResolver *r)
{
	assert_true(r->used);
	r->used = false;
	fake_avahi.n_resolvers--;
	return 0;
}

void fake_resolve(const char *name, AvahiProtocol protocol,
		  AvahiResolverEvent event, const char *address, uint16_t port,
		  AvahiStringList *txt)
{
	struct AvahiServiceResolver *r = fake_avahi.resolvers;
	AvahiAddress a;

	while (!r->used || strcmp(r->name, name) || r->protocol != protocol)
		assert_true(++r < fake_avahi.resolvers + FAKE_MAX_RESOLVERS);
	if (address)
		assert_non_null(avahi_address_parse(address, AVAHI_PROTO_UNSPEC,
						    &a));
	r->callback(r, r->interface, protocol, event, name, "_usbip-tls._tcp",
		    "local", "host.local", address ? &a : NULL, port, txt, 0,
		    r->arg);
}
