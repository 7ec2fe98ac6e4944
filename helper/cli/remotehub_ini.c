// SPDX-License-Identifier: GPL-2.0
/*
 * Writes what a RemoteHub did as a configuration of ours: see remotehub.h.
 * Every option has its line, or a comment that says why it has none.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "cli/remotehub.h"

#define TLS_PORT_BESIDE_PLAIN 3241

static void head_file(FILE *f, const char *file, const char *side)
{
	char name[512];

	if (!file)
		return;
	snprintf(name, sizeof(name), "%s", file);
	ut_sanitize(name);
	fprintf(f, "#   %s (%s)\n", name, side);
}

static void head(FILE *f, const struct ut_remotehub *rh)
{
	fprintf(f, "# Made by \"usbip-tls config import\" from\n");
	head_file(f, rh->server.file, "server");
	head_file(f, rh->client.file, "client");
	fprintf(f,
		"# config_version = 1 has no counterpart: an option that this version does not\n"
		"# know is an error. What a file does not say is written here as RemoteHub takes\n"
		"# it then.\n");
}

static void tls_server(FILE *f, const struct ut_rh_server *s,
		       const char *password_file)
{
	if (s->cert[0])
		fprintf(f, "# cert_path\ncert = %s\n", s->cert);
	if (s->key[0])
		fprintf(f, "# key_path\nkey = %s\n", s->key);
	if (s->pass[0])
		fprintf(f, "# key_pass is in this file, for root only.\n"
			"key_password_file = %s\n", password_file);
	if (!s->use_tls)
		return;
	fprintf(f,
		"# ATTENTION: RemoteHub's clients have no certificate. With this line ANYBODY WHO\n"
		"# REACHES THE PORT CAN USE THE SHARED DEVICES, as it was with RemoteHub. Remove\n"
		"# it as soon as all tablets run usbip-tls and have certificates.\n"
		"client_certificate = optional\n");
}

static void tls(FILE *f, const struct ut_remotehub *rh,
		const char *password_file)
{
	bool server = rh->server.file && rh->server.use_tls;
	bool client = rh->client.file && rh->client.use_tls;

	fprintf(f, "\n[tls]\n");
	if (rh->server.file)
		tls_server(f, &rh->server, password_file);
	if (rh->client.file && rh->client.ca[0])
		fprintf(f, "# ca_path\nca = %s\n", rh->client.ca);
	else
		fprintf(f, "# RemoteHub's server has no CA to check tablets with, usbip-tls needs one:\n"
			"#ca = " UT_CONFIG_DIR "/ca.pem\n");
	if (server || client)
		fprintf(f, "# use_tls: RemoteHub speaks no TLS newer than this. Take the line away as soon as\n"
			"# no RemoteHub is left.\n"
			"min_version = 1.2\n");
	fprintf(f, "# RemoteHub has no revocation list. Take the line away as soon as there is one.\n"
		"crl =\n");
}

static unsigned int port(const struct ut_rh_server *s)
{
	return s->port ? s->port : UT_DEFAULT_PORT;
}

/* A server that had no TLS gets no listener with TLS, and announces none. */
static void dock_without_tls(FILE *f, const struct ut_rh_server *s)
{
	fprintf(f,
		"# use_tls = false: there was no TLS, so nothing listens with it, and the beacon\n"
		"# says so. For tablets of usbip-tls take the next line away; they need\n"
		"# certificates, and this daemon has one in any case.\n"
		"listen =\n");
	if (port(s) == UT_DEFAULT_PORT)
		fprintf(f, "# Plaintext has RemoteHub's port, so TLS needs another: give tablets of usbip-tls\n"
			"# the option --tcp-port %u, or \"dock = HOST port=%u\" in [tablet].\n"
			"port = %u\n", TLS_PORT_BESIDE_PLAIN,
			TLS_PORT_BESIDE_PLAIN, TLS_PORT_BESIDE_PLAIN);
}

static void dock(FILE *f, const struct ut_rh_server *s)
{
	fprintf(f, "\n[dock]\n");
	if (s->use_tls)
		fprintf(f, "# port\nport = %u\n", port(s));
	else
		dock_without_tls(f, s);
	fprintf(f, "# RemoteHub shares each device as it is plugged in.\nauto_bind = yes\n");
}

