// SPDX-License-Identifier: GPL-2.0
/* The dock: see dock.h. */
#include <errno.h>
#include <stdlib.h>

#include "dock/internal.h"

int ut_dock_open(struct ut_dock **out, const struct ut_config *config,
		 const struct ut_sandbox *sandbox, struct ut_nl *nl,
		 struct ut_err *err)
{
	struct ut_dock *dock = calloc(1, sizeof(*dock));
	unsigned int i;
	int ret;

	if (!dock)
		return ut_err_errno(err, UT_EXIT_FAILURE, ENOMEM,
				    "cannot start the dock");
	dock->config = config;
	dock->sandbox = sandbox;
	dock->nl = nl;
	ut_uevents_open(dock);
	ut_devices_touch(&dock->devices);
	ut_door_init(&dock->door, config->dock.max_rate);
	ret = ut_creds_load(&dock->creds, UT_TLS_DOCK, &config->tls, sandbox,
			    err);
	if (!ret)
		ret = ut_listen_set(dock, config, err);
	if (ret) {
		ut_dock_close(dock);
		return ret;
	}
	for (i = 0; i < dock->n_listen && !dock->listen[i].plain; i++)
		ut_log_notice("dock \"%s\" listens on %s port %u",
			      dock->creds->own.name, dock->listen[i].address,
			      dock->listen[i].port);
	ut_listen_warn(dock);
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
	ret = ut_listen_set(dock, config, err);
	if (ret) {
		ut_creds_put(creds);
		return ret;
	}
	ut_creds_put(dock->creds);
	dock->creds = creds;
	dock->config = config;
	if (dock->door.others.rate != config->dock.max_rate)
		ut_door_init(&dock->door, config->dock.max_rate);
	ut_listen_warn(dock);
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
	ut_creds_put(dock->creds);
	dock->creds = creds;
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
	ut_listen_close(dock);
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

/* Signer, uevents and renewal; the listeners follow, the connections, and binds. */
#define FIRST_FDS 3

/* A silent peer is watched itself; later its worker is. */
static int conn_fd(const struct ut_conn *c)
{
	return c->state == UT_CONN_SILENT ? c->peer : c->worker.fd;
}

struct json_object *ut_dock_refused(const struct ut_dock *dock)
{
	return dock->refusals;
}

size_t ut_dock_poll_fill(struct ut_dock *dock, struct pollfd *p, size_t max)
{
	bool open = ut_door_open(&dock->door, ut_clock_ms());
	size_t n = 0, i;

	if (max < FIRST_FDS + dock->n_listen + dock->n_conns +
		  UT_AUTOBIND_MAX_TASKS)
		return 0;
	p[n++] = (struct pollfd){ dock->creds->signer.child.fd, POLLIN, 0 };
	p[n++] = (struct pollfd){ ut_uevents_fd(dock), POLLIN, 0 };
	p[n++] = (struct pollfd){ ut_task_runs(&dock->renewal) ?
				  dock->renewal.fd : -1, POLLIN, 0 };
	for (i = 0; i < dock->n_listen; i++)
		p[n++] = (struct pollfd){ open ? dock->listen[i].fd : -1,
					  POLLIN, 0 };
	for (i = 0; i < dock->n_conns; i++)
		p[n++] = (struct pollfd){ conn_fd(dock->conns[i]), POLLIN, 0 };
	return n + ut_autobind_fill(&dock->autobind, p + n);
}

/* Is there anybody to tell, or anything to do, when devices come and go? */
static bool looks(const struct ut_dock *dock)
{
	return dock->n_watching || dock->config->dock.auto_bind ||
	       dock->observed;
}

int ut_dock_timeout(const struct ut_dock *dock)
{
	int devices = looks(dock) ? ut_devices_timeout(&dock->devices) : -1;
	int64_t first = ut_autobind_next(&dock->autobind);
	size_t i;
	int conns;

	for (i = 0; i < dock->n_conns; i++)
		if (dock->conns[i]->deadline < first)
			first = dock->conns[i]->deadline;
	if (dock->door.shut_until && dock->door.shut_until < first)
		first = dock->door.shut_until;
	conns = first == INT64_MAX ? -1 : ut_clock_left(first);
	if (devices < 0 || conns < 0)
		return devices < 0 ? conns : devices;
	return devices < conns ? devices : conns;
}

static void conn_ready(struct ut_dock *dock, struct ut_conn *c)
{
	if (c->state == UT_CONN_SILENT)
		ut_conn_start(dock, c);
	else if (ut_conn_message(dock, c))
		ut_conn_free(dock, c);
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

int ut_dock_poll_done(struct ut_dock *dock, const struct pollfd *p, size_t n,
		      struct ut_err *err)
{
	struct ut_conn *ready[UT_DOCK_MAX_CONNS];
	size_t n_ready = 0, first = FIRST_FDS + dock->n_listen, i;
	size_t binds = first + dock->n_conns;

	if (n < first)
		return 0;
	if (p[0].revents && ut_signer_died(&dock->creds->signer))
		dock->signer_died = true;
	if (p[1].revents)
		ut_uevents_read(dock);
	if (n > binds && ut_autobind_done(&dock->autobind, p + binds, n - binds))
		ut_devices_touch(&dock->devices);
	/* Taken down before any is freed; accept comes last, as it may evict. */
	for (i = first; i < binds && i < n; i++)
		if (p[i].revents)
			ready[n_ready++] = dock->conns[i - first];
	for (i = 0; i < n_ready; i++)
		conn_ready(dock, ready[i]);
	if (p[2].revents)
		ut_trust_done(dock);
	end_late_ones(dock);
	look(dock);
	for (i = 0; i < dock->n_listen; i++)
		if (p[FIRST_FDS + i].revents)
			ut_accept(dock, &dock->listen[i]);
	if (dock->signer_died)
		return ut_err_set(err, UT_EXIT_FAILURE, EPIPE,
				  "the process with the private key has died");
	return 0;
}
