// SPDX-License-Identifier: GPL-2.0
/* The process that talks to avahi-daemon: see dns_sd.h. */
#include <avahi-common/simple-watch.h>
#include <errno.h>
#include <grp.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "cage/program.h"
#include "base/clock.h"
#include "discovery/avahi.h"
#include "discovery/dns_sd.h"
#include "worker/message.h"

static struct ut_avahi avahi;

/*
 * The bus asks the kernel who has connected, once and for all: it must not be
 * root, whom it would allow to start services and more. Rights to close the cage
 * are needed afterwards, so they are only put aside.
 */
static int become_nobody(const struct ut_sandbox *sb)
{
	if (sb->root && (setgroups(0, NULL) || setegid(sb->gid) ||
			 seteuid(sb->uid)))
		return -errno;
	/* The bus may let us wait. Set after the change of user, which resets it. */
	return prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) ? -errno : 0;
}

static int become_root(const struct ut_sandbox *sb)
{
	if (!sb->root)
		return 0;
	return seteuid(0) || setegid(0) ? -errno : 0;
}

/* Waits while the daemon is busy: so a flood is not stored anywhere in between. */
static void tell(void *arg, const struct ut_dns_sd_msg *news)
{
	static struct ut_msg msg;

	ut_msg_init(&msg, UT_MSG_NEWS)->news = *news;
	if (ut_msg_send(UT_FD_CHANNEL, &msg))
		ut_avahi_fail(arg, 0);
}

/* The daemon never says anything: this is its end. */
static void on_channel(AvahiWatch *w, int fd, AvahiWatchEvent event, void *arg)
{
	ut_avahi_fail(arg, 0);
}

static void loop(struct ut_avahi *a, AvahiSimplePoll *poll)
{
	while (!a->error) {
		ut_avahi_tick(a, ut_clock_ms());
		if (avahi_simple_poll_iterate(poll, ut_avahi_timeout(a)))
			ut_avahi_fail(a, 0);
	}
}

static int serve(const struct ut_dns_sd_config *config,
		 const struct ut_sandbox *sandbox)
{
	struct ut_dns_sd_msg failed = { .type = UT_DNS_SD_FAILED };
	AvahiSimplePoll *poll = avahi_simple_poll_new();
	const AvahiPoll *api;
	struct ut_avahi *a = &avahi;

	if (!poll)
		return 1;
	api = avahi_simple_poll_get(poll);
	a->config = *config;
	a->tell = tell;
	a->arg = a;
	if (!api->watch_new(api, UT_FD_CHANNEL, AVAHI_WATCH_IN, on_channel, a))
		return 1;
	if (become_nobody(sandbox))
		return 1;
	ut_avahi_connect(a, api, ut_clock_ms());
	if (become_root(sandbox) ||
	    ut_sandbox_enter(sandbox, UT_SANDBOX_DNS_SD))
		return 1;
	if (!a->error)
		ut_avahi_start(a);
	loop(a, poll);
	failed.error = a->error;
	tell(a, &failed);
	return 1;
}

int ut_dns_sd_program(void)
{
	static struct ut_msg msg;

	ut_program_begin("usbip-tls-dns-sd");
	/* It is there before we are. */
	if (ut_msg_recv(UT_FD_CHANNEL, &msg) || msg.type != UT_MSG_DNS_SD)
		return 1;
	return serve(&msg.dns_sd.config, &msg.dns_sd.sandbox);
}
