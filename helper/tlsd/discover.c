// SPDX-License-Identifier: GPL-2.0
/* Discovery and the tablet: hints go one way, what became of them the other. */
#include <netdb.h>
#include <stdio.h>
#include <string.h>

#include "tlsd/daemon.h"

static void on_found(void *arg, const struct ut_found_entry *e)
{
	struct ut_daemon *d = arg;
	char host[UT_WHERE_HOST_SIZE];

	if (d->tablet)
		ut_tablet_hint(d->tablet, ut_where_host(&e->where, host),
			       e->where.port);
}

static void on_gone(void *arg, const struct ut_found_entry *e)
{
	struct ut_daemon *d = arg;
	char host[UT_WHERE_HOST_SIZE];

	if (d->tablet)
		ut_tablet_hint_gone(d->tablet, ut_where_host(&e->where, host),
				    e->where.port);
}

static const struct ut_found_ops ops = { on_found, on_gone };

static void params_of(const struct ut_daemon *d, const struct ut_config *config,
		      struct ut_discovery_params *p)
{
	const struct ut_config_discovery *c = &config->discovery;
	const bool plain = !config->dock.listen.n;

	memset(p, 0, sizeof(*p));
	p->dns_sd = c->dns_sd;
	p->beacon_send = c->beacon_send;
	p->beacon_receive = c->beacon_receive;
	p->beacon_port = c->beacon_port;
	p->plain = plain;
	p->port = plain ? config->plaintext.port : config->dock.port;
	snprintf(p->name, sizeof(p->name), "%s", c->name);
	p->is_dock = d->is_dock;
	p->is_tablet = d->is_tablet;
	p->use_tls = true;
}

int ut_discover_open(struct ut_daemon *d, struct ut_err *err)
{
	struct ut_discovery_params params;

	params_of(d, d->config, &params);
	return ut_discovery_open(&d->discovery, d->loop, &params, &d->sandbox,
				 &ops, d, err);
}

void ut_discover_reload(struct ut_daemon *d)
{
	struct ut_discovery_params params;
	struct ut_err err;

	params_of(d, d->config, &params);
	if (ut_discovery_reload(d->discovery, &params, &err))
		ut_log_error(UT_LOG_ERR, &err);
}

/* False: not an address; then it does not come from a hint. */
static bool where_of(const struct ut_dock_addr *addr, struct ut_where *where)
{
	const struct addrinfo hints = {
		.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICHOST,
	};
	struct addrinfo *ai;
	int ret;

	if (getaddrinfo(addr->host, NULL, &hints, &ai))
		return false;
	ret = ut_where_set(where, ai->ai_addr, addr->port);
	freeaddrinfo(ai);
	return !ret;
}

void ut_discover_feedback(struct ut_daemon *d)
{
	struct ut_dock_addr *const *addrs;
	struct ut_where where;
	size_t n, i;

	addrs = ut_tablet_addrs(d->tablet, &n);
	for (i = 0; i < n; i++) {
		struct ut_dock_addr *addr = addrs[i];

		if (!addr->hint || addr->reported == addr->state)
			continue;
		addr->reported = addr->state;
		if (!where_of(addr, &where))
			continue;
		/* A hint of a configured address was not tried, and has no name. */
		if (addr->name[0] && (addr->state == UT_DOCK_ADDR_UP ||
				      addr->state == UT_DOCK_ADDR_TWIN))
			ut_discovery_proven(d->discovery, &where, addr->name);
		else if (addr->state == UT_DOCK_ADDR_DENIED)
			ut_discovery_disproven(d->discovery, &where);
	}
}
