// SPDX-License-Identifier: GPL-2.0
/* Discovery: see discovery.h. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "discovery/beacon.h"
#include "discovery/discovery.h"
#include "discovery/dns_sd.h"

/**
 * struct ut_discovery - everything
 * @loop: what it waits for
 * @params: in use, with a name
 * @sandbox: for the DNS-SD process
 * @found: the table
 * @sender: of beacons; fd -1: none
 * @receiver: of beacons; fd -1: none
 * @beacons: its source; NULL: none
 * @retry: when to open what should be open and is not
 * @dns_sd: its process
 * @dns_sd_on: @dns_sd is in use
 * @ifaces: of this machine
 */
struct ut_discovery {
	sd_event *loop;
	struct ut_discovery_params params;
	const struct ut_sandbox *sandbox;
	struct ut_found found;
	struct ut_beacon_sender sender;
	struct ut_beacon_receiver receiver;
	sd_event_source *beacons;
	int64_t retry;
	struct ut_dns_sd dns_sd;
	bool dns_sd_on;
	struct ut_ifaces ifaces;
};

/* --- hints --- */

static void log_hint(const char *what, const struct ut_where *where,
		     const char *name)
{
	static struct ut_ratelimit rl;
	char text[UT_WHERE_TEXT_SIZE];

	if (ut_ratelimit(&rl, 10))
		ut_log_debug("%s hints at a dock at %s (\"%s\")", what,
			     ut_where_text(where, text), name);
}

static void on_beacon(void *arg, const struct ut_where *where, const char *name)
{
	struct ut_discovery *d = arg;

	log_hint("a beacon", where, name);
	ut_found_seen(&d->found, UT_FOUND_BEACON, where, name, ut_clock_ms());
}

static void on_dns_sd_found(void *arg, const struct ut_where *where,
			    const char *name)
{
	struct ut_discovery *d = arg;
	int64_t now = ut_clock_ms();

	/* A machine that is dock and tablet does not use itself. */
	if (ut_ifaces_own(ut_ifaces_now(&d->ifaces, now), where))
		return;
	log_hint("DNS-SD", where, name);
	ut_found_seen(&d->found, UT_FOUND_DNS_SD, where, name, now);
}

static void on_dns_sd_lost(void *arg, const struct ut_where *where)
{
	struct ut_discovery *d = arg;

	ut_found_lost(&d->found, UT_FOUND_DNS_SD, where, ut_clock_ms());
}

/* Its successor finds again what is still there. */
static void on_dns_sd_down(void *arg)
{
	struct ut_discovery *d = arg;

	ut_found_limit(&d->found, UT_FOUND_DNS_SD,
		       ut_clock_ms() + UT_DISCOVERY_GRACE_MS);
}

/* --- what is on --- */

static bool wants_sender(const struct ut_discovery_params *p)
{
	return p->is_dock && p->beacon_send;
}

static bool wants_receiver(const struct ut_discovery_params *p)
{
	return p->is_tablet && p->beacon_receive;
}

static bool publishes(const struct ut_discovery_params *p)
{
	return p->is_dock && !p->plain;
}

static bool wants_dns_sd(const struct ut_discovery_params *p)
{
	return p->dns_sd && (publishes(p) || p->is_tablet);
}

static void open_sender(struct ut_discovery *d, int64_t now)
{
	struct ut_beacon b = {
		.port = d->params.port, .use_tls = !d->params.plain,
	};
	int ret;

	memcpy(b.name, d->params.name, sizeof(b.name));
	ret = ut_beacon_sender_open(&d->sender, &b, d->params.beacon_port, now);
	if (ret)
		ut_log_warn("cannot send beacons: %s", strerror(-ret));
}

/* After a flood it rests. Returns until when, or INT64_MAX. */
static int64_t listen_or_rest(struct ut_discovery *d, int64_t now)
{
	bool rests = now < d->receiver.rest_until;

	if (!d->beacons)
		return INT64_MAX;
	sd_event_source_set_enabled(d->beacons, rests ? SD_EVENT_OFF :
							SD_EVENT_ON);
	return rests ? d->receiver.rest_until : INT64_MAX;
}

