// SPDX-License-Identifier: GPL-2.0
/* usbip-tls port */
#include <stdio.h>
#include <stdlib.h>

#include "cli/cli.h"

/**
 * struct table - what the rows are made of
 * @ports: of vhci-hcd
 * @n_ports: how many
 * @sessions: of the kernel; NULL if our modules are not loaded
 * @n_sessions: how many
 * @known: the session table could be read, or there is none
 */
struct table {
	struct ut_vhci_port *ports;
	size_t n_ports;
	struct ut_session *sessions;
	size_t n_sessions;
	bool known;
};

/* Ports can be shown without our modules: the stock tool may have made them. */
static void load_sessions(struct table *t, struct ut_err *why)
{
	struct ut_nl *nl;

	t->known = true;
	if (ut_nl_open(&nl, why))
		return;
	if (ut_nl_session_all(nl, &t->sessions, &t->n_sessions, why)) {
		t->sessions = NULL;
		t->known = false;
	}
	ut_nl_close(nl);
}

static void print_port(const struct table *t, const struct ut_vhci_port *p,
		       const struct ut_session *s,
		       const struct ut_op_device *dev,
		       const struct ut_vhci_nodes *nodes)
{
	char text[300];

	printf("Port %02u: %s at %s\n", p->port, ut_vhci_state_name(p->state),
	       ut_speed_name(p->speed));
	if (dev)
		printf("       %s\n", ut_op_text(dev, text, sizeof(text)));
	printf("       %s -> ", p->busid[0] ? p->busid : "?");
	if (s)
		printf("%s on %s (%s)\n", s->busid, s->peer,
		       ut_addr_text(&s->peer_addr, text, sizeof(text)));
	else
		printf("remote bus/dev %03u/%03u%s\n", p->devid >> 16,
		       p->devid & 0xffff,
		       t->known ? ", not a session of usbip-tls" : "");
	if (nodes && nodes->n) {
		printf("      ");
		ut_print_nodes(nodes);
		printf("\n");
	}
}

static void show(struct table *t, struct json_object *array)
{
	const struct ut_op_device *op;
	const struct ut_session *s;
	struct ut_vhci_nodes nodes;
	struct ut_usb_device dev;
	bool have_nodes;
	size_t i;

	for (i = 0; i < t->n_ports; i++) {
		if (t->ports[i].state == UT_VHCI_FREE)
			continue;
		s = ut_session_of_port(t->sessions, t->n_sessions,
				       t->ports[i].port);
		op = NULL;
		have_nodes = false;
		if (t->ports[i].busid[0]) {
			if (!ut_usb_get_imported(t->ports[i].busid, &dev))
				op = &dev.op;
			have_nodes = !ut_vhci_nodes_of(t->ports[i].busid,
						       &nodes, NULL);
		}
		if (array)
			json_object_array_add(array,
				ut_json_port(&t->ports[i], s, op,
					     have_nodes ? &nodes : NULL));
		else
			print_port(t, &t->ports[i], s, op,
				   have_nodes ? &nodes : NULL);
	}
}

static int show_all(bool json)
{
	struct json_object *o = NULL, *array = NULL;
	struct table t = { 0 };
	struct ut_err err, why;
	int ret = UT_EXIT_OK;

	ut_err_clear(&err);
	ut_err_clear(&why);
	if (ut_vhci_list(&t.ports, &t.n_ports, &err))
		return ut_cli_fail(&err);
	load_sessions(&t, &why);
	if (json) {
		o = ut_json_new();
		array = ut_json_array(o, "ports");
	} else {
		printf("Attached USB devices\n");
	}
	show(&t, array);
	if (!t.known)
		fprintf(stderr, "usbip-tls: sessions are not shown: %s\n",
			why.msg);
	if (json)
		ret = ut_json_print(o);
	free(t.ports);
	free(t.sessions);
	return ret;
}

static int run(struct ut_cli *cli, int argc, char **argv)
{
	bool json;
	int ret;

	ret = ut_cli_json_only(&ut_verb_port, argc, argv, &json);
	return ret ? ret - 1 : show_all(json);
}

const struct ut_verb ut_verb_port = {
	.name = "port",
	.summary = "list the ports in use, and what is attached",
	.help =
	"Usage: usbip-tls port [--json]\n"
	"\n"
	"Lists the ports of vhci-hcd that are in use: the device, its bus id here and\n"
	"on the dock, the dock, and the device nodes.\n"
	"\n"
	"  --json      output as JSON\n"
	"  -h, --help  this text\n"
	"\n"
	"Without root the docks are not shown. Exit codes: 3 module.\n",
	.run = run,
};
