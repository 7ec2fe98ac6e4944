// SPDX-License-Identifier: GPL-2.0
/* ut-peer: see peer.h and usage(). */
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "peer.h"

#define TLS13	"NORMAL:-VERS-ALL:+VERS-TLS1.3"

static const char *const help =
"usage: ut-peer COMMAND [OPTION...]\n"
"\n"
"ut-peer list\n"
"    The classes, one a line: COMMAND CLASS NEEDS REASON DETAIL. NEEDS is the kind\n"
"    of endpoint, REASON and DETAIL are what the session must close with (\"none\":\n"
"    it must go on).\n"
"ut-peer hostile-tablet HOST PORT -d DIR|-P -b BUSID CLASS\n"
"    Imports the device, configures it, misbehaves. Prints \"sent CLASS whole|cut\"\n"
"    and \"end WORD\": close-notify, alert N, truncated, reset, timeout. The device\n"
"    must have an endpoint of the kind the class NEEDS (else exit code 4):\n"
"    a disk has bulk-in and bulk-out, a keyboard int-in, an audio device iso-out.\n"
"ut-peer hostile-dock PORT -d DIR CLASS\n"
"    Takes tablets until one imports (bus id 1-1, 1209:0001), serves it, misbehaves\n"
"    at the first transfer of the kind NEEDS. Prints \"imported\", \"sent CLASS\", and\n"
"    \"end WORD\" or \"goes-on CLASS\". For other kinds than control the tablet has to\n"
"    run \"ut-peer submit\".\n"
"ut-peer lying-dock PORT -d DIR LIE\n"
"    The same, but the device is not what the dock says: honest vendor hid hid-import\n"
"    hid-later hid-second silent. Prints \"imported\", \"configured N\", \"unlink\" and\n"
"    \"end WORD\".\n"
"ut-peer submit KIND\n"
"    On the tablet: waits for the device of hostile-dock to be configured, and makes\n"
"    a transfer: bulk-in bulk-out int-in iso-in iso-out; or resets it: reset. Prints \"reaped status N\n"
"    actual N\" or \"reaped error ERRNO\"; fails if the transfer hangs.\n"
"ut-peer remotehub BROADCAST PORT -d DIR\n"
"    Serves the same device as RemoteHub does (TLS 1.2, no certificate asked for),\n"
"    and sends its beacon to the address BROADCAST, until it is ended. Prints\n"
"    \"listed N\", \"imported\", \"free\", \"unknown CODE\".\n"
"ut-peer hoard HOST PORT -d DIR -b BUSID [FILE]\n"
"    Imports a device and asks it for as much as a session may, with requests that it\n"
"    never answers. Prints \"hoarding\", and when FILE is there, unlinks them all, the\n"
"    last one first: \"unlinked N\" if all unlinks were answered. Without FILE it begins\n"
"    to write as well, and leaves.\n"
"ut-peer compat HOST PORT [-b BUSID] [-p PRIORITY] [-d DIR]\n"
"    Plain USB/IP in TLS, without a certificate unless -d: prints the list, imports,\n"
"    makes a few control transfers.\n"
"ut-peer storm HOST PORT -d DIR -b BUSID\n"
"    Imports a device whose bulk endpoints take and give without end, and unlinks\n"
"    wildly. Each request must get one answer. Prints \"done N cancelled N\" and goes\n"
"    away with transfers open.\n"
"ut-peer flood HOST PORT -d DIR -b BUSID\n"
"    Imports the device and sends SET_CONFIGURATION until the dock ends the session.\n"
"    Prints \"flooding\", then \"answers N\" and \"end WORD\".\n"
"\n"
"    -d DIR       ca.pem, cert.pem, key.pem of ours\n"
"    -P           hostile-tablet: without TLS\n"
"    -b BUSID     the device\n"
"    -p PRIORITY  GnuTLS priority string; default TLS 1.3 only. The short forms\n"
"                 1.2 and 1.3 are understood\n"
"    -t SECONDS   deadline of each step, default 20\n"
"\n"
"Exit code: 0 as it should be, 1 otherwise, 2 usage, 3 not come so far, 4 unfit.\n";

static void usage(void)
{
	fputs(help, stderr);
	exit(PEER_USAGE);
}

static const char *priority(const char *text)
{
	if (!strcmp(text, "1.2"))
		return "NORMAL:-VERS-ALL:+VERS-TLS1.2";
	if (!strcmp(text, "1.3"))
		return TLS13;
	return text;
}

static void options(struct peer_opts *o, int argc, char **argv)
{
	int c;

	while ((c = getopt(argc, argv, "d:b:p:t:P")) != -1) {
		switch (c) {
		case 'd':
			o->pki = optarg;
			break;
		case 'b':
			o->busid = optarg;
			break;
		case 'p':
			o->priority = priority(optarg);
			break;
		case 'P':
			o->plain = true;
			break;
		case 't':
			o->seconds = (unsigned int)strtoul(optarg, NULL, 10);
			break;
		default:
			usage();
		}
	}
}

/* Arguments without an option go to HOST, PORT, CLASS as the command has them. */
static void positional(const char **to[], size_t n, int argc, char **argv)
{
	size_t i;

	if (argc - optind != (int)n)
		usage();
	for (i = 0; i < n; i++)
		*to[i] = argv[optind + (int)i];
}

int main(int argc, char **argv)
{
	struct peer_opts o = { .priority = TLS13, .seconds = 20 };
	const char **all[] = { &o.host, &o.port, &o.name };
	const char **port_name[] = { &o.port, &o.name };
	const char *command;

	signal(SIGPIPE, SIG_IGN);
	if (argc < 2)
		usage();
	command = argv[1];
	argc--;
	argv++;
	options(&o, argc, argv);
	if (!strcmp(command, "list")) {
		peer_class_list();
		return PEER_OK;
	}
	if (!strcmp(command, "hostile-tablet")) {
		positional(all, 3, argc, argv);
		if (!o.busid || !o.pki == !o.plain)
			usage();
		return cmd_hostile_tablet(&o);
	}
	if (!strcmp(command, "hoard")) {
		positional(all, argc - optind == 2 ? 2 : 3, argc, argv);
		if (!o.busid || !o.pki)
			usage();
		return cmd_hoard(&o);
	}
	if (!strcmp(command, "hostile-dock")) {
		positional(port_name, 2, argc, argv);
		if (!o.pki)
			usage();
		return cmd_hostile_dock(&o);
	}
	if (!strcmp(command, "lying-dock")) {
		positional(port_name, 2, argc, argv);
		if (!o.pki)
			usage();
		return cmd_lying_dock(&o);
	}
	if (!strcmp(command, "remotehub")) {
		positional(all, 2, argc, argv);
		if (!o.pki)
			usage();
		o.priority = priority("1.2");
		o.anonymous = true;
		return cmd_remotehub(&o);
	}
	if (!strcmp(command, "submit")) {
		positional(port_name + 1, 1, argc, argv);
		return cmd_submit(&o);
	}
	if (!strcmp(command, "storm") || !strcmp(command, "flood")) {
		positional(all, 2, argc, argv);
		if (!o.busid || !o.pki)
			usage();
		return !strcmp(command, "storm") ? cmd_storm(&o) :
						   cmd_flood(&o);
	}
	if (!strcmp(command, "compat")) {
		positional(all, 2, argc, argv);
		return cmd_compat(&o);
	}
	usage();
}
