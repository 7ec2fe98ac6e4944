// SPDX-License-Identifier: GPL-2.0
/* usbip-tls status */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "base/clock.h"
#include "control/session_json.h"

/* Between the two looks at the counters that make a rate. */
#define RATE_MS 500

/* --- for a person --- */

static void print_rate(const char *before, uint64_t bytes, const char *after)
{
	if (bytes >= 1000000)
		printf("%s%.1f MB/s %s", before, (double)bytes / 1e6, after);
	else if (bytes >= 1000)
		printf("%s%.1f kB/s %s", before, (double)bytes / 1e3, after);
	else
		printf("%s%u B/s %s", before, (unsigned int)bytes, after);
}

/* Per cent of the blocks a key may protect, of the direction with more of them. */
static void print_key_used(struct json_object *s)
{
	uint64_t tx = ut_json_number(s, "tx_blocks");
	uint64_t rx = ut_json_number(s, "rx_blocks");
	uint64_t limit = ut_json_number(s, "block_limit");

	if (limit)
		printf("; %" PRIu64 "%% of the key used",
		       (tx > rx ? tx : rx) * 100 / limit);
}

static void print_port(struct json_object *s)
{
	size_t n;

	ut_json_printf(s, "  port     {#port}[local_busid?, {local_busid} here:]");
	ut_print_list(s, "nodes", " ", "");
	printf("%s\n", !ut_json_list(s, "nodes", &n) || n ? "" :
	       " no device node");
}

static void print_session(struct json_object *s)
{
	bool plain = !strcmp(ut_json_text(s, "tls_version"), "none");

	ut_json_printf(s, "Session {#id}: {role}, {state} for {~age_ms}\n"
		       "  peer     {peer}[!peer?(no certificate)] at {peer_addr}\n"
		       "  device   {busid}[device_text? ({device_text})]\n");
	if (!strcmp(ut_json_text(s, "role"), "tablet"))
		print_port(s);
	ut_json_printf(s, plain ? "  TLS      none: nothing is encrypted\n" :
		       "  TLS      {tls_version}, {cipher}\n");
	ut_json_printf(s, "  sent     {#tx_bytes} bytes, {#tx_pdus} PDUs, {#tx_records} records\n"
		       "  received {#rx_bytes} bytes, {#rx_pdus} PDUs, {#rx_records} records\n"
		       "  open     {#open_urbs} URB");
	printf("%s", ut_json_number(s, "open_urbs") == 1 ? "" : "s");
	ut_json_printf(s, "[dropped_pdus?, {#dropped_pdus} late answers dropped]");
	print_key_used(s);
	printf("\n");
	if (json_object_object_get_ex(s, "tx_rate", NULL)) {
		print_rate("  now      ", ut_json_number(s, "tx_rate"), "sent, ");
		print_rate("", ut_json_number(s, "rx_rate"), "received\n");
	}
	if (!strcmp(ut_json_text(s, "state"), "closed"))
		ut_json_printf(s, "  closed   {reason_text}\n");
}

static void print(struct json_object *o, const void *args)
{
	ut_print_each(o, "sessions", print_session, "No session.\n");
	ut_print_each(o, "daemons", ut_status_print, "");
	ut_json_printf(o, "[alone?usbip-tlsd does not run here; this is what the kernel knows.\n]");
}

/* --- finding out --- */

/**
 * struct ut_look - the session table, once or twice
 * @old: before; NULL: once
 * @v: now
 */
struct ut_look {
	struct ut_session *old;
	size_t n_old;
	struct ut_session *v;
	size_t n;
};

/* The bus id here of the device of a session; the dock's is the device's own. */
static const char *local_busid(const struct ut_session *s,
			       const struct ut_vhci_port *ports, size_t n)
{
	size_t i;

	if (s->role != USBIP_TLS_ROLE_TABLET)
		return s->busid;
	for (i = 0; i < n; i++)
		if (ports[i].port == s->port &&
		    s->state != USBIP_TLS_STATE_CLOSED)
			return ports[i].busid;
	return "";
}

/* Of the same session before; NULL if it was not there. */
static const struct ut_session *before(const struct ut_look *l, uint32_t id)
{
	size_t i;

	for (i = 0; i < l->n_old; i++)
		if (l->old[i].id == id)
			return &l->old[i];
	return NULL;
}

