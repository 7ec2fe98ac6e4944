// SPDX-License-Identifier: GPL-2.0
/* usbip-tls status */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"

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
	if (s->record_limit)
		printf("; the key is good for %" PRIu64
		       " records in each direction", s->record_limit);
	printf("\n");
}

static void print_device(const struct ut_session *s, const char *local_busid,
			 const struct ut_vhci_nodes *nodes)
{
	struct ut_usb_device dev;
	char text[300];

	printf("  device   %s", s->busid);
	if (local_busid[0] && !ut_usb_get(local_busid, &dev, NULL))
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
			  const struct ut_vhci_nodes *nodes)
{
	char text[300];

	printf("Session %u: %s, %s for %s\n", s->id, ut_role_name(s->role),
	       ut_state_name(s->state),
	       ut_age_text(s->age_ms, text, sizeof(text)));
	printf("  peer     %s", s->peer[0] ? s->peer : "(no certificate)");
	printf(" at %s\n", ut_addr_text(&s->peer_addr, text, sizeof(text)));
	print_device(s, local_busid, nodes);
	printf("  TLS      %s, %s\n", ut_tls_version_text(s->tls_version),
	       ut_cipher_name(s->cipher));
	print_counters(s);
	if (s->state == USBIP_TLS_STATE_CLOSED)
		printf("  closed   %s\n",
		       ut_reason_text(s->reason, s->reason_detail, text,
				      sizeof(text)));
}

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

static void show(const struct ut_session *s, size_t n,
		 const struct ut_vhci_port *ports, size_t n_ports,
		 struct json_object *array)
{
	struct ut_vhci_nodes nodes, *have;
	struct json_object *o;
	const char *busid;
	size_t i;

	for (i = 0; i < n; i++) {
		busid = local_busid(&s[i], ports, n_ports);
		have = NULL;
		if (s[i].role == USBIP_TLS_ROLE_TABLET && busid[0] &&
		    !ut_vhci_nodes_of(busid, &nodes, NULL))
			have = &nodes;
		if (!array) {
			print_session(&s[i], busid, have);
			continue;
		}
		o = ut_json_session(&s[i]);
		if (have) {
			ut_json_string(o, "local_busid", busid);
			ut_json_nodes(o, have);
		}
		json_object_array_add(array, o);
	}
}

static int show_all(bool json)
{
	struct json_object *o = NULL, *array = NULL;
	struct ut_vhci_port *ports = NULL;
	struct ut_session *s = NULL;
	size_t n = 0, n_ports = 0;
	struct ut_nl *nl;
	struct ut_err err;
	int ret;

	ut_err_clear(&err);
	if (ut_nl_open(&nl, &err))
		return ut_cli_fail(&err);
	ret = ut_nl_session_all(nl, &s, &n, &err);
	ut_nl_close(nl);
	if (ret)
		return ut_cli_fail(&err);
	/* A dock has no vhci-hcd; then there are no ports to join with. */
	if (ut_vhci_list(&ports, &n_ports, NULL))
		n_ports = 0;
	if (json) {
		o = ut_json_new();
		array = ut_json_array(o, "sessions");
	} else if (!n) {
		printf("No session.\n");
	}
	show(s, n, ports, n_ports, array);
	free(ports);
	free(s);
	return json ? ut_json_print(o) : UT_EXIT_OK;
}

static int run(struct ut_cli *cli, int argc, char **argv)
{
	bool json;
	int ret;

	(void)cli;
	ret = ut_cli_json_only(&ut_verb_status, argc, argv, &json);
	return ret ? ret - 1 : show_all(json);
}

const struct ut_verb ut_verb_status = {
	.name = "status",
	.summary = "list the sessions of this machine, as dock and as tablet",
	.help =
	"Usage: usbip-tls status [--json]\n"
	"\n"
	"Lists the sessions in the kernel's table: peer, device, port and device\n"
	"nodes, cipher, counters, and for a closed one why it closed. The table is the\n"
	"kernel's, so the daemon need not run.\n"
	"\n"
	"  --json      output as JSON\n"
	"  -h, --help  this text\n"
	"\n"
	"Needs root. Exit codes: 3 module, 4 rights.\n",
	.run = run,
};
