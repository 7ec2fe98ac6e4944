// SPDX-License-Identifier: GPL-2.0
/* usbip-tls port */
#include <stdio.h>
#include <stdlib.h>

#include "cli/cli.h"
#include "control/session_json.h"

/* What the rows are made of. */
struct table {
	struct ut_vhci_port *ports;
	size_t n_ports;
	struct ut_session *sessions;	/* NULL: our modules are not loaded */
	size_t n_sessions;
	bool known;			/* they could be read, or there are none */
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

/*
 * The session that holds a vhci port: tablet, not closed, the same port. NULL if
 * there is none, e.g. because the stock tool made the attachment.
 */
static const struct ut_session *session_of(const struct table *t, uint32_t port)
{
	const struct ut_session *s;

	for (s = t->sessions; s < t->sessions + t->n_sessions; s++)
		if (s->role == USBIP_TLS_ROLE_TABLET && s->port == port &&
		    s->state != USBIP_TLS_STATE_CLOSED)
			return s;
	return NULL;
}

/* --- for a person --- */

static void print_one(struct json_object *p)
{
	printf("Port %02u: ", (unsigned int)ut_json_number(p, "port"));
	ut_json_printf(p, "{state} at {speed_name}\n"
		       "[device_text?       {device_text}\n]"
		       "       {local_busid}[!local_busid??] -> ");
	if (json_object_object_get_ex(p, "session", NULL))
		ut_json_printf(p, "{session.busid} on {session.peer} ({session.peer_addr})\n");
	else
		printf("remote bus/dev %03u/%03u%s\n",
		       (unsigned int)ut_json_number(p, "remote_busnum"),
		       (unsigned int)ut_json_number(p, "remote_devnum"),
		       ut_json_true(p, "stock") ?
		       ", not a session of usbip-tls" : "");
	ut_json_printf(p, "[nodes?      ]");
	ut_print_list(p, "nodes", " ", "");
	ut_json_printf(p, "[nodes?\n]");
}

static void print(struct json_object *o, const void *args)
{
	printf("Attached USB devices\n");
	ut_print_each(o, "ports", print_one, "");
}

/* --- finding out --- */

static struct json_object *tell(const struct table *t,
				const struct ut_vhci_port *p, bool json)
{
	struct json_object *o = json_object_new_object();
	const struct ut_session *s = session_of(t, p->port);
	struct ut_vhci_nodes nodes;
	struct ut_usb_device dev;
	bool known = p->busid[0] && !ut_usb_get_imported(p->busid, &dev);

	ut_json_uint(o, "port", p->port);
	ut_json_string(o, "state", ut_vhci_state_name(p->state));
	ut_json_bool(o, "super_speed", p->super_speed);
	ut_json_uint(o, "remote_busnum", p->devid >> 16);
	ut_json_uint(o, "remote_devnum", p->devid & 0xffff);
	ut_json_string(o, "local_busid", p->busid);
	if (known)
		json_object_object_add(o, "device", ut_json_op(&dev.op));
	if (p->busid[0] && !ut_vhci_nodes_of(p->busid, &nodes, NULL))
		ut_json_nodes(o, &nodes);
	if (s)
		json_object_object_add(o, "session", ut_json_session(s));
	if (json)
		return o;
	if (known)
		ut_json_device_text(o, &dev.op);
	ut_json_string(o, "speed_name", ut_speed_name(p->speed));
	ut_json_bool(o, "stock", t->known);
	return o;
}

static int run(struct ut_cli *cli, void *args, struct json_object *o,
	       struct ut_err *err)
{
	struct json_object *array;
	struct table t = { 0 };
	struct ut_err why;
	size_t i;
	int ret = ut_vhci_list(&t.ports, &t.n_ports, err);

	if (ret)
		return ret;
	load_sessions(&t, &why);
	array = ut_json_array(o, "ports");
	for (i = 0; i < t.n_ports; i++)
		if (t.ports[i].state != UT_VHCI_FREE)
			json_object_array_add(array, tell(&t, &t.ports[i],
							  cli->json));
	if (!t.known)
		fprintf(stderr, "usbip-tls: sessions are not shown: %s\n",
			why.msg);
	free(t.ports);
	free(t.sessions);
	return UT_EXIT_OK;
}

const struct ut_verb ut_verb_port = {
	.name = "port",
	.summary = "list the ports in use, and what is attached",
	.about =
	"Lists the ports of vhci-hcd that are in use: the device, its bus id here and\n"
	"on the dock, the dock, and the device nodes.\n",
	.exits = "Without root the docks are not shown. Exit codes: 3 module.\n",
	.forms = (const struct ut_form[]){ { NULL, run, print }, { 0 } },
	.opts = ut_opts_json,
};
