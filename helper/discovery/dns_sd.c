// SPDX-License-Identifier: GPL-2.0
/* The daemon's end of DNS-SD: see dns_sd.h. */
#include <avahi-common/error.h>
#include <errno.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "discovery/dns_sd.h"
#include "worker/message.h"

/* One that lived so long had nothing wrong with it. */
#define LIVED_MS 60000

void ut_dns_sd_open(struct ut_dns_sd *d, const struct ut_dns_sd_config *config,
		    const struct ut_sandbox *sandbox, sd_event *loop,
		    const struct ut_dns_sd_ops *ops, void *arg, int64_t now)
{
	memset(d, 0, sizeof(*d));
	d->config = *config;
	d->sandbox = sandbox;
	d->loop = loop;
	d->ops = ops;
	d->arg = arg;
	d->worker.fd = -1;
	d->restart = now;
	d->delay = UT_DNS_SD_RETRY_MIN_MS;
}

int64_t ut_dns_sd_deadline(const struct ut_dns_sd *d)
{
	return d->worker.pid ? INT64_MAX : d->restart;
}

/* Once what has begun to wait is served, the next wait is as short again. */
static void retry_later(struct ut_dns_sd *d, int64_t now)
{
	d->restart = now + d->delay;
	d->delay *= 2;
	if (d->delay > UT_DNS_SD_RETRY_MAX_MS)
		d->delay = UT_DNS_SD_RETRY_MAX_MS;
}

static int on_message(sd_event_source *s, int fd, uint32_t events, void *arg)
{
	ut_dns_sd_run(arg, ut_clock_ms());
	return 0;
}

static int spawn(struct ut_dns_sd *d)
{
	const struct ut_program_fds fds = {
		.peer = -1, .keep = d->sandbox->dir, .creds = -1,
	};
	static struct ut_msg msg;
	int ret;

	ut_msg_init(&msg, UT_MSG_DNS_SD);
	msg.dns_sd.sandbox = *d->sandbox;
	msg.dns_sd.sandbox.dir = UT_FD_KEEP;
	msg.dns_sd.config = d->config;
	ret = ut_program_start(&d->worker, UT_PROGRAM_DNS_SD, &fds, &msg,
			       sizeof(msg));
	if (!ret)
		ret = ut_program_watch(&d->worker, d->loop, on_message, d);
	return ret;
}

static void start(struct ut_dns_sd *d, int64_t now)
{
	static struct ut_ratelimit rl;
	int ret = spawn(d);

	d->started = now;
	if (!ret)
		return;
	retry_later(d, now);
	if (ut_ratelimit(&rl, 1))
		ut_log_warn("cannot start the process for DNS-SD: %s",
			    strerror(-ret));
}

static void end(struct ut_dns_sd *d, int64_t now)
{
	int sig = ut_program_end(&d->worker, NULL);

	if (sig)
		ut_log_warn("the process for DNS-SD has died of signal %d (%s)",
			    sig, strsignal(sig));
	if (now - d->started >= LIVED_MS)
		d->delay = UT_DNS_SD_RETRY_MIN_MS;
	retry_later(d, now);
	d->ops->down(d->arg);
}

/* --- what it says --- */

static void log_waiting(struct ut_dns_sd *d)
{
	if (d->told_waiting)
		return;
	d->told_waiting = true;
	ut_log_notice("DNS-SD waits for avahi-daemon; start it, or set dns_sd = no");
}

static void log_failed(struct ut_dns_sd *d, int error)
{
	static struct ut_ratelimit rl;

	/* No bus: there is no avahi-daemon either. */
	if (error == AVAHI_ERR_DBUS_ERROR || error == AVAHI_ERR_NO_DAEMON)
		log_waiting(d);
	else if (ut_ratelimit(&rl, 2))
		ut_log_notice("DNS-SD ends (%s); it is tried again",
			      avahi_strerror(error));
}

static void deal_with(struct ut_dns_sd *d, const struct ut_dns_sd_msg *m)
{
	switch (m->type) {
	case UT_DNS_SD_FOUND:
		d->ops->found(d->arg, &m->where, m->name);
		break;
	case UT_DNS_SD_LOST:
		d->ops->lost(d->arg, &m->where);
		break;
	case UT_DNS_SD_WAITING:
		log_waiting(d);
		break;
	case UT_DNS_SD_PUBLISHED:
		d->told_waiting = false;
		ut_log_notice("announced by DNS-SD as \"%s\"", m->name);
		break;
	case UT_DNS_SD_FAILED:
		log_failed(d, m->error);
		break;
	}
}

void ut_dns_sd_run(struct ut_dns_sd *d, int64_t now)
{
	static struct ut_msg msg;
	int i, ret = 0;

	if (!d->worker.pid && now >= d->restart)
		start(d, now);
	if (!d->worker.pid)
		return;
	for (i = 0; i < UT_DNS_SD_AT_ONCE; i++) {
		ret = ut_msg_recv(d->worker.fd, &msg);
		if (!ret && msg.type != UT_MSG_NEWS)
			ret = -EBADMSG;
		if (ret)
			break;
		deal_with(d, &msg.news);
	}
	if (ret && ret != -EAGAIN)
		end(d, now);
}

void ut_dns_sd_close(struct ut_dns_sd *d)
{
	ut_program_end(&d->worker, NULL);
	d->restart = INT64_MAX;
}