static int on_packets(sd_event_source *s, int fd, uint32_t events, void *arg)
{
	struct ut_discovery *d = arg;
	int64_t now = ut_clock_ms();

	ut_beacon_receiver_run(&d->receiver, now, on_beacon, d);
	listen_or_rest(d, now);
	return 0;
}

static void close_receiver(struct ut_discovery *d)
{
	d->beacons = sd_event_source_disable_unref(d->beacons);
	ut_beacon_receiver_close(&d->receiver);
}

static void open_receiver(struct ut_discovery *d, int64_t now)
{
	int ret = ut_beacon_receiver_open(&d->receiver, d->params.beacon_port,
					  d->params.use_tls, now);

	if (!ret) {
		ret = sd_event_add_io(d->loop, &d->beacons, d->receiver.fd,
				      EPOLLIN, on_packets, d);
		if (ret < 0)
			close_receiver(d);
	}
	if (ret < 0)
		ut_log_warn("cannot hear beacons on UDP port %u: %s%s",
			    d->params.beacon_port, strerror(-ret),
			    ret == -EADDRINUSE ?
			    "; another program has it, see ss -ulpn" : "");
}

static void open_dns_sd(struct ut_discovery *d, int64_t now)
{
	static const struct ut_dns_sd_ops ops = {
		on_dns_sd_found, on_dns_sd_lost, on_dns_sd_down,
	};
	struct ut_dns_sd_config config = {
		.publish = publishes(&d->params),
		.browse = d->params.is_tablet,
		.port = d->params.port,
	};

	memcpy(config.name, d->params.name, sizeof(config.name));
	ut_dns_sd_open(&d->dns_sd, &config, d->sandbox, d->loop, &ops, d, now);
	d->dns_sd_on = true;
}

/* Opens what should be open and is not. */
static void open_missing(struct ut_discovery *d, int64_t now)
{
	bool failed;

	if (wants_sender(&d->params) && d->sender.fd < 0)
		open_sender(d, now);
	if (wants_receiver(&d->params) && d->receiver.fd < 0)
		open_receiver(d, now);
	if (wants_dns_sd(&d->params) && !d->dns_sd_on)
		open_dns_sd(d, now);
	failed = (wants_sender(&d->params) && d->sender.fd < 0) ||
		 (wants_receiver(&d->params) && d->receiver.fd < 0);
	d->retry = failed ? now + UT_DISCOVERY_RETRY_MS : INT64_MAX;
}

static void close_dns_sd(struct ut_discovery *d)
{
	if (d->dns_sd_on)
		ut_dns_sd_close(&d->dns_sd);
	d->dns_sd_on = false;
}

/* --- parameters --- */

/* Valid UTF-8 and not empty: Avahi takes nothing else. */
static void default_name(struct ut_discovery_params *p)
{
	char host[UT_DISCOVERY_NAME_SIZE] = "";

	p->name[sizeof(p->name) - 1] = '\0';
	if (!p->name[0] && !gethostname(host, sizeof(host) - 1)) {
		host[strcspn(host, ".")] = '\0';
		memcpy(p->name, host, sizeof(p->name));
	}
	if (!p->name[0])
		snprintf(p->name, sizeof(p->name), "dock");
	ut_sanitize(p->name);
}

static int check(struct ut_discovery_params *p, struct ut_err *err)
{
	if (!p->port || !p->beacon_port)
		return ut_err_set(err, UT_EXIT_CONFIG, EINVAL,
				  "discovery needs a port that is not 0");
	default_name(p);
	return 0;
}

/* What is sent or heard is another than before. */
static bool sender_differs(const struct ut_discovery_params *a,
			   const struct ut_discovery_params *b)
{
	return wants_sender(a) != wants_sender(b) || a->port != b->port ||
	       a->beacon_port != b->beacon_port || a->plain != b->plain ||
	       strcmp(a->name, b->name);
}

