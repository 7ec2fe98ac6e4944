// SPDX-License-Identifier: GPL-2.0
/* The daemon's end of DNS-SD: see dns_sd.h. */
#include <avahi-common/error.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "base/log.h"
#include "discovery/dns_sd.h"

/* One that lived so long had nothing wrong with it. */
#define LIVED_MS 60000

void ut_dns_sd_open(struct ut_dns_sd *d, const struct ut_dns_sd_config *config,
		    const struct ut_sandbox *sandbox,
		    const struct ut_dns_sd_ops *ops, void *arg, int64_t now)
{
	memset(d, 0, sizeof(*d));
	d->config = *config;
	d->sandbox = sandbox;
	d->ops = ops;
	d->arg = arg;
	d->worker.fd = -1;
	d->restart = now;
	d->delay = UT_DNS_SD_RETRY_MIN_MS;
}

int ut_dns_sd_fd(const struct ut_dns_sd *d)
{
	return d->worker.pid ? d->worker.fd : -1;
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

static int spawn(struct ut_dns_sd *d)
{
	const struct ut_program_fds fds = {
		.peer = -1, .keep = d->sandbox->dir, .creds = -1,
	};
	struct ut_dns_sd_start start = {
		.sandbox = *d->sandbox, .config = d->config,
	};

	start.sandbox.dir = UT_FD_KEEP;
	return ut_program_start(&d->worker, UT_PROGRAM_DNS_SD, &fds, &start,
				sizeof(start));
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

static bool msg_ok(const struct ut_dns_sd_msg *m)
{
	if (!memchr(m->name, '\0', sizeof(m->name)))
		return false;
	switch (m->type) {
	case UT_DNS_SD_FOUND:
	case UT_DNS_SD_LOST:
		return ut_where_usable(&m->where);
	case UT_DNS_SD_WAITING:
	case UT_DNS_SD_PUBLISHED:
	case UT_DNS_SD_FAILED:
		return true;
	default:
		return false;
	}
}

/* 0 or -errno, -EAGAIN: there is none. */
static int receive(int fd, struct ut_dns_sd_msg *m)
{
	ssize_t n = recv(fd, m, sizeof(*m), MSG_DONTWAIT | MSG_TRUNC);

	if (n < 0)
		return -errno;
	if (!n)
		return -EPIPE;
	return n == sizeof(*m) && msg_ok(m) ? 0 : -EBADMSG;
}

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
	struct ut_dns_sd_msg m;
	int i, ret = 0;

	if (!d->worker.pid && now >= d->restart)
		start(d, now);
	if (!d->worker.pid)
		return;
	for (i = 0; i < UT_DNS_SD_AT_ONCE; i++) {
		ret = receive(d->worker.fd, &m);
		if (ret)
			break;
		deal_with(d, &m);
	}
	if (ret && ret != -EAGAIN && ret != -EINTR)
		end(d, now);
}

void ut_dns_sd_close(struct ut_dns_sd *d)
{
	ut_program_end(&d->worker, NULL);
	d->restart = INT64_MAX;
}
