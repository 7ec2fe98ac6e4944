// SPDX-License-Identifier: GPL-2.0
/* Announcing this dock: see avahi.h. */
#include <avahi-common/alternative.h>
#include <avahi-common/malloc.h>
#include <stdio.h>
#include <string.h>

#include "discovery/avahi_publish.h"

/* "desk" is taken: "desk #2". Somebody could go on with that for ever. */
static bool give_way(struct ut_avahi *a)
{
	char *other;

	if (a->renames == UT_AVAHI_MAX_RENAMES) {
		ut_avahi_fail(a, AVAHI_ERR_COLLISION);
		return false;
	}
	a->renames++;
	other = avahi_alternative_service_name(a->name);
	if (!other) {
		ut_avahi_fail(a, AVAHI_ERR_NO_MEMORY);
		return false;
	}
	snprintf(a->name, sizeof(a->name), "%s", other);
	avahi_free(other);
	return true;
}

/* -> error code; AVAHI_ERR_COLLISION: something local has the name. */
static int add_entry(struct ut_avahi *a)
{
	return avahi_entry_group_add_service(a->group, AVAHI_IF_UNSPEC,
					     AVAHI_PROTO_UNSPEC, 0, a->name,
					     UT_DNS_SD_TYPE, NULL, NULL,
					     a->config.port,
					     "txtvers=" UT_DNS_SD_TXTVERS,
					     "proto=" UT_DNS_SD_PROTO, NULL);
}

static void add(struct ut_avahi *a)
{
	int error;

	do {
		error = add_entry(a);
	} while (error == AVAHI_ERR_COLLISION && give_way(a));
	if (!error)
		error = avahi_entry_group_commit(a->group);
	if (error)
		ut_avahi_fail(a, error);
}

static void on_group(AvahiEntryGroup *group, AvahiEntryGroupState state,
		     void *arg)
{
	struct ut_dns_sd_msg msg = { .type = UT_DNS_SD_PUBLISHED };
	struct ut_avahi *a = arg;

	a->group = group;
	switch (state) {
	case AVAHI_ENTRY_GROUP_ESTABLISHED:
		snprintf(msg.name, sizeof(msg.name), "%s", a->name);
		a->tell(a->arg, &msg);
		break;
	case AVAHI_ENTRY_GROUP_COLLISION:
		avahi_entry_group_reset(group);
		if (give_way(a))
			add(a);
		break;
	case AVAHI_ENTRY_GROUP_FAILURE:
		ut_avahi_fail(a, avahi_client_errno(a->client));
		break;
	case AVAHI_ENTRY_GROUP_UNCOMMITED:
	case AVAHI_ENTRY_GROUP_REGISTERING:
		break;
	}
}

void ut_avahi_publish(struct ut_avahi *a)
{
	AvahiEntryGroup *group = a->group;

	if (!group) {
		memcpy(a->name, a->config.name, sizeof(a->name));
		group = avahi_entry_group_new(a->client, on_group, a);
	}
	a->group = group;
	if (!group)
		ut_avahi_fail(a, avahi_client_errno(a->client));
	else if (avahi_entry_group_is_empty(group))
		add(a);
}

void ut_avahi_withdraw(struct ut_avahi *a)
{
	if (a->group)
		avahi_entry_group_reset(a->group);
}
