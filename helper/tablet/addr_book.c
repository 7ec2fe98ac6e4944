// SPDX-License-Identifier: GPL-2.0
/* The addresses of docks: see addr_book.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/verdict.h"
#include "tablet/addr_book.h"

static struct ut_dock_addr *find(struct ut_addr_book *b, const char *host,
				 uint16_t port, bool hint)
{
	size_t i;

	for (i = 0; i < b->n; i++)
		if (b->v[i]->port == port && b->v[i]->hint == hint &&
		    !strcmp(b->v[i]->host, host))
			return b->v[i];
	return NULL;
}

static struct ut_dock_addr *add(struct ut_addr_book *b, const char *host,
				uint16_t port)
{
	struct ut_dock_addr *addr;

	if (b->n == UT_TABLET_MAX_ADDRS)
		return NULL;
	addr = calloc(1, sizeof(*addr));
	if (!addr)
		return NULL;
	snprintf(addr->host, sizeof(addr->host), "%s", host);
	addr->port = port;
	b->v[b->n++] = addr;
	return addr;
}

static void drop(struct ut_addr_book *b, size_t i)
{
	ut_dock_addr_free(b->v[i]);
	b->n--;
	memmove(b->v + i, b->v + i + 1, (b->n - i) * sizeof(b->v[0]));
}

static bool waits(const struct ut_dock_addr *addr)
{
	return addr->state != UT_DOCK_ADDR_CONNECTING &&
	       addr->state != UT_DOCK_ADDR_UP;
}

static void try_again(struct ut_dock_addr *addr)
{
	addr->state = UT_DOCK_ADDR_DOWN;
	ut_backoff_reset(&addr->backoff);
}

void ut_addr_book_match(struct ut_addr_book *b)
{
	size_t i, k;

	for (i = 0; i < b->n; i++) {
		struct ut_dock_addr *addr = b->v[i];
		bool known = false;

		for (k = 0; addr->hint && k < b->n && !known; k++)
			known = ut_dock_addr_matches(b->v[k], addr);
		if (addr->known && !known && addr->state == UT_DOCK_ADDR_TWIN)
			try_again(addr);
		addr->known = known;
		if (known && waits(addr))
			addr->state = UT_DOCK_ADDR_TWIN;
	}
}

/* --- the configuration --- */

static uint16_t port_of(const struct ut_known_dock *d)
{
	return d->port ? d->port : UT_DEFAULT_PORT;
}

static bool configured(const struct ut_config *cfg,
		       const struct ut_dock_addr *addr)
{
	size_t i;

	for (i = 0; i < cfg->tablet.docks.n; i++) {
		const struct ut_known_dock *d = &cfg->tablet.docks.v[i];

		if (port_of(d) == addr->port && !strcmp(d->host, addr->host))
			return true;
	}
	return false;
}

/* What the configuration says of an address. */
static void set_addr(const struct ut_config *cfg,
		     const struct ut_known_dock *d, struct ut_dock_addr *addr)
{
	snprintf(addr->expect, sizeof(addr->expect), "%s",
		 d->name[0] ? d->name : ut_config_expected_name(cfg, d->host));
	if (addr->legacy == d->legacy)
		return;
	addr->legacy = d->legacy;
	addr->polled = d->legacy;
	ut_client_close(&addr->client);
	addr->state = UT_DOCK_ADDR_DOWN;
}

void ut_addr_book_set(struct ut_addr_book *b, const struct ut_config *cfg)
{
	struct ut_dock_addr *addr;
	size_t i = 0;

	while (i < b->n) {
		if (!b->v[i]->hint && !configured(cfg, b->v[i]))
			drop(b, i);
		else
			i++;
	}
	for (i = 0; i < cfg->tablet.docks.n; i++) {
		const struct ut_known_dock *d = &cfg->tablet.docks.v[i];

		addr = find(b, d->host, port_of(d), false);
		if (!addr)
			addr = add(b, d->host, port_of(d));
		if (addr)
			set_addr(cfg, d, addr);
	}
	/* What was denied may be allowed now, and the other way round. */
	for (i = 0; i < b->n; i++) {
		addr = b->v[i];
		if (addr->state == UT_DOCK_ADDR_UP &&
		    !ut_policy_dock_allowed(cfg, addr->name)) {
			ut_client_close(&addr->client);
			addr->state = UT_DOCK_ADDR_DOWN;
		}
		if (addr->state == UT_DOCK_ADDR_DENIED)
			addr->state = UT_DOCK_ADDR_DOWN;
		ut_backoff_reset(&addr->backoff);
	}
	ut_addr_book_match(b);
}

/* --- hints --- */

static size_t count_hints(const struct ut_addr_book *b)
{
	size_t i, n = 0;

	for (i = 0; i < b->n; i++)
		n += b->v[i]->hint;
	return n;
}

void ut_addr_book_hint(struct ut_addr_book *b, const char *host, uint16_t port)
{
	struct ut_dock_addr *addr = find(b, host, port, true);

	/* Many may come and go before those that are gone are due. */
	if (!addr && count_hints(b) == UT_TABLET_MAX_HINTS)
		ut_addr_book_drop_gone(b);
	if (!addr && count_hints(b) < UT_TABLET_MAX_HINTS)
		addr = add(b, host, port);
	if (!addr)
		return;
	addr->hint = true;
	addr->gone = false;
	ut_addr_book_match(b);
}

void ut_addr_book_hint_gone(struct ut_addr_book *b, const char *host,
			    uint16_t port)
{
	struct ut_dock_addr *addr = find(b, host, port, true);

	if (addr)
		addr->gone = true;
}

/* A connection that works is worth more than an announcement. */
void ut_addr_book_drop_gone(struct ut_addr_book *b)
{
	size_t i = b->n;

	while (i-- > 0)
		if (b->v[i]->gone && waits(b->v[i]))
			drop(b, i);
}

/* --- which dock is where --- */

void ut_addr_book_hurry(struct ut_addr_book *b)
{
	size_t i;

	for (i = 0; i < b->n; i++)
		if (b->v[i]->state == UT_DOCK_ADDR_DOWN)
			ut_backoff_reset(&b->v[i]->backoff);
}

const struct ut_dock_addr *
ut_addr_book_up(const struct ut_addr_book *b, const char *name,
		const struct ut_dock_addr *except)
{
	size_t i;

	for (i = 0; i < b->n; i++)
		if (b->v[i] != except && b->v[i]->state == UT_DOCK_ADDR_UP &&
		    !strcmp(b->v[i]->name, name))
			return b->v[i];
	return NULL;
}

void ut_addr_book_wake(struct ut_addr_book *b, const char *name)
{
	size_t i;

	for (i = 0; i < b->n; i++)
		if (b->v[i]->state == UT_DOCK_ADDR_TWIN && !b->v[i]->known &&
		    !strcmp(b->v[i]->name, name))
			try_again(b->v[i]);
}

void ut_addr_book_free(struct ut_addr_book *b)
{
	while (b->n)
		ut_dock_addr_free(b->v[--b->n]);
}
