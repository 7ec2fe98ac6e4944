/* SPDX-License-Identifier: GPL-2.0 */
/* Our end of DNS-SD with the fake behind it. */
#ifndef UT_TEST_AVAHI_FIXTURE_H
#define UT_TEST_AVAHI_FIXTURE_H

#include "fake_avahi.h"

static struct ut_avahi avahi;
static struct ut_dns_sd_msg last;
static unsigned int told[UT_DNS_SD_FAILED + 1];

static inline void on_tell(void *arg, const struct ut_dns_sd_msg *msg)
{
	assert_ptr_equal(arg, &avahi);
	assert_in_range(msg->type, UT_DNS_SD_WAITING, UT_DNS_SD_FAILED);
	assert_non_null(memchr(msg->name, '\0', sizeof(msg->name)));
	told[msg->type]++;
	last = *msg;
}

static inline void prepare(bool publish, bool browse, const char *name)
{
	memset(&fake, 0, sizeof(fake));
	memset(&avahi, 0, sizeof(avahi));
	memset(told, 0, sizeof(told));
	fake.first_state = AVAHI_CLIENT_S_RUNNING;
	avahi.config.publish = publish;
	avahi.config.browse = browse;
	avahi.config.port = 3240;
	snprintf(avahi.config.name, sizeof(avahi.config.name), "%s", name);
	avahi.tell = on_tell;
	avahi.arg = &avahi;
}

static inline void run(void)
{
	assert_int_equal(ut_avahi_connect(&avahi, NULL, 0), 0);
	ut_avahi_start(&avahi);
}

/* Nothing of Avahi's is left over. */
static inline int close_all(void)
{
	ut_avahi_close(&avahi);
	return fake.clients || fake.groups || fake.browsers ||
	       fake.n_resolvers;
}

#endif /* UT_TEST_AVAHI_FIXTURE_H */
