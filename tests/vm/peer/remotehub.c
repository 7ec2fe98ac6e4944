// SPDX-License-Identifier: GPL-2.0
/*
 * A server as RemoteHub's is, by what can be seen of it: a beacon, TLS 1.2 without
 * asking for a certificate, the two operations of USB/IP, and for any other one a
 * connection that ends without an alert. A device that is in use is not listed; a
 * connection that is lost without a word is never missed, so its device stays in
 * use until the server is started anew. It has the device of the hostile dock.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "peer.h"
#include "proto/beacon_packet.h"

#define FOREVER_S (24 * 3600)

/* Of all its processes: somebody has the device. */
static bool *in_use;

/* In a process of its own, to all in the network of @address. */
static void send_beacons(const struct peer_opts *o)
{
	struct ut_beacon b = {
		.name = "RemoteHub", .port = (uint16_t)atoi(o->port),
		.use_tls = true,
	};
	struct sockaddr_in to = {
		.sin_family = AF_INET, .sin_port = htons(UT_BEACON_PORT),
	};
	int fd = socket(AF_INET, SOCK_DGRAM, 0), one = 1;
	uint8_t packet[UT_BEACON_SIZE];

	if (fd < 0 || ut_beacon_encode(packet, &b) ||
	    inet_pton(AF_INET, o->host, &to.sin_addr) != 1 ||
	    setsockopt(fd, SOL_SOCKET, SO_BROADCAST, &one, sizeof(one)))
		peer_die(PEER_SETUP, "no beacon to %s", o->host);
	sleep(UT_BEACON_FIRST_MS / 1000);
	for (;;) {
		sendto(fd, packet, sizeof(packet), 0, (struct sockaddr *)&to,
		       sizeof(to));
		sleep(UT_BEACON_INTERVAL_MS / 1000);
	}
}

/* Its path is the name in both records; it knows no other texts. */
static void record(struct ut_op_device *d)
{
	dock_record(d);
	memset(d->product, 0, sizeof(d->product));
	snprintf(d->path, sizeof(d->path), "Acme - Anvil");
}

static void list(struct peer *p)
{
	uint8_t out[UT_OP_HDR_SIZE + UT_OP_COUNT_SIZE + UT_OP_DEVICE_SIZE +
		    UT_OP_IF_SIZE];
	uint8_t *at = out + UT_OP_HDR_SIZE;
	struct ut_op_device d;
	size_t len = UT_OP_HDR_SIZE + UT_OP_COUNT_SIZE;

	record(&d);
	ut_op_encode_header(out, UT_OP_REP_DEVLIST, 0);
	ut_op_put32(at, !*in_use);
	if (!*in_use) {
		ut_op_encode_device(at + UT_OP_COUNT_SIZE, &d);
		ut_op_encode_interfaces(at + UT_OP_COUNT_SIZE +
					UT_OP_DEVICE_SIZE, &d);
		len = sizeof(out);
	}
	if (peer_send(p, out, len))
		printf("listed %d\n", !*in_use);
}

/* Until the end of the connection; the device is free then. */
static void import(struct peer *p)
{
	static const struct peer_gadget g = { .descriptor = dock_descriptor };
	uint8_t busid[UT_OP_BUSID_SIZE];
	uint8_t out[UT_OP_HDR_SIZE + UT_OP_DEVICE_SIZE];
	struct peer_transfer r;
	struct ut_op_device d;
	struct usbip_pdu q;

	record(&d);
	if (!peer_recv(p, busid, sizeof(busid)))
		return;
	if (*in_use || strcmp((char *)busid, d.busid)) {
		ut_op_encode_header(out, UT_OP_REP_IMPORT, *in_use ? 2 : 4);
		peer_send(p, out, UT_OP_HDR_SIZE);
		return;
	}
	*in_use = true;
	ut_op_encode_header(out, UT_OP_REP_IMPORT, 0);
	ut_op_encode_device(out + UT_OP_HDR_SIZE, &d);
	if (peer_send(p, out, sizeof(out))) {
		printf("imported\n");
		do
			p->deadline = peer_now() + FOREVER_S * 1000LL;
		while (dock_receive(p, &g, &q, &r) &&
		       peer_send_transfer(p, &r));
	}
	*in_use = false;
	printf("free\n");
}

static void serve(struct peer *p)
{
	uint8_t raw[UT_OP_HDR_SIZE];
	struct ut_op_header h;

	if (!peer_recv(p, raw, sizeof(raw)) || ut_op_decode_header(raw, &h))
		return;
	if (h.code == UT_OP_REQ_DEVLIST)
		list(p);
	else if (h.code == UT_OP_REQ_IMPORT)
		import(p);
	else
		printf("unknown %04x\n", h.code);
}

/* A process for each connection. */
static void serve_all(const struct peer_opts *o, int listener)
{
	struct peer p;

	for (;;) {
		if (peer_accept(&p, o, listener, false) && !fork()) {
			prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
			close(listener);
			serve(&p);
			fflush(stdout);
			/* No close_notify: the end of the process closes it. */
			_exit(PEER_OK);
		}
		peer_close(&p);
	}
}

int cmd_remotehub(const struct peer_opts *o)
{
	int listener = peer_listen(o);
	pid_t beacons;

	in_use = mmap(NULL, sizeof(*in_use), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (in_use == MAP_FAILED)
		peer_die(PEER_SETUP, "no memory");
	setvbuf(stdout, NULL, _IOLBF, 0);
	signal(SIGCHLD, SIG_IGN);
	beacons = fork();
	if (beacons < 0)
		peer_die(PEER_SETUP, "no process");
	if (!beacons) {
		prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
		send_beacons(o);
	}
	serve_all(o, listener);
	return PEER_OTHERWISE;
}
