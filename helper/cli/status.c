// SPDX-License-Identifier: GPL-2.0
/* usbip-tls status */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/status.h"
#include "base/clock.h"

/* Between the two looks at the counters that make a rate. */
#define RATE_MS 500

const char *ut_rate_text(uint64_t bytes, char *buf, size_t size)
{
	if (bytes >= 1000000)
		snprintf(buf, size, "%.1f MB/s", (double)bytes / 1e6);
	else if (bytes >= 1000)
		snprintf(buf, size, "%.1f kB/s", (double)bytes / 1e3);
	else
		snprintf(buf, size, "%u B/s", (unsigned int)bytes);
	return buf;
}

static void print_rate(const struct ut_rate *r)
{
	char tx[32], rx[32];

	printf("  now      %s sent, %s received\n",
	       ut_rate_text(r->tx, tx, sizeof(tx)),
	       ut_rate_text(r->rx, rx, sizeof(rx)));
}

/* Per cent of the blocks a key may protect, of the direction with more of them. */
static uint64_t key_used(const struct ut_session *s)
{
	uint64_t blocks = s->tx_blocks > s->rx_blocks ? s->tx_blocks :
							s->rx_blocks;

	return blocks * 100 / s->block_limit;
}

static void print_counters(const struct ut_session *s)
{
	printf("  sent     %" PRIu64 " bytes, %" PRIu64 " PDUs, %" PRIu64
	       " records\n", s->tx_bytes, s->tx_pdus, s->tx_records);
	printf("  received %" PRIu64 " bytes, %" PRIu64 " PDUs, %" PRIu64
	       " records\n", s->rx_bytes, s->rx_pdus, s->rx_records);
	printf("  open     %u URB%s", s->open_urbs,
	       s->open_urbs == 1 ? "" : "s");
	if (s->dropped_pdus)
		printf(", %" PRIu64 " late answers dropped", s->dropped_pdus);
	if (s->block_limit)
		printf("; %" PRIu64 "%% of the key used", key_used(s));
	printf("\n");
}

static void print_device(const struct ut_session *s, const char *local_busid,
			 const struct ut_vhci_nodes *nodes)
{
	struct ut_usb_device dev;
	char text[300];

	printf("  device   %s", s->busid);
	if (local_busid[0] && !ut_usb_get_imported(local_busid, &dev))
		printf(" (%s)", ut_op_text(&dev.op, text, sizeof(text)));
	printf("\n");
	if (s->role != USBIP_TLS_ROLE_TABLET)
		return;
	printf("  port     %u", s->port);
	if (nodes) {
		printf(", %s here:", local_busid);
		ut_print_nodes(nodes);
		if (!nodes->n)
			printf(" no device node");
	}
	printf("\n");
}

static void print_session(const struct ut_session *s, const char *local_busid,
			  const struct ut_vhci_nodes *nodes,
			  const struct ut_rate *rate)
{
	char text[300];

	printf("Session %u: %s, %s for %s\n", s->id, ut_role_name(s->role),
	       ut_state_name(s->state),
	       ut_age_text(s->age_ms, text, sizeof(text)));
	printf("  peer     %s", s->peer[0] ? s->peer : "(no certificate)");
	printf(" at %s\n", ut_addr_text(&s->peer_addr, text, sizeof(text)));
	print_device(s, local_busid, nodes);
	if (s->plain)
		printf("  TLS      none: nothing is encrypted\n");
	else
		printf("  TLS      %s, %s\n", ut_session_version(s),
		       ut_session_cipher(s));
	print_counters(s);
	if (rate)
		print_rate(rate);
	if (s->state == USBIP_TLS_STATE_CLOSED)
		printf("  closed   %s\n",
		       ut_reason_text(s->reason, s->reason_detail, text,
				      sizeof(text)));
}

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

/* NULL: not measured. */
static const struct ut_rate *rate_of(const struct ut_look *l,
				     const struct ut_session *s,
				     struct ut_rate *rate)
{
	const struct ut_session *old = before(l, s->id);

	if (!old || s->age_ms <= old->age_ms || s->tx_bytes < old->tx_bytes ||
	    s->rx_bytes < old->rx_bytes)
		return NULL;
	rate->tx = (s->tx_bytes - old->tx_bytes) * 1000 /
		   (s->age_ms - old->age_ms);
	rate->rx = (s->rx_bytes - old->rx_bytes) * 1000 /
		   (s->age_ms - old->age_ms);
	return rate;
}