static bool receiver_differs(const struct ut_discovery_params *a,
			     const struct ut_discovery_params *b)
{
	return wants_receiver(a) != wants_receiver(b) ||
	       a->beacon_port != b->beacon_port || a->use_tls != b->use_tls;
}

static bool dns_sd_differs(const struct ut_discovery_params *a,
			   const struct ut_discovery_params *b)
{
	return wants_dns_sd(a) != wants_dns_sd(b) ||
	       publishes(a) != publishes(b) || a->is_tablet != b->is_tablet ||
	       a->port != b->port || strcmp(a->name, b->name);
}

int ut_discovery_open(struct ut_discovery **out, sd_event *loop,
		      const struct ut_discovery_params *params,
		      const struct ut_sandbox *sandbox,
		      const struct ut_found_ops *ops, void *arg,
		      struct ut_err *err)
{
	struct ut_discovery_params p = *params;
	struct ut_discovery *d;
	int ret = check(&p, err);

	if (ret)
		return ret;
	d = calloc(1, sizeof(*d));
	if (!d)
		return ut_err_errno(err, UT_EXIT_FAILURE, ENOMEM,
				    "cannot start discovery");
	d->loop = loop;
	d->params = p;
	d->sandbox = sandbox;
	d->sender.fd = -1;
	d->receiver.fd = -1;
	ut_found_init(&d->found, ops, arg);
	open_missing(d, ut_clock_ms());
	*out = d;
	return 0;
}

int ut_discovery_reload(struct ut_discovery *d,
			const struct ut_discovery_params *params,
			struct ut_err *err)
{
	struct ut_discovery_params p = *params;
	int64_t now = ut_clock_ms();
	int ret = check(&p, err);

	if (ret)
		return ret;
	if (sender_differs(&d->params, &p))
		ut_beacon_sender_close(&d->sender);
	if (receiver_differs(&d->params, &p))
		close_receiver(d);
	if (dns_sd_differs(&d->params, &p)) {
		close_dns_sd(d);
		on_dns_sd_down(d);
	}
	d->params = p;
	if (!wants_receiver(&p))
		ut_found_limit(&d->found, UT_FOUND_BEACON, now);
	if (!wants_dns_sd(&p) || !p.is_tablet)
		ut_found_limit(&d->found, UT_FOUND_DNS_SD, now);
	ut_found_expire(&d->found, now);
	open_missing(d, now);
	return 0;
}

void ut_discovery_close(struct ut_discovery *d)
{
	if (!d)
		return;
	ut_beacon_sender_close(&d->sender);
	close_receiver(d);
	close_dns_sd(d);
	free(d);
}

int64_t ut_discovery_due(struct ut_discovery *d)
{
	int64_t now = ut_clock_ms(), next;

	if (d->dns_sd_on && now >= ut_dns_sd_deadline(&d->dns_sd))
		ut_dns_sd_run(&d->dns_sd, now);
	ut_beacon_sender_run(&d->sender, now);
	if (now >= d->retry)
		open_missing(d, now);
	next = ut_sooner(d->retry, ut_found_expire(&d->found, now));
	if (d->sender.fd >= 0)
		next = ut_sooner(next, d->sender.next);
	if (d->dns_sd_on)
		next = ut_sooner(next, ut_dns_sd_deadline(&d->dns_sd));
	return ut_sooner(next, listen_or_rest(d, now));
}

/* --- proof --- */

void ut_discovery_proven(struct ut_discovery *d, const struct ut_where *where,
			 const char *dock)
{
	/* All places taken by proven docks: this one just is not remembered. */
	if (ut_found_proven(&d->found, where, dock, ut_clock_ms()))
		ut_log_debug("no room to remember where dock \"%s\" is", dock);
}

void ut_discovery_disproven(struct ut_discovery *d,
			    const struct ut_where *where)
{
	ut_found_disproven(&d->found, where);
}

const struct ut_found *ut_discovery_found(const struct ut_discovery *d)
{
	return &d->found;
}