static void plaintext(FILE *f, const struct ut_rh_server *s)
{
	fprintf(f,
		"\n[plaintext]\n"
		"# use_tls = false: ATTENTION, NOTHING IS ENCRYPTED ON THIS PORT.\n"
		"listen = ::\n"
		"listen = 0.0.0.0\n"
		"# port\n"
		"port = %u\n"
		"# RemoteHub lets everybody in, this listener nobody who is not named here:\n"
		"#allow = 192.0.2.0/24\n", port(s));
}

static void policy(FILE *f, const struct ut_rh_server *s)
{
	unsigned int i;

	fprintf(f, "\n[policy]\n");
	for (i = 0; i < s->n_buses; i++)
		fprintf(f, "%srule = hide bus=%u\n",
			i ? "" : "# disable_array\n", s->buses[i]);
	fprintf(f, "# RemoteHub shares everything else with everybody. Better name what each tablet\n"
		"# may have, see usbip-tls.conf(5).\n"
		"rule = allow\n");
}

static void tablet(FILE *f, const struct ut_rh_client *c)
{
	fprintf(f, "\n[tablet]\n");
	if (!c->use_tls)
		fprintf(f, "# use_tls = false has no counterpart: a tablet of usbip-tls uses TLS only. For a\n"
			"# server in plaintext use the stock command usbip.\n");
	fprintf(f,
		"# RemoteHub's client attaches all that it is offered.\n"
		"attach = allow\n"
		"# It asks any server that the CA has signed, whatever its name is. A tablet of\n"
		"# usbip-tls wants the name in the certificate to be that of the host. Where it is\n"
		"# not, and in the place of the options -i and -p:\n"
		"#dock = 192.0.2.7 port=3240 name=NAME legacy=yes\n"
		"# A server that its broadcast has found needs no line.\n");
}

static void discovery(FILE *f, const struct ut_remotehub *rh)
{
	const struct ut_rh_server *s = &rh->server;

	fprintf(f, "\n[discovery]\n");
	if (s->file)
		fprintf(f, "# server_name\nname = %s\n", s->name);
	if (s->file)
		fprintf(f, "# bcast_enabled\nbeacon_send = %s\n",
			s->bcast ? "yes" : "no");
	if (rh->client.file)
		fprintf(f, "# RemoteHub's client always listens to the broadcast.\n"
			"beacon_receive = yes\n");
}

static void write_all(FILE *f, const struct ut_remotehub *rh,
		      const char *password_file)
{
	head(f, rh);
	tls(f, rh, password_file);
	if (rh->server.file) {
		dock(f, &rh->server);
		if (!rh->server.use_tls)
			plaintext(f, &rh->server);
		policy(f, &rh->server);
	}
	if (rh->client.file)
		tablet(f, &rh->client);
	discovery(f, rh);
}

/* What we write must be what we can read. */
static int check(const char *ini, struct ut_err *err)
{
	struct ut_config cfg;
	int ret;

	if (ut_config_default(&cfg))
		return ut_err_errno(err, UT_EXIT_FAILURE, ENOMEM,
				    "cannot check the result");
	ret = ut_config_parse(&cfg, "the imported configuration", ini, err);
	if (!ret)
		ut_config_free(&cfg);
	return ret;
}

int ut_remotehub_ini(const struct ut_remotehub *rh, const char *password_file,
		     char **ini, struct ut_err *err)
{
	size_t size;
	FILE *f;
	int ret = -ENOMEM;

	*ini = NULL;
	f = open_memstream(ini, &size);
	if (f) {
		write_all(f, rh, password_file);
		ret = ferror(f) ? -ENOMEM : 0;
		if (fclose(f))
			ret = -ENOMEM;
	}
	if (ret)
		ut_err_errno(err, UT_EXIT_FAILURE, ret,
			     "cannot write the configuration");
	else
		ret = check(*ini, err);
	if (ret) {
		free(*ini);
		*ini = NULL;
	}
	return ret;
}
