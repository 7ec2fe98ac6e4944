// SPDX-License-Identifier: GPL-2.0
#include "lib/avahi_bed.h"

struct ut_avahi av;
struct ut_dns_sd_msg av_last;
unsigned int av_told[UT_DNS_SD_FAILED + 1];

static void on_tell(void *arg, const struct ut_dns_sd_msg *msg)
{
	assert_ptr_equal(arg, &av);
	assert_in_range(msg->type, UT_DNS_SD_WAITING, UT_DNS_SD_FAILED);
	assert_non_null(memchr(msg->name, '\0', sizeof(msg->name)));
	av_told[msg->type]++;
	av_last = *msg;
}

void av_prepare(bool publish, bool browse, const char *name)
{
	memset(&fake_avahi, 0, sizeof(fake_avahi));
	memset(&av, 0, sizeof(av));
	memset(av_told, 0, sizeof(av_told));
	fake_avahi.first_state = AVAHI_CLIENT_S_RUNNING;
	av.config.publish = publish;
	av.config.browse = browse;
	av.config.port = 3240;
	snprintf(av.config.name, sizeof(av.config.name), "%s", name);
	av.tell = on_tell;
	av.arg = &av;
}

void av_run(void)
{
	assert_int_equal(ut_avahi_connect(&av, NULL, 0), 0);
	ut_avahi_start(&av);
}

int av_close_all(void)
{
	size_t i;

	av.started = false;
	for (i = 0; i < UT_AVAHI_MAX_SERVICES; i++)
		if (av.services[i].resolver)
			avahi_service_resolver_free(av.services[i].resolver);
	if (av.browser)
		avahi_service_browser_free(av.browser);
	if (av.group)
		avahi_entry_group_free(av.group);
	if (av.client)
		avahi_client_free(av.client);
	memset(&av, 0, sizeof(av));
	return fake_avahi.clients || fake_avahi.groups || fake_avahi.browsers ||
	       fake_avahi.n_resolvers;
}