/* Bytes a second since then, if that can be said. */
static void add_rate(struct json_object *o, const struct ut_look *l,
		     const struct ut_session *s)
{
	const struct ut_session *old = before(l, s->id);

	if (!old || s->age_ms <= old->age_ms || s->tx_bytes < old->tx_bytes ||
	    s->rx_bytes < old->rx_bytes)
		return;
	ut_json_uint(o, "tx_rate", (s->tx_bytes - old->tx_bytes) * 1000 /
		     (s->age_ms - old->age_ms));
	ut_json_uint(o, "rx_rate", (s->rx_bytes - old->rx_bytes) * 1000 /
		     (s->age_ms - old->age_ms));
}

static struct json_object *tell(const struct ut_look *l,
				const struct ut_session *s,
				const char *busid, bool json)
{
	struct json_object *o = ut_json_session(s);
	struct ut_vhci_nodes nodes;
	struct ut_usb_device dev;

	if (s->role == USBIP_TLS_ROLE_TABLET && busid[0] &&
	    !ut_vhci_nodes_of(busid, &nodes, NULL)) {
		ut_json_string(o, "local_busid", busid);
		ut_json_nodes(o, &nodes);
	}
	add_rate(o, l, s);
	if (!json && busid[0] && !ut_usb_get_imported(busid, &dev))
		ut_json_device_text(o, &dev.op);
	return o;
}

static bool any_open(const struct ut_session *s, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (s[i].state == USBIP_TLS_STATE_OPEN)
			return true;
	return false;
}

/* The sessions; with @rates twice, unless there is nothing to measure. */
static int look(struct ut_look *l, bool rates, struct ut_err *err)
{
	struct ut_nl *nl;
	int ret;

	memset(l, 0, sizeof(*l));
	ret = ut_nl_open(&nl, err);
	if (ret)
		return ret;
	ret = ut_nl_session_all(nl, &l->v, &l->n, err);
	if (!ret && rates && any_open(l->v, l->n)) {
		l->old = l->v;
		l->n_old = l->n;
		l->v = NULL;
		ut_nap(RATE_MS);
		ret = ut_nl_session_all(nl, &l->v, &l->n, err);
	}
	ut_nl_close(nl);
	if (ret)
		free(l->old);
	return ret;
}

struct args {
	bool rates;
};

static int run(struct ut_cli *cli, void *args, struct json_object *o,
	       struct ut_err *err)
{
	const struct args *a = args;
	struct ut_vhci_port *ports = NULL;
	struct json_object *array;
	size_t n_ports = 0, i;
	struct ut_look l;
	int ret;

	/* Who reads it can wait; a script says so. */
	ret = look(&l, a->rates || !cli->json, err);
	if (ret)
		return ret;
	/* A dock has no vhci-hcd; then there are no ports to join with. */
	if (ut_vhci_list(&ports, &n_ports, NULL))
		n_ports = 0;
	array = ut_json_array(o, "sessions");
	for (i = 0; i < l.n; i++)
		json_object_array_add(array, tell(&l, &l.v[i],
				      local_busid(&l.v[i], ports, n_ports),
				      cli->json));
	free(ports);
	free(l.old);
	free(l.v);
	/* That none runs is for the text only. */
	if (ut_status_daemons(o) && !cli->json)
		ut_json_bool(o, "alone", true);
	return UT_EXIT_OK;
}

static const struct ut_opt opts[] = {
	{ 0, "rate", NULL,
	  "measure bytes per second, which takes half a second;\n"
	  "always on without --json", UT_FLAG(struct args, rates) },
	UT_ROW_JSON, UT_ROW_HELP, { 0 },
};

const struct ut_verb ut_verb_status = {
	.name = "status",
	.summary = "show the sessions of this machine, its docks and devices",
	.about =
	"Lists the sessions in the kernel's table: peer, device, port and device\n"
	"nodes, cipher, counters, and why a closed one was closed. The table is the\n"
	"kernel's, so the daemon need not run. If it runs, a dock also shows which\n"
	"devices are shared, by which rule, and who watches; a tablet, which docks it\n"
	"knows and why a device is not attached.\n",
	.exits = "Needs root. Exit codes: 3 module, 4 rights.\n",
	.forms = (const struct ut_form[]){ { NULL, run, print }, { 0 } },
	.opts = opts, .args_size = sizeof(struct args),
};
