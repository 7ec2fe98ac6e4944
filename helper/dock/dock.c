// SPDX-License-Identifier: GPL-2.0
/* The dock: see dock.h. */
#include <errno.h>
#include <stdlib.h>

#include "dock/accept.h"
#include "dock/conns.h"
#include "dock/dock.h"
#include "dock/uevents.h"
#include "dock/watchers.h"

int ut_dock_open(struct ut_dock **out, sd_event *loop,
		 const struct ut_config *config,
		 const struct ut_sandbox *sandbox, struct ut_nl *nl,
		 struct ut_err *err)
{
	struct ut_dock *dock = calloc(1, sizeof(*dock));
	struct ut_creds *creds;
	unsigned int i;
	int ret;

	if (!dock)
		return ut_err_errno(err, UT_EXIT_FAILURE, ENOMEM,
				    "cannot start the dock");
	dock->loop = loop;
	dock->autobind.loop = loop;
	dock->config = config;
	dock->sandbox = sandbox;
	dock->nl = nl;
	ut_uevents_open(dock);
	ut_devices_touch(&dock->devices);
	ut_door_init(&dock->door, config->dock.max_rate);
	ret = ut_creds_load(&creds, UT_TLS_DOCK, &config->tls, sandbox, err);
	if (!ret) {
		ut_creds_use(&dock->creds, &dock->signer, creds, loop);
		ret = ut_listen_set(&dock->listen, loop, config, err);
	}
	if (ret) {
		ut_dock_close(dock);
		return ret;
	}
	for (i = 0; i < dock->listen.n && !dock->listen.v[i].plain; i++)
		ut_log_notice("dock \"%s\" listens on %s port %u",
			      dock->creds->own.name, dock->listen.v[i].address,
			      dock->listen.v[i].port);
	ut_listen_warn(&dock->listen);
	if (dock->creds->optional)
		ut_log_warn("client_certificate = optional: anybody who reaches the port may use the shared devices");
	*out = dock;
	return 0;
}

int ut_dock_reload(struct ut_dock *dock, const struct ut_config *config,
		   struct ut_err *err)
{
	struct ut_creds *creds;
	int ret;

	ret = ut_creds_load(&creds, UT_TLS_DOCK, &config->tls, dock->sandbox,
			    err);
	if (ret)
		return ret;
	ret = ut_listen_set(&dock->listen, dock->loop, config, err);
	if (ret) {
		ut_creds_put(creds);
		return ret;
	}
	ut_creds_use(&dock->creds, &dock->signer, creds, dock->loop);
	dock->config = config;
	if (dock->door.others.rate != config->dock.max_rate)
		ut_door_init(&dock->door, config->dock.max_rate);
	ut_listen_warn(&dock->listen);
	/* Tablets come again at once, if they still may. */
	ut_watching_end_all(dock);
	ut_autobind_forget(&dock->autobind);
	ut_devices_touch(&dock->devices);
	return 0;
}

int ut_dock_crl(struct ut_dock *dock, struct ut_err *err)
{
	int ret = ut_crl_reload(dock->creds, &dock->config->tls, err);
	size_t i = 0;

	/* Who is in his handshake is asked for when he shows his certificate. */
	while (ret > 0 && i < dock->n_conns) {
		struct ut_conn *c = dock->conns[i];

		if (!ut_crl_revoked(dock->creds, c->serial)) {
			i++;
			continue;
		}
		ut_log_notice("%s: the certificate of tablet \"%s\" is revoked, its connection ends",
			      c->text, c->name);
		ut_conn_free(dock, c);
	}
	if (ret > 0)
		ut_watching_feed_all(dock);
	return ret;
}

int ut_dock_renewed(struct ut_dock *dock, struct ut_err *err)
{
	struct ut_creds *creds;
	int ret;

	ret = ut_creds_load(&creds, UT_TLS_DOCK, &dock->config->tls,
			    dock->sandbox, err);
	if (ret)
		return ret;
	ut_creds_use(&dock->creds, &dock->signer, creds, dock->loop);
	return 0;
}

struct ut_creds *ut_dock_creds(const struct ut_dock *dock)
{
	return dock->creds;
}

void ut_dock_close(struct ut_dock *dock)
{
	if (!dock)
		return;
	while (dock->n_conns)
		ut_conn_free(dock, dock->conns[dock->n_conns - 1]);
	ut_task_kill(&dock->renewal);
	ut_listen_close(&dock->listen);
	sd_event_source_disable_unref(dock->signer);
	ut_creds_put(dock->creds);
	ut_uevents_close(dock);
	ut_autobind_free(&dock->autobind);
	ut_devices_free(&dock->devices);
	json_object_put(dock->refusals);
	free(dock);
}

void ut_dock_touch(struct ut_dock *dock)
{
	ut_devices_touch(&dock->devices);
}

struct json_object *ut_dock_refused(const struct ut_dock *dock)
{
	return dock->refusals;
}

/* Is there anybody to tell, or anything to do, when devices come and go? */
static bool looks(const struct ut_dock *dock)
{
	return dock->n_watching || dock->config->dock.auto_bind ||
	       dock->observed;
}

static void end_late_ones(struct ut_dock *dock)
{
	int64_t now = ut_clock_ms();
	size_t i = 0;

	while (i < dock->n_conns) {
		struct ut_conn *c = dock->conns[i];

		if (c->deadline > now) {
			i++;
			continue;
		}
		if (ut_conn_watches(c)) {
			ut_conn_free(dock, c);
			continue;
		}
		ut_conn_log_refused(dock, c, "timeout",
				    c->state == UT_CONN_SILENT ?
				    "it said nothing until the deadline" :
				    "it was not done at the deadline");
		ut_conn_free(dock, c);
	}
}

static void look(struct ut_dock *dock)
{
	if (dock->autobind.ended)
		ut_devices_touch(&dock->devices);
	dock->autobind.ended = false;
	if (looks(dock) && ut_devices_refresh(&dock->devices, dock->nl)) {
		if (dock->config->dock.auto_bind)
			ut_autobind_look(&dock->autobind, dock->config,
					 dock->devices.protect,
					 dock->devices.usb,
					 dock->devices.n_usb);
		ut_watching_feed_all(dock);
	}
	ut_autobind_due(&dock->autobind);
}

int64_t ut_dock_due(struct ut_dock *dock)
{
	int64_t next;
	size_t i;

	end_late_ones(dock);
	look(dock);
	next = ut_accept_due(dock);
	for (i = 0; i < dock->n_conns; i++)
		next = ut_sooner(next, dock->conns[i]->deadline);
	if (looks(dock))
		next = ut_sooner(next, ut_devices_next(&dock->devices));
	return ut_sooner(next, ut_autobind_next(&dock->autobind));
}