static void show(const struct ut_look *l, const struct ut_vhci_port *ports,
		 size_t n_ports, struct json_object *array)
{
	const struct ut_session *s = l->v;
	const struct ut_rate *rate;
	struct ut_rate measured;
	struct ut_vhci_nodes nodes, *have;
	struct json_object *o;
	const char *busid;
	size_t i;

	for (i = 0; i < l->n; i++) {
		rate = rate_of(l, &s[i], &measured);
		busid = local_busid(&s[i], ports, n_ports);
		have = NULL;
		if (s[i].role == USBIP_TLS_ROLE_TABLET && busid[0] &&
		    !ut_vhci_nodes_of(busid, &nodes, NULL))
			have = &nodes;
		if (!array) {
			print_session(&s[i], busid, have, rate);
			continue;
		}
		o = ut_json_session(&s[i]);
		if (have) {
			ut_json_string(o, "local_busid", busid);
			ut_json_nodes(o, have);
		}
		if (rate) {
			ut_json_uint(o, "tx_rate", rate->tx);
			ut_json_uint(o, "rx_rate", rate->rx);
		}
		json_object_array_add(array, o);
	}
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
	struct timespec nap = { .tv_nsec = RATE_MS * 1000000L };
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
		nanosleep(&nap, NULL);
		ret = ut_nl_session_all(nl, &l->v, &l->n, err);
	}
	ut_nl_close(nl);
	if (ret)
		free(l->old);
	return ret;
}

static int show_all(bool json, bool rates)
{
	struct json_object *o = NULL, *array = NULL;
	struct ut_vhci_port *ports = NULL;
	size_t n_ports = 0;
	struct ut_look l;
	struct ut_err err;

	ut_err_clear(&err);
	if (look(&l, rates, &err))
		return ut_cli_fail(&err);
	/* A dock has no vhci-hcd; then there are no ports to join with. */
	if (ut_vhci_list(&ports, &n_ports, NULL))
		n_ports = 0;
	if (json) {
		o = ut_json_new();
		array = ut_json_array(o, "sessions");
	} else if (!l.n) {
		printf("No session.\n");
	}
	show(&l, ports, n_ports, array);
	free(ports);
	free(l.old);
	free(l.v);
	ut_status_daemons(o);
	return json ? ut_json_print(o) : UT_EXIT_OK;
}

static int run(struct ut_cli *cli, int argc, char **argv)
{
	static const struct option opts[] = {
		{ "rate", no_argument, NULL, UT_OPT_FIRST_FREE },
		UT_LONG_JSON, UT_LONG_HELP, UT_LONG_END,
	};
	bool json = false, rates = false;
	int c, ret;

	while ((c = getopt_long(argc, argv, "h", opts, NULL)) != -1) {
		if (c == UT_OPT_FIRST_FREE) {
			rates = true;
			continue;
		}
		ret = ut_cli_option(&ut_verb_status, c, &json);
		if (ret)
			return ret - 1;
	}
	if (optind < argc)
		return ut_cli_unexpected(&ut_verb_status, argv[optind]);
	/* Who reads it can wait; a script says so. */
	return show_all(json, rates || !json);
}

const struct ut_verb ut_verb_status = {
	.name = "status",
	.summary = "tell the sessions of this machine, its docks and devices",
	.help =
	"Usage: usbip-tls status [--rate] [--json]\n"
	"\n"
	"Lists the sessions in the kernel's table: peer, device, port and device\n"
	"nodes, cipher, counters, and for a closed one why it closed. The table is the\n"
	"kernel's, so the daemon need not run. If it runs, it tells of a dock which\n"
	"devices are shared, by which rule, and who watches; of a tablet which docks\n"
	"it knows, and why a device is not attached.\n"
	"\n"
	"  --rate      measure bytes a second, which takes half a second; without\n"
	"              --json this is always so\n"
	"  --json      output as JSON\n"
	"  -h, --help  this text\n"
	"\n"
	"Needs root. Exit codes: 3 module, 4 rights.\n",
	.run = run,
};
