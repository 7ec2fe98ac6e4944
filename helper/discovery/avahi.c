// SPDX-License-Identifier: GPL-2.0
/* The client of avahi-daemon and its states: see avahi.h. */
#include "discovery/avahi.h"
#include "discovery/avahi_browse.h"
#include "discovery/avahi_publish.h"

/* While services were missed: how often to see whether it is calm. */
#define CALM_MS 1000

static void act(struct ut_avahi *a)
{
	const struct ut_dns_sd_msg waiting = { .type = UT_DNS_SD_WAITING };

	switch (a->state) {
	case AVAHI_CLIENT_S_RUNNING:
		if (a->config.publish)
			ut_avahi_publish(a);
		if (a->config.browse)
			ut_avahi_browse(a);
		break;
	case AVAHI_CLIENT_S_REGISTERING:
	case AVAHI_CLIENT_S_COLLISION:
		/* The host name changes: announce again under the new one. */
		ut_avahi_withdraw(a);
		break;
	case AVAHI_CLIENT_CONNECTING:
		a->tell(a->arg, &waiting);
		break;
	case AVAHI_CLIENT_FAILURE:
		/* avahi-daemon or the bus has gone. */
		ut_avahi_fail(a, avahi_client_errno(a->client));
		break;
	}
}

/* Comes for the first time before avahi_client_new() has returned. */
static void on_client(AvahiClient *client, AvahiClientState state, void *arg)
{
	struct ut_avahi *a = arg;

	a->client = client;
	a->state = state;
	if (a->started)
		act(a);
}

int ut_avahi_connect(struct ut_avahi *a, const AvahiPoll *poll, int64_t now)
{
	AvahiClient *client;
	int error = 0;

	a->now = now;
	ut_bucket_init(&a->bucket, UT_AVAHI_RATE, UT_AVAHI_MAX_SERVICES, now);
	client = avahi_client_new(poll, AVAHI_CLIENT_NO_FAIL, on_client, a,
				  &error);
	a->client = client;
	if (!client)
		ut_avahi_fail(a, error);
	return a->error;
}

void ut_avahi_start(struct ut_avahi *a)
{
	a->started = true;
	act(a);
}

void ut_avahi_tick(struct ut_avahi *a, int64_t now)
{
	a->now = now;
	ut_avahi_browse_tick(a);
}

int ut_avahi_timeout(const struct ut_avahi *a)
{
	return a->missed ? CALM_MS : -1;
}
